// Expressions as closures over packed words: the plain interpreter. Whatever is known when the
// closures are made (a pinned CPU, a picked frame, a table nobody writes) is folded away.

import { Problem } from '../base/problem.ts';
import type { Layout } from './layout.ts';
import { both, contrary, fieldHas, fieldIs, type Get, reader } from './masked.ts';
import type { Bound, Cell, Node } from './nodes.ts';
import { sizeOf } from './sorts.ts';

export type { Get } from './masked.ts';
/** A number is a value known beforehand. */
export type Value = number | Get;

/** What is known where an expression is compiled. */
export interface Scope {
  readonly layout: Layout;
  /** Picked and ranged-over identities. */
  readonly bound: ReadonlyMap<Bound, number>;
  /** Index of the running thread; undefined for hardware. */
  readonly thread: number | undefined;
  /** For messages: thread, path and step. */
  readonly where: string;
  /** Values of tables that nothing writes, by entry. */
  readonly fixed: ReadonlyMap<Cell, readonly number[]>;
}

export function withBound(scope: Scope, bound: Bound, value: number): Scope {
  return { ...scope, bound: new Map(scope.bound).set(bound, value) };
}

export function get(value: Value): Get {
  return typeof value === 'number' ? () => value : value;
}

export function compileExpr(node: Node, scope: Scope): Value {
  switch (node.op) {
    case 'const':
      return node.value;
    case 'none':
    case 'empty':
      return 0;
    case 'all':
      return 2 ** sizeOf(scope.layout.sizes, node.of) - 1;
    case 'me':
      if (scope.thread === undefined) throw broken(scope, 'hardware has no thread');
      return scope.thread;
    case 'bound':
      return boundValue(node.bound, scope);
    case 'local':
      return reader(scope.layout.local(node.local));
    case 'cell':
      return compileCell(node.cell, node.index, scope);
    case 'ite':
      return compileIte(node, scope);
    case 'exists':
      return compileExists(node, scope);
    case 'not':
    case 'isNone':
    case 'isEmpty':
      return isZero(compileExpr(node.a, scope));
    case 'some':
      return map1(compileExpr(node.a, scope), (a) => a + 1);
    case 'the':
      return map1(compileExpr(node.a, scope), (a) => {
        if (a === 0) throw broken(scope, 'asks which one, and there is none');
        return a - 1;
      });
    case 'single':
      return map1(compileExpr(node.a, scope), (a) => 1 << a);
    default:
      return compileBinary(node, scope);
  }
}

function boundValue(bound: Bound, scope: Scope): number {
  const value = scope.bound.get(bound);
  if (value === undefined) throw broken(scope, `'${bound.name}' is used where it is not picked`);
  return value;
}

function compileExists(node: Extract<Node, { op: 'exists' }>, scope: Scope): Value {
  const cases: Get[] = [];
  for (let i = 0; i < sizeOf(scope.layout.sizes, node.bound.of); i++) {
    const one = compileExpr(node.body, withBound(scope, node.bound, i));
    if (typeof one === 'function') cases.push(one);
    else if (one !== 0) return 1;
  }
  if (cases.length === 0) return 0;
  return (w) => {
    for (const one of cases) if (one(w) !== 0) return 1;
    return 0;
  };
}

function compileIte(node: Extract<Node, { op: 'ite' }>, scope: Scope): Value {
  const cond = compileExpr(node.c, scope);
  if (typeof cond === 'number') return compileExpr(cond === 0 ? node.b : node.a, scope);
  const a = get(compileExpr(node.a, scope));
  const b = get(compileExpr(node.b, scope));
  return (w) => (cond(w) === 0 ? b(w) : a(w));
}

