// What a variable of the model can hold. Every sort is finite once a world says how many
// identities of each kind there are, so that states can be packed and explored exhaustively.

export interface BoolSort {
  readonly kind: 'bool';
}
/** A whole number from 0 to `max`. Leaving the range is an error of the model, never a wrap. */
export interface IntSort {
  readonly kind: 'int';
  readonly max: number;
}
/** One of the world's things of a kind: a CPU, a frame, ... Identities have no order. */
export interface IdSort<N extends string = string> {
  readonly kind: 'id';
  readonly of: N;
}
/** An identity or none. */
export interface MaybeSort<N extends string = string> {
  readonly kind: 'maybe';
  readonly of: N;
}
/** A set of identities of one kind. */
export interface SetSort<N extends string = string> {
  readonly kind: 'set';
  readonly of: N;
}
export type Sort = BoolSort | IntSort | IdSort | MaybeSort | SetSort;

export const bool: BoolSort = Object.freeze({ kind: 'bool' });
export function int(max: number): IntSort {
  return Object.freeze({ kind: 'int', max });
}
export function id<N extends string>(of: N): IdSort<N> {
  return Object.freeze({ kind: 'id', of });
}
export function maybe<N extends string>(of: N): MaybeSort<N> {
  return Object.freeze({ kind: 'maybe', of });
}
export function setOf<N extends string>(of: N): SetSort<N> {
  return Object.freeze({ kind: 'set', of });
}

/** How many identities of each kind a world has. */
export type Sizes = Readonly<Record<string, number>>;

export function sizeOf(sizes: Sizes, of: string): number {
  const n = sizes[of];
  if (n === undefined) throw new Error(`the world does not say how many '${of}' there are`);
  return n;
}

/** Bits that a packed value of this sort needs in a world of these sizes. */
export function bitsOf(sort: Sort, sizes: Sizes): number {
  switch (sort.kind) {
    case 'bool':
      return 1;
    case 'int':
      return bitsFor(sort.max + 1);
    case 'id':
      return bitsFor(sizeOf(sizes, sort.of));
    case 'maybe':
      return bitsFor(sizeOf(sizes, sort.of) + 1);
    case 'set':
      return sizeOf(sizes, sort.of);
  }
}

function bitsFor(values: number): number {
  return values <= 1 ? 0 : 32 - Math.clz32(values - 1);
}
