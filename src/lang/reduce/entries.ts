// The variables of a packed state, numbered: every entry of every table that is part of the state
// at all. Footprints are sets of bits: one for each entry, and one for each member where the entry
// is a set, so that two threads that add themselves to a set are no conflict.

import type { Layout } from '../layout.ts';
import type { Cell } from '../nodes.ts';
import { sizeOf } from '../sorts.ts';

export class Entries {
  readonly #first = new Map<Cell, number>();
  readonly #names: string[] = [];
  readonly #cells: Cell[] = [];
  readonly #bits: bigint[] = [];
  readonly #starts: number[] = [];
  #room = 0;
  readonly layout: Layout;

  constructor(layout: Layout) {
    this.layout = layout;
    for (const [cell, fields] of layout.entries()) {
      // What needs no bits has one value only: nothing can be read from it or change it.
      if ((fields[0]?.mask ?? 0) === 0) continue;
      this.#first.set(cell, this.#names.length);
      fields.forEach((_, entry) => {
        this.#names.push(cell.index.length === 0 ? cell.name : `${cell.name}[${entry}]`);
        this.#cells.push(cell);
        const members = cell.sort.kind === 'set' ? sizeOf(layout.sizes, cell.sort.of) : 1;
        this.#bits.push(((1n << BigInt(members)) - 1n) << BigInt(this.#room));
        this.#room += members;
        this.#starts.push(this.#room - members);
      });
    }
  }

  get count(): number {
    return this.#names.length;
  }
  name(entry: number): string {
    return this.#names[entry] ?? '?';
  }
  cellOf(entry: number): Cell {
    return this.#cells[entry] as Cell;
  }
  has(cell: Cell): boolean {
    return this.#first.has(cell);
  }

  /** All bits of an entry in a footprint. */
  bits(entry: number): bigint {
    return this.#bits[entry] as bigint;
  }
  /** The bit of one member of an entry that is a set. */
  memberBit(entry: number, member: number): bigint {
    return 1n << BigInt((this.#starts[entry] as number) + member);
  }

  /** The entries that indices with these possible values mean; `undefined`: any index. */
  at(cell: Cell, index: readonly (readonly number[] | undefined)[]): number[] {
    const first = this.#first.get(cell) as number;
    if (index.length === 0) return [first];
    return offsets(cell, index, this.layout).map((offset) => first + offset);
  }
}

/** Positions in a table, row-major, of all combinations of the possible indices. */
export function offsets(
  cell: Cell,
  index: readonly (readonly number[] | undefined)[],
  layout: Layout,
): number[] {
  let list = [0];
  cell.index.forEach((of, i) => {
    const size = sizeOf(layout.sizes, of);
    const some = index[i] ?? Array.from({ length: size }, (_, n) => n);
    const longer: number[] = [];
    for (const n of list) for (const one of some) if (one < size) longer.push(n * size + one);
    list = longer;
  });
  return list;
}
