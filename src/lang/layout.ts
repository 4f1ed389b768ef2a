// Where each value sits in a packed state: fields of 32-bit words, none straddling two. Values are
// encoded as small whole numbers: an identity as its index, `none` as 0 and `some(i)` as i + 1, a
// set as a bit mask.

import type { Cell, Local } from './nodes.ts';
import { bitsOf, type Sizes, sizeOf } from './sorts.ts';

export interface Field {
  readonly word: number;
  readonly shift: number;
  /** Unshifted: all ones for the field's width, 0 for a value that needs no bits. */
  readonly mask: number;
}

export class Layout {
  readonly sizes: Sizes;
  readonly #used: number[] = [];
  readonly #cells = new Map<Cell, readonly Field[]>();
  readonly #locals = new Map<Local, Field>();

  constructor(sizes: Sizes) {
    this.sizes = sizes;
  }

  get words(): number {
    return Math.max(1, this.#used.length);
  }

  field(bits: number): Field {
    if (bits > 31) throw new Error(`a value of ${bits} bits does not fit a field`);
    if (bits === 0) return { word: 0, shift: 0, mask: 0 };
    let word = this.#used.findIndex((used) => used + bits <= 32);
    if (word < 0) word = this.#used.push(0) - 1;
    const shift = this.#used[word] ?? 0;
    this.#used[word] = shift + bits;
    return { word, shift, mask: 2 ** bits - 1 };
  }

  addCell(cell: Cell): void {
    const bits = bitsOf(cell.sort, this.sizes);
    const entries = cell.index.reduce((n, of) => n * sizeOf(this.sizes, of), 1);
    this.#cells.set(
      cell,
      Array.from({ length: entries }, () => this.field(bits)),
    );
  }

  addLocal(local: Local, field: Field): void {
    this.#locals.set(local, field);
  }

  cell(cell: Cell): readonly Field[] | undefined {
    return this.#cells.get(cell);
  }

  local(local: Local): Field {
    const field = this.#locals.get(local);
    if (field === undefined) throw new Error(`local '${local.name}' is used outside its path`);
    return field;
  }

  /** Position of an entry in a table, row-major. */
  entry(cell: Cell, index: readonly number[]): number {
    return cell.index.reduce((n, of, i) => n * sizeOf(this.sizes, of) + (index[i] ?? 0), 0);
  }

  *entries(): Iterable<readonly [Cell, readonly Field[]]> {
    yield* this.#cells;
  }
}

export function readField(words: Int32Array, field: Field): number {
  return ((words[field.word] ?? 0) >>> field.shift) & field.mask;
}
export function writeField(words: Int32Array, field: Field, value: number): void {
  const { word, shift, mask } = field;
  words[word] = ((words[word] ?? 0) & ~(mask << shift)) | (value << shift);
}
