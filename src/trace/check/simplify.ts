// Two questions about a handler of a rule that decide how many subjects an event must be told to,
// both answered by putting known values into its trees and seeing whether anything is left to do.
// They only save work: told to every subject, the handler would do nothing to those left out.

import type { Bound, Cell, Node, Stmt } from '../../lang/nodes.ts';
import { parts } from '../../lang/reduce/nodes-in.ts';

type Given = (node: Node) => Node | undefined;
const zero: Node = { op: 'const', value: 0 };
const one: Node = { op: 'const', value: 1 };

/** Does nothing to a subject whose state is all zero, whatever the event says. */
export function isInertOnZero(stmts: readonly Stmt[]): boolean {
  const given: Given = (node) => (node.op === 'cell' ? zeroNode(node.cell) : undefined);
  return left(stmts, given).length === 0;
}

/** The same of an event whose `field`, a set, is empty. */
export function isInertOnZeroWithout(field: Bound, stmts: readonly Stmt[]): boolean {
  const given: Given = (node) => {
    if (node.op === 'cell') return zeroNode(node.cell);
    return node.op === 'bound' && node.bound === field ? { op: 'empty' } : undefined;
  };
  return left(stmts, given).length === 0;
}

/** Does nothing to a subject whose `cell` is zero. */
export function isInertWithout(cell: Cell, stmts: readonly Stmt[]): boolean {
  const given: Given = (node) =>
    node.op === 'cell' && node.cell === cell ? zeroNode(cell) : undefined;
  return left(stmts, given).length === 0;
}

/**
 * The set that the handler only takes members of the event's field from: a subject that has none of
 * them is not affected. All flushes are of this form.
 */
export function takesFrom(stmts: readonly Stmt[], fields: ReadonlySet<Bound>): Guard | undefined {
  const [stmt] = stmts;
  if (stmts.length !== 1 || stmt?.op !== 'assign') return undefined;
  const { target, value } = stmt;
  if (target.op !== 'cell' || value.op !== 'minus' || value.b.op !== 'bound') return undefined;
  if (!same(value.a, target) || !fields.has(value.b.bound)) return undefined;
  return { cell: target.cell, field: value.b.bound };
}

/** "Only subjects whose `cell` is this field of the event": a handler that asks that first. */
export interface Guard {
  readonly cell: Cell;
  readonly field: Bound;
}

/** A comparison without which the handler does nothing, if there is one. */
export function guardOf(stmts: readonly Stmt[], fields: ReadonlySet<Bound>): Guard | undefined {
  const found: { guard: Guard; node: Node }[] = [];
  const look = (node: Node): void => {
    if (node.op === 'eq') {
      const guard = comparison(node.a, node.b, fields) ?? comparison(node.b, node.a, fields);
      if (guard !== undefined) found.push({ guard, node });
    }
    for (const part of parts(node)) look(part);
  };
  everyNode(stmts, look);
  for (const { guard } of found) {
    const given: Given = (node) => {
      if (node.op !== 'eq') return undefined;
      const here = comparison(node.a, node.b, fields) ?? comparison(node.b, node.a, fields);
      return here?.cell === guard.cell && here.field === guard.field ? zero : undefined;
    };
    if (left(stmts, given).length === 0) return guard;
  }
  return undefined;
}

/** The comparison that a handler's `concerns` is, if it is one. */
export function guardIn(concerns: Node | undefined, fields: ReadonlySet<Bound>): Guard | undefined {
  if (concerns?.op !== 'eq') return undefined;
  return comparison(concerns.a, concerns.b, fields) ?? comparison(concerns.b, concerns.a, fields);
}

function comparison(a: Node, b: Node, fields: ReadonlySet<Bound>): Guard | undefined {
  const field = b.op === 'some' ? b.a : b;
  if (a.op !== 'cell' || field.op !== 'bound' || !fields.has(field.bound)) return undefined;
  return { cell: a.cell, field: field.bound };
}

/** The statements that may still do something. */
function left(stmts: readonly Stmt[], given: Given): Stmt[] {
  return stmts.flatMap((stmt): Stmt[] => {
    if (stmt.op === 'if') {
      const cond = simplify(stmt.cond, given);
      const holds = left(stmt.holds, given);
      const otherwise = left(stmt.otherwise, given);
      if (cond.op === 'const') return cond.value !== 0 ? holds : otherwise;
      return holds.length + otherwise.length === 0 ? [] : [{ ...stmt, holds, otherwise }];
    }
    if (stmt.op === 'assign') {
      const value = simplify(stmt.value, given);
      return same(value, stmt.target) || same(value, given(stmt.target)) ? [] : [stmt];
    }
    return [stmt];
  });
}

function simplify(node: Node, given: Given): Node {
  const known = given(node);
  if (known !== undefined) return known;
  switch (node.op) {
    case 'and':
    case 'or': {
      const a = simplify(node.a, given);
      const b = simplify(node.b, given);
      const [absorbs, vanishes] = node.op === 'and' ? [0, 1] : [1, 0];
      if (isConst(a, absorbs) || isConst(b, absorbs)) return absorbs === 0 ? zero : one;
      if (isConst(a, vanishes)) return b;
      return isConst(b, vanishes) ? a : { ...node, a, b };
    }
    case 'not': {
      const a = simplify(node.a, given);
      return a.op === 'const' ? (a.value === 0 ? one : zero) : { ...node, a };
    }
    case 'isEmpty': {
      const a = simplify(node.a, given);
      return a.op === 'empty' ? one : { ...node, a };
    }
    case 'has': {
      const a = simplify(node.a, given);
      return a.op === 'empty' ? zero : { ...node, a };
    }
    case 'isNone': {
      const a = simplify(node.a, given);
      return a.op === 'none' ? one : a.op === 'some' ? zero : { ...node, a };
    }
    case 'eq': {
      const a = simplify(node.a, given);
      const b = simplify(node.b, given);
      const apart = (a.op === 'none' && b.op === 'some') || (a.op === 'some' && b.op === 'none');
      return apart ? zero : { ...node, a, b };
    }
    case 'union': {
      const a = simplify(node.a, given);
      const b = simplify(node.b, given);
      if (a.op === 'empty') return b;
      return b.op === 'empty' ? a : { ...node, a, b };
    }
    case 'minus':
    case 'meet': {
      const a = simplify(node.a, given);
      return a.op === 'empty' ? a : { ...node, a };
    }
    default:
      return node;
  }
}

function isConst(node: Node, value: number): boolean {
  return node.op === 'const' && node.value === value;
}

function same(a: Node, b: Node | undefined): boolean {
  if (b === undefined) return false;
  if (a.op === 'cell') return b.op === 'cell' && a.cell === b.cell;
  if (a.op === 'const') return b.op === 'const' && a.value === b.value;
  return a.op === b.op && (a.op === 'none' || a.op === 'empty');
}

function zeroNode(cell: Cell): Node {
  const { kind } = cell.sort;
  return kind === 'set' ? { op: 'empty' } : kind === 'maybe' ? { op: 'none' } : zero;
}

function everyNode(stmts: readonly Stmt[], look: (node: Node) => void): void {
  for (const stmt of stmts) {
    if (stmt.op === 'assign') look(stmt.value);
    if (stmt.op !== 'if') continue;
    look(stmt.cond);
    everyNode(stmt.holds, look);
    everyNode(stmt.otherwise, look);
  }
}
