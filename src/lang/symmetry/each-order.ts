// Whether a loop over identities does the same in any order. The interpreter goes through them by
// index; a body that lets one turn see what an earlier one did would make the first identity
// special, and so the kind could not be permuted.

import { handled } from '../liveness.ts';
import type { Bound, Cell, Local, Node, Stmt } from '../nodes.ts';
import type { Observer } from '../observer.ts';
import { decided } from './constant.ts';

type Each = Extract<Stmt, { op: 'each' }>;
type Target = Extract<Node, { op: 'cell' | 'local' }>;

/** One mention of a variable in the loop's body. */
interface Access {
  readonly index: readonly Node[];
  /** Undefined for a read; writes of equal manner commute. */
  readonly manner: string | undefined;
}

/**
 * A reason why the order could matter, or undefined if it provably cannot: each variable that the
 * body writes is one that only this turn touches (the loop's identity is in one and the same place
 * of its index), or is only ever added to, taken from or set to one value, and not read.
 */
export function orderMatters(each: Each, observers: readonly Observer[]): string | undefined {
  const found = new Map<Cell | Local, Access[]>();
  let jumps = false;
  let shadowed = false;

  const note = (variable: Cell | Local, access: Access): void => {
    const list = found.get(variable);
    if (list === undefined) found.set(variable, [access]);
    else list.push(access);
  };
  const read = (node: Node): void => {
    if (node.op === 'cell') note(node.cell, { index: node.index, manner: undefined });
    if (node.op === 'local') note(node.local, { index: [], manner: undefined });
    if (node.op === 'exists' && node.bound === each.bound) shadowed = true;
    for (const part of parts(node)) read(part);
  };
  const run = (stmt: Stmt): void => {
    switch (stmt.op) {
      case 'assign':
        assign(stmt.target, stmt.value);
        break;
      case 'if': {
        const known = decided(stmt.cond);
        if (known === undefined) read(stmt.cond);
        if (known !== false) stmt.holds.forEach(run);
        if (known !== true) stmt.otherwise.forEach(run);
        break;
      }
      case 'each':
        if (stmt.bound === each.bound) shadowed = true;
        stmt.body.forEach(run);
        break;
      case 'emit':
      case 'report':
        for (const field of Object.values(stmt.op === 'emit' ? stmt.fields : stmt.parties)) {
          if (field.sort !== 'text') read(field.node);
        }
        if (stmt.op === 'emit') for (const heard of handled(stmt, observers)) heard.forEach(run);
        break;
      case 'go':
        jumps = true;
        break;
    }
  };
  const assign = (target: Target, value: Node): void => {
    const index = target.op === 'cell' ? target.index : [];
    const variable = target.op === 'cell' ? target.cell : target.local;
    index.forEach(read);
    if (target.op === 'cell') {
      const guard = target.cell.guard?.(target.index);
      if (guard !== undefined) read(guard.held);
    }
    const added = addition(target, value);
    if (added !== undefined) read(added.what);
    else read(value);
    note(variable, { index, manner: added?.manner ?? constantText(value) ?? 'any' });
  };

  each.body.forEach(run);
  if (shadowed) return `a loop over ${each.bound.of} has another one of the same name inside`;
  if (jumps) return `a loop over ${each.bound.of} jumps out`;
  for (const [variable, accesses] of found) {
    if (commutes(accesses, each.bound)) continue;
    return `a loop over ${each.bound.of} depends on its order through '${variable.name}'`;
  }
  return undefined;
}

function commutes(accesses: readonly Access[], bound: Bound): boolean {
  const [first] = accesses;
  if (first === undefined || accesses.every(({ manner }) => manner === undefined)) return true;
  const own = (at: number): boolean =>
    accesses.every(({ index }) => {
      const node = index[at];
      return node?.op === 'bound' && node.bound === bound;
    });
  if (first.index.some((_, at) => own(at))) return true;
  return (
    first.manner !== undefined &&
    first.manner !== 'any' &&
    accesses.every(({ manner }) => manner === first.manner)
  );
}

const additive = new Set(['union', 'minus', 'meet', 'add', 'sub', 'and', 'or']);

/** `x = x + what`, whose turns commute with each other, since nobody else reads x. */
function addition(target: Target, value: Node): { manner: string; what: Node } | undefined {
  if (!additive.has(value.op) || !('b' in value) || !('a' in value)) return undefined;
  return same(value.a, target) ? { manner: value.op, what: value.b } : undefined;
}

function constantText(value: Node): string | undefined {
  if (value.op === 'const') return `= ${value.value}`;
  return value.op === 'none' || value.op === 'empty' ? '= 0' : undefined;
}

function same(a: Node, b: Node): boolean {
  if (a.op !== b.op) return false;
  if (a.op === 'const' && b.op === 'const') return a.value === b.value;
  if (a.op === 'local' && b.op === 'local') return a.local === b.local;
  if (a.op === 'bound' && b.op === 'bound') return a.bound === b.bound;
  if (a.op === 'all' && b.op === 'all') return a.of === b.of;
  if (a.op === 'exists' || b.op === 'exists') return false;
  if (a.op === 'cell' && b.op === 'cell' && a.cell !== b.cell) return false;
  const [left, right] = [parts(a), parts(b)];
  return left.length === right.length && left.every((one, i) => same(one, right[i] as Node));
}

function parts(node: Node): readonly Node[] {
  if (node.op === 'cell') return node.index;
  if (node.op === 'exists') return [node.body];
  const list: Node[] = [];
  if ('c' in node) list.push(node.c);
  if ('a' in node) list.push(node.a);
  if ('b' in node) list.push(node.b);
  return list;
}
