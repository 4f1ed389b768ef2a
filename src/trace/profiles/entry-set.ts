// A set of page-table entries, each by the number of its address space and its address: a bit for each
// entry of a page table, and room only for tables that have any. Millions come and go, and leave
// nothing to collect.

import { PAGE } from './fields.ts';

/** Entries of a page table. */
const ENTRIES = 512;
const WORDS = ENTRIES / 32;
/** Page tables of the largest user address space, 57 bits. */
const MOST_TABLES = 2 ** 36;
/** Tables looked at lately, by their number: what comes next is mostly in one of them. */
const RECENT = 256;
const NOWHERE = -1;

export class EntrySet {
  /** Rows of tables, by address space and number of the table. */
  readonly #rows = new Map<number, number>();
  readonly #recentKeys = new Float64Array(RECENT).fill(NOWHERE);
  readonly #recentRows = new Int32Array(RECENT);
  readonly #free: number[] = [];
  #bits = new Int32Array(64 * WORDS);
  /** Of each row, how many bits are set. */
  #counts = new Int32Array(64);
  #used = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Page tables that cost memory. */
  get tables(): number {
    return this.#rows.size;
  }

  /** Whether there is room for this entry without another table. */
  hasTable(mm: number, va: number): boolean {
    return this.#rowOf(keyOf(mm, va / PAGE)) !== NOWHERE;
  }

  has(mm: number, va: number): boolean {
    const page = va / PAGE;
    const row = this.#rowOf(keyOf(mm, page));
    if (row === NOWHERE || page >= MOST_TABLES * ENTRIES) return false;
    const word = this.#bits[row * WORDS + ((page & (ENTRIES - 1)) >>> 5)] as number;
    return (word & (1 << (page & 31))) !== 0;
  }

  /** False if it was there. What no user can map is not kept. */
  add(mm: number, va: number): boolean {
    const page = va / PAGE;
    if (page >= MOST_TABLES * ENTRIES) return true;
    const key = keyOf(mm, page);
    let row = this.#rowOf(key);
    if (row === NOWHERE) row = this.#open(key);
    const [at, bit] = [row * WORDS + ((page & (ENTRIES - 1)) >>> 5), 1 << (page & 31)];
    const word = this.#bits[at] as number;
    if ((word & bit) !== 0) return false;
    this.#bits[at] = word | bit;
    this.#counts[row] = (this.#counts[row] as number) + 1;
    this.#size++;
    return true;
  }

  /** False if it was not there. */
  delete(mm: number, va: number): boolean {
    const page = va / PAGE;
    if (page >= MOST_TABLES * ENTRIES) return false;
    const key = keyOf(mm, page);
    const row = this.#rowOf(key);
    if (row === NOWHERE) return false;
    const [at, bit] = [row * WORDS + ((page & (ENTRIES - 1)) >>> 5), 1 << (page & 31)];
    const word = this.#bits[at] as number;
    if ((word & bit) === 0) return false;
    this.#bits[at] = word & ~bit;
    this.#size--;
    const left = (this.#counts[row] as number) - 1;
    this.#counts[row] = left;
    if (left === 0) this.#close(key, row);
    return true;
  }

  /** Takes out those of `mm` from `start` on, `end` not included. */
  deleteRange(mm: number, start: number, end: number): void {
    const [first, last] = [Math.floor(start / PAGE / ENTRIES), Math.ceil(end / PAGE / ENTRIES) - 1];
    if (last - first < this.#rows.size) {
      for (let table = first; table <= last; table++) this.#deleteIn(mm, table, start, end);
      return;
    }
    for (const key of [...this.#rows.keys()]) {
      const table = key % MOST_TABLES;
      if ((key - table) / MOST_TABLES !== mm || table < first || table > last) continue;
      this.#deleteIn(mm, table, start, end);
    }
  }

  clear(): void {
    if (this.#rows.size === 0) return;
    this.#rows.clear();
    this.#recentKeys.fill(NOWHERE);
    this.#bits.fill(0);
    this.#counts.fill(0);
    this.#free.length = 0;
    this.#used = 0;
    this.#size = 0;
  }

  #deleteIn(mm: number, table: number, start: number, end: number): void {
    if (this.#rowOf(mm * MOST_TABLES + table) === NOWHERE) return;
    const from = Math.max(start, table * ENTRIES * PAGE);
    const until = Math.min(end, (table + 1) * ENTRIES * PAGE);
    for (let va = from; va < until; va += PAGE) this.delete(mm, va);
  }

  #rowOf(key: number): number {
    const at = key & (RECENT - 1);
    if (this.#recentKeys[at] === key) return this.#recentRows[at] as number;
    const row = this.#rows.get(key);
    if (row === undefined) return NOWHERE;
    this.#recentKeys[at] = key;
    this.#recentRows[at] = row;
    return row;
  }

  #open(key: number): number {
    const row = this.#free.pop() ?? this.#used++;
    if (row >= this.#counts.length) this.#grow();
    this.#rows.set(key, row);
    return row;
  }

  #close(key: number, row: number): void {
    this.#rows.delete(key);
    this.#free.push(row);
    const at = key & (RECENT - 1);
    if (this.#recentKeys[at] === key) this.#recentKeys[at] = NOWHERE;
  }

  #grow(): void {
    const room = this.#counts.length * 2;
    const [bits, counts] = [new Int32Array(room * WORDS), new Int32Array(room)];
    bits.set(this.#bits);
    counts.set(this.#counts);
    this.#bits = bits;
    this.#counts = counts;
  }
}

function keyOf(mm: number, page: number): number {
  return mm * MOST_TABLES + Math.floor(page / ENTRIES);
}
