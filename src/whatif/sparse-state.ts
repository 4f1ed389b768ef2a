// The state of a modelled kernel with as many frames, files and address spaces as a recording has.
// A model that is explored packs its few things into words; here a table keeps only the entries that
// differ from zero, so that its size is that of what is going on.

import type { Cell } from '../lang/nodes.ts';
import type { Sort } from '../lang/sorts.ts';

/** A number (false 0, true 1), an identity or null for none, or a set of identities. */
export type Value = number | null | ReadonlySet<number>;

type Entries = Map<number, Entries | Value>;

export const EMPTY: ReadonlySet<number> = new Set();

export class SparseState {
  readonly #scalars = new Map<Cell, Value>();
  readonly #tables = new Map<Cell, Entries>();

  get(cell: Cell, index: readonly number[]): Value {
    if (index.length === 0) return this.#scalars.get(cell) ?? zeroOf(cell.sort);
    let at: Entries | Value | undefined = this.#tables.get(cell);
    for (const id of index) {
      if (!(at instanceof Map)) return zeroOf(cell.sort);
      at = at.get(id);
    }
    return at === undefined || at instanceof Map ? zeroOf(cell.sort) : at;
  }

  set(cell: Cell, index: readonly number[], value: Value): void {
    if (index.length === 0) {
      this.#scalars.set(cell, value);
      return;
    }
    const isZero = value === 0 || value === null || (value instanceof Set && value.size === 0);
    const path: Entries[] = [];
    let at = this.#tables.get(cell);
    if (at === undefined) {
      if (isZero) return;
      at = new Map();
      this.#tables.set(cell, at);
    }
    for (const id of index.slice(0, -1)) {
      path.push(at);
      let next = at.get(id) as Entries | undefined;
      if (next === undefined) {
        if (isZero) return;
        next = new Map();
        at.set(id, next);
      }
      at = next;
    }
    const last = index[index.length - 1] as number;
    if (!isZero) {
      at.set(last, value);
      return;
    }
    at.delete(last);
    for (let i = path.length - 1; i >= 0; i--) {
      const inner = (path[i] as Entries).get(index[i] as number);
      if (inner instanceof Map && inner.size === 0) path[i]?.delete(index[i] as number);
    }
  }

  /** The identities under which a table has entries, behind the first ones given. */
  ids(cell: Cell, before: readonly number[]): readonly number[] {
    let at: Entries | Value | undefined = this.#tables.get(cell);
    for (const id of before) at = at instanceof Map ? at.get(id) : undefined;
    return at instanceof Map ? [...at.keys()] : [];
  }
}

export function zeroOf(sort: Sort): Value {
  switch (sort.kind) {
    case 'set':
      return EMPTY;
    case 'maybe':
      return null;
    default:
      return 0;
  }
}