function compileBinary(node: Extract<Node, { a: Node; b: Node }>, scope: Scope): Value {
  const a = compileExpr(node.a, scope);
  if (node.op === 'and' && a === 0) return 0;
  if (node.op === 'or' && a === 1) return 1;
  const b = compileExpr(node.b, scope);
  switch (node.op) {
    case 'and':
      if (b === 0) return 0;
      return typeof a === 'function' && typeof b === 'function'
        ? both(a, b)
        : map2(a, b, (x, y) => x & y);
    case 'or':
      if (b === 1) return 1;
      return typeof a === 'function' && typeof b === 'function'
        ? (w) => (a(w) === 0 ? b(w) : 1)
        : map2(a, b, (x, y) => x | y);
    case 'eq':
      return equal(a, b);
    case 'lt':
      return map2(a, b, (x, y) => (x < y ? 1 : 0));
    case 'add':
      return map2(a, b, (x, y) => x + y);
    case 'sub':
      return map2(a, b, (x, y) => x - y);
    case 'union':
      return map2(a, b, (x, y) => x | y);
    case 'minus':
      return map2(a, b, (x, y) => x & ~y);
    case 'meet':
      return map2(a, b, (x, y) => x & y);
    case 'has':
      return has(a, b);
    case 'subset':
      return map2(a, b, (x, y) => ((x & ~y) === 0 ? 1 : 0));
    default:
      throw new Error('unreachable');
  }
}

function isZero(a: Value): Value {
  if (typeof a === 'number') return a === 0 ? 1 : 0;
  return fieldIs(a, 0) ?? contrary(a) ?? ((w) => (a(w) === 0 ? 1 : 0));
}
function equal(a: Value, b: Value): Value {
  if (typeof a === 'number') return typeof b === 'number' ? (a === b ? 1 : 0) : equal(b, a);
  if (typeof b === 'number') return fieldIs(a, b) ?? ((w) => (a(w) === b ? 1 : 0));
  return (w) => (a(w) === b(w) ? 1 : 0);
}
function has(a: Value, b: Value): Value {
  if (typeof a === 'number' || typeof b === 'number') {
    const one = typeof a === 'function' && typeof b === 'number' ? fieldHas(a, b) : undefined;
    return one ?? map2(a, b, (set, member) => (set >>> member) & 1);
  }
  return (w) => (a(w) >>> b(w)) & 1;
}

function map1(a: Value, f: (a: number) => number): Value {
  return typeof a === 'number' ? f(a) : (w) => f(a(w));
}
function map2(a: Value, b: Value, f: (a: number, b: number) => number): Value {
  if (typeof a === 'number') return typeof b === 'number' ? f(a, b) : (w) => f(a, b(w));
  return typeof b === 'number' ? (w) => f(a(w), b) : (w) => f(a(w), b(w));
}

function compileCell(cell: Cell, index: readonly Node[], scope: Scope): Value {
  const entry = compileEntry(cell, index, scope);
  const fixed = scope.fixed.get(cell);
  if (fixed !== undefined) {
    return typeof entry === 'number' ? (fixed[entry] as number) : (w) => fixed[entry(w)] as number;
  }
  const fields = scope.layout.cell(cell);
  if (fields === undefined) throw broken(scope, `state '${cell.name}' is not part of this model`);
  if (typeof entry === 'number') return reader(fields[entry] as (typeof fields)[number]);
  return (w) => {
    const { word, shift, mask } = fields[entry(w)] as (typeof fields)[number];
    return ((w[word] as number) >>> shift) & mask;
  };
}

/** Which entry of its table a cell expression means, checked against the table's bounds. */
export function compileEntry(cell: Cell, index: readonly Node[], scope: Scope): Value {
  let entry: Value = 0;
  cell.index.forEach((of, i) => {
    const size = sizeOf(scope.layout.sizes, of);
    const at = checked(compileExpr(index[i] as Node, scope), size, cell, scope);
    entry = map2(
      map1(entry, (n) => n * size),
      at,
      (n, a) => n + a,
    );
  });
  return entry;
}

function checked(at: Value, size: number, cell: Cell, scope: Scope): Value {
  return map1(at, (i) => {
    if (i < 0 || i >= size) throw broken(scope, `'${cell.name}' has no entry ${i}`);
    return i;
  });
}

export function broken(scope: Scope, sentence: string): Problem {
  return new Problem('LUF-E001', sentence, { where: scope.where });
}
