// Typed expressions over the trees of nodes.ts. JavaScript has no operator overloading, so the
// operators are methods: `pte.frame.is(folio)`. Identities offer equality and membership only; an
// order on CPUs or frames cannot even be written, which is what symmetry rests on.

import type { BinaryOp, Bound, Cell, Local, Node, Stmt, UnaryOp } from './nodes.ts';
import type { BoolSort, IdSort, IntSort, MaybeSort, SetSort, Sort } from './sorts.ts';

type Target = Extract<Node, { op: 'cell' | 'local' }>;

function unary(op: UnaryOp, a: Node): Node {
  return { op, a };
}
function binary(op: BinaryOp, a: Node, b: Node): Node {
  return { op, a, b };
}
function assign(target: Node, value: Node): Stmt {
  return { op: 'assign', target: target as Target, value };
}

export class Bool {
  readonly sort: BoolSort = { kind: 'bool' };
  readonly node: Node;
  constructor(node: Node) {
    this.node = node;
  }
  and(other: Bool): Bool {
    return new Bool(binary('and', this.node, other.node));
  }
  or(other: Bool): Bool {
    return new Bool(binary('or', this.node, other.node));
  }
  not(): Bool {
    return new Bool(unary('not', this.node));
  }
  is(other: Bool): Bool {
    return new Bool(binary('eq', this.node, other.node));
  }
}
export class BoolRef extends Bool {
  set(value: Bool | boolean): Stmt {
    return assign(this.node, typeof value === 'boolean' ? constant(value ? 1 : 0) : value.node);
  }
}

export class Int {
  readonly sort: IntSort;
  readonly node: Node;
  constructor(node: Node, sort: IntSort) {
    this.node = node;
    this.sort = sort;
  }
  is(other: Int | number): Bool {
    return new Bool(binary('eq', this.node, intNode(other)));
  }
  isnt(other: Int | number): Bool {
    return this.is(other).not();
  }
  lt(other: Int | number): Bool {
    return new Bool(binary('lt', this.node, intNode(other)));
  }
  ge(other: Int | number): Bool {
    return this.lt(other).not();
  }
  plus(other: Int | number): Int {
    return new Int(binary('add', this.node, intNode(other)), this.sort);
  }
  minus(other: Int | number): Int {
    return new Int(binary('sub', this.node, intNode(other)), this.sort);
  }
}
export class IntRef extends Int {
  set(value: Int | number): Stmt {
    return assign(this.node, intNode(value));
  }
}

export class Id<N extends string = string> {
  readonly sort: IdSort<N>;
  readonly node: Node;
  constructor(node: Node, of: N) {
    this.node = node;
    this.sort = { kind: 'id', of };
  }
  is(other: Id<N> | Maybe<N>): Bool {
    const left = other.sort.kind === 'maybe' ? unary('some', this.node) : this.node;
    return new Bool(binary('eq', left, other.node));
  }
  isnt(other: Id<N> | Maybe<N>): Bool {
    return this.is(other).not();
  }
  isIn(set: SetOf<N>): Bool {
    return set.has(this);
  }
  /** The set that holds just this one. */
  only(): SetOf<N> {
    return new SetOf(unary('single', this.node), this.sort.of);
  }
}
export class IdRef<N extends string = string> extends Id<N> {
  set(value: Id<N>): Stmt {
    return assign(this.node, value.node);
  }
}

export class Maybe<N extends string = string> {
  readonly sort: MaybeSort<N>;
  readonly node: Node;
  constructor(node: Node, of: N) {
    this.node = node;
    this.sort = { kind: 'maybe', of };
  }
  isNone(): Bool {
    return new Bool(unary('isNone', this.node));
  }
  isSome(): Bool {
    return this.isNone().not();
  }
  is(other: Id<N> | Maybe<N>): Bool {
    const right = other.sort.kind === 'id' ? unary('some', other.node) : other.node;
    return new Bool(binary('eq', this.node, right));
  }
  isnt(other: Id<N> | Maybe<N>): Bool {
    return this.is(other).not();
  }
  /** The identity itself; the model is wrong where it asks for it and there is none. */
  the(): Id<N> {
    return new Id(unary('the', this.node), this.sort.of);
  }
}
export class MaybeRef<N extends string = string> extends Maybe<N> {
  set(value: Id<N> | Maybe<N>): Stmt {
    return assign(this.node, value.sort.kind === 'id' ? unary('some', value.node) : value.node);
  }
  clear(): Stmt {
    return assign(this.node, { op: 'none' });
  }
}

export class SetOf<N extends string = string> {
  readonly sort: SetSort<N>;
  readonly node: Node;
  constructor(node: Node, of: N) {
    this.node = node;
    this.sort = { kind: 'set', of };
  }
  has(one: Id<N>): Bool {
    return new Bool(binary('has', this.node, one.node));
  }
  isEmpty(): Bool {
    return new Bool(unary('isEmpty', this.node));
  }
  isSome(): Bool {
    return this.isEmpty().not();
  }
  within(other: SetOf<N>): Bool {
    return new Bool(binary('subset', this.node, other.node));
  }
  union(other: SetOf<N>): SetOf<N> {
    return new SetOf(binary('union', this.node, other.node), this.sort.of);
  }
  minus(other: SetOf<N>): SetOf<N> {
    return new SetOf(binary('minus', this.node, other.node), this.sort.of);
  }
  meet(other: SetOf<N>): SetOf<N> {
    return new SetOf(binary('meet', this.node, other.node), this.sort.of);
  }
  with(one: Id<N>): SetOf<N> {
    return this.union(one.only());
  }
  without(one: Id<N>): SetOf<N> {
    return this.minus(one.only());
  }
}
export class SetRef<N extends string = string> extends SetOf<N> {
  set(value: SetOf<N>): Stmt {
    return assign(this.node, value.node);
  }
  add(value: SetOf<N>): Stmt {
    return this.set(this.union(value));
  }
  remove(value: SetOf<N>): Stmt {
    return this.set(this.minus(value));
  }
  clear(): Stmt {
    return assign(this.node, { op: 'empty' });
  }
}

export type ExprOf<S extends Sort> = S extends BoolSort
  ? Bool
  : S extends IntSort
    ? Int
    : S extends IdSort<infer N>
      ? Id<N>
      : S extends MaybeSort<infer N>
        ? Maybe<N>
        : S extends SetSort<infer N>
          ? SetOf<N>
          : never;
export type RefOf<S extends Sort> = S extends BoolSort
  ? BoolRef
  : S extends IntSort
    ? IntRef
    : S extends IdSort<infer N>
      ? IdRef<N>
      : S extends MaybeSort<infer N>
        ? MaybeRef<N>
        : S extends SetSort<infer N>
          ? SetRef<N>
          : never;
export type AnyExpr = Bool | Int | Id | Maybe | SetOf;

export function constant(value: number): Node {
  return { op: 'const', value };
}
function intNode(value: Int | number): Node {
  return typeof value === 'number' ? constant(value) : value.node;
}

/** The expression of a sort that a node stands for. */
export function exprOf<S extends Sort>(sort: S, node: Node): ExprOf<S> {
  return wrap(sort, node, false) as ExprOf<S>;
}
/** The same, assignable: for cells and locals. */
export function refOf<S extends Sort>(sort: S, node: Node): RefOf<S> {
  return wrap(sort, node, true) as RefOf<S>;
}
function wrap(sort: Sort, node: Node, ref: boolean): AnyExpr {
  switch (sort.kind) {
    case 'bool':
      return ref ? new BoolRef(node) : new Bool(node);
    case 'int':
      return ref ? new IntRef(node, sort) : new Int(node, sort);
    case 'id':
      return ref ? new IdRef(node, sort.of) : new Id(node, sort.of);
    case 'maybe':
      return ref ? new MaybeRef(node, sort.of) : new Maybe(node, sort.of);
    case 'set':
      return ref ? new SetRef(node, sort.of) : new SetOf(node, sort.of);
  }
}

export function cellRef<S extends Sort>(
  cell: Cell & { sort: S },
  index: readonly Node[],
): RefOf<S> {
  return refOf(cell.sort, { op: 'cell', cell, index });
}
export function localRef<S extends Sort>(local: Local & { sort: S }): RefOf<S> {
  return refOf(local.sort, { op: 'local', local });
}
export function boundId<N extends string>(bound: Bound & { of: N }): Id<N> {
  return new Id({ op: 'bound', bound }, bound.of);
}

export const yes: Bool = new Bool(constant(1));
export const no: Bool = new Bool(constant(0));
/** A fixed identity of the world: scenarios name them, paths never do. */
export function theId<N extends string>(of: N, n: number): Id<N> {
  return new Id(constant(n), of);
}
export function none<N extends string>(of: N): Maybe<N> {
  return new Maybe({ op: 'none' }, of);
}
export function some<N extends string>(one: Id<N>): Maybe<N> {
  return new Maybe(unary('some', one.node), one.sort.of);
}
export function emptySet<N extends string>(of: N): SetOf<N> {
  return new SetOf({ op: 'empty' }, of);
}
/** Every identity of a kind. */
export function all<N extends string>(of: N): SetOf<N> {
  return new SetOf({ op: 'all', of }, of);
}
/** The thread that runs the step. */
export const me: Id<'thread'> = new Id({ op: 'me' }, 'thread');

/** `a` where the condition holds, else `b`. */
export function either<S extends Sort>(
  cond: Bool,
  a: ExprOf<S> & { sort: S; node: Node },
  b: ExprOf<S> & { node: Node },
): ExprOf<S> {
  return exprOf(a.sort, { op: 'ite', c: cond.node, a: a.node, b: b.node });
}

/** Whether any identity of a kind satisfies the condition. */
export function exists<N extends string>(of: N, cond: (one: Id<N>) => Bool): Bool {
  const bound: Bound & { of: N } = { name: of, of };
  return new Bool({ op: 'exists', bound, body: cond(boundId(bound)).node });
}
