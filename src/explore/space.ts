// The memory of a search: table, interned groups, the level being expanded and the next one. All of
// it lies in a few typed arrays, shared ones if several threads work on them. They grow only while
// nobody works on them; whoever finds no room stops, and goes on where it stopped (part.ts).
//
// A table's array has more room than is used: memory that was never touched costs nothing where the
// system gives zeroed pages on demand, and a table that grows in place is never there twice.

import { type Bucket, bucketOf } from './bucket.ts';
import { NEXT_GROUP } from './fold-code.ts';
import { type KeyCode, keyCode } from './key-code.ts';
import type { Plan } from './plan.ts';

/** States in a block, the unit in which a level is handed out. */
export const BLOCK = 256;

/** Places in `ctl`; NEXT_GROUP is another. */
export const NEXT_BLOCK = 0;
export const OUT_BLOCKS = 1;
export const STOP = 2;
export const RUNNING = 3;
/** From here on, PART words for each part. */
export const PARTS = 16;
export const PART = 16;
/** In a part's words: the block to be taken again (-1: none), why it stopped, what it saw. */
export const REDO = 0;
export const WHY = 1;
export const ADDED = 2;
export const SEEN = 3;
export const STUCK = 4;
/** Counts up with every block that is begun: a sign of life. */
export const BEAT = 5;
/** In a part's tallies. */
export const TRANSITIONS = 0;
export const COMPLETED = 1;

export interface Buffers {
  readonly ctl: Int32Array;
  readonly tallies: Float64Array;
  readonly table: Int32Array;
  /** Buckets of the table that keys call home. */
  readonly size: number;
  readonly twist: number;
  readonly arena: Int32Array;
  readonly index: Int32Array;
  readonly from: Int32Array;
  readonly fromCounts: Int32Array;
  readonly fromBlocks: number;
  readonly to: Int32Array;
  readonly toCounts: Int32Array;
}

/** Thrown when a bound, or the machine, leaves no room to grow. */
export class NoRoom extends Error {
  readonly bound: string;
  constructor(bound: string) {
    super(bound);
    this.bound = bound;
  }
}

/**
 * The same with some of them replaced. Always an object of the same making: what is compiled for the
 * one runs with the other.
 */
function buffersWith(old: Buffers, changed: Partial<Buffers>): Buffers {
  const all = { ...old, ...changed };
  return {
    ctl: all.ctl,
    tallies: all.tallies,
    table: all.table,
    size: all.size,
    twist: all.twist,
    arena: all.arena,
    index: all.index,
    from: all.from,
    fromCounts: all.fromCounts,
    fromBlocks: all.fromBlocks,
    to: all.to,
    toCounts: all.toCounts,
  };
}

export interface Limits {
  readonly maxBytes: number;
  /** Bytes that the machine could still give; growing leaves a tenth of it. */
  readonly freeBytes?: (() => number) | undefined;
}

/** Share of a table's slots that may be used before it grows, and where it cannot any more. */
const FULL = 0.7;
const LAST = 0.85;
const FIRST_SLOTS = 1 << 12;
/** A table doubles up to so many bytes; then it grows by half, slower and with less waste. */
const DOUBLING = 2 ** 29;
/**
 * Bytes from the beginning of a large buffer to that of a cache line. Node gets them from malloc,
 * which puts 16 bytes of its own at the beginning of a page. Elsewhere a bucket may lie in two lines,
 * which costs time and nothing else.
 */
const TO_LINE = 48;
const MOST_WORDS = 2 ** 31 - 1;

export class Space {
  readonly plan: Plan;
  readonly parts: number;
  readonly #shared: boolean;
  readonly #limits: Limits;
  readonly #code: KeyCode;
  readonly #bucket: Bucket;
  buffers: Buffers;
  /** States in the table. */
  states = 0;

  constructor(plan: Plan, parts: number, limits: Limits) {
    this.plan = plan;
    this.parts = parts;
    this.#shared = parts > 1;
    this.#limits = limits;
    this.#code = keyCode(plan, false);
    const { key, arity } = plan;
    this.#bucket = bucketOf(key);
    const size = Math.ceil(FIRST_SLOTS / this.#bucket.slots);
    const ctl = this.#ints(PARTS + PART * parts);
    for (let i = 0; i < parts; i++) ctl[PARTS + PART * i + REDO] = -1;
    const tallies = this.#shared
      ? new Float64Array(new SharedArrayBuffer(16 * parts))
      : new Float64Array(2 * parts);
    const blocks = 4 * parts;
    const buffers = {
      ctl,
      tallies,
      table: this.#ints(this.#tableWords(2 * size)),
      size,
      // Any value does; a pattern that packed fields and small numbers rarely make.
      twist: 0xa53c96b4 | 0,
      arena: this.#ints(arity * 1024),
      index: this.#ints(arity === 0 ? 0 : 2048),
      from: this.#ints(blocks * BLOCK * key),
      fromCounts: this.#ints(blocks),
      fromBlocks: 0,
      to: this.#ints(blocks * BLOCK * key),
      toCounts: this.#ints(blocks),
    };
    this.buffers = buffersWith(buffers, {});
  }

  /** What may be touched of all arrays. */
  get bytes(): number {
    const { size, arena, index, from, to } = this.buffers;
    return 4 * (this.#tableWords(size) + arena.length + index.length + from.length + to.length);
  }

  /** States that fit before the table grows. */
  get room(): number {
    return Math.max(0, this.#most(this.buffers.size) - this.states);
  }

  /** States of the level being expanded. */
  get frontier(): number {
    const { fromBlocks, fromCounts } = this.buffers;
    let sum = 0;
    for (let b = 0; b < fromBlocks; b++) sum += fromCounts[b] as number;
    return sum;
  }

  /** The keys of the level being expanded, one after the other. */
  keysOfLevel(): Int32Array<ArrayBuffer> {
    const { from, fromBlocks, fromCounts } = this.buffers;
    const { key } = this.plan;
    const keys = new Int32Array(this.frontier * key);
    let at = 0;
    for (let b = 0; b < fromBlocks; b++) {
      const start = b * BLOCK * key;
      const part = from.subarray(start, start + (fromCounts[b] as number) * key);
      keys.set(part, at);
      at += part.length;
    }
    return keys;
  }

  /** The next level becomes the one to expand. */
  turn(): void {
    const { ctl, from, fromCounts, to, toCounts } = this.buffers;
    const fromBlocks = Math.min(ctl[OUT_BLOCKS] as number, toCounts.length);
    fromCounts.fill(0);
    this.buffers = buffersWith(this.buffers, {
      from: to,
      fromCounts: toCounts,
      fromBlocks,
      to: from,
      toCounts: fromCounts,
    });
    ctl[NEXT_BLOCK] = 0;
    ctl[OUT_BLOCKS] = 0;
  }

  /** Lets the table grow until it has room for this many more states. Throws NoRoom. */
  growTable(more: number): void {
    let { size } = this.buffers;
    while (this.#most(size) < this.states + more) {
      const doubled = 4 * this.#tableWords(2 * size);
      const plenty = Math.min(DOUBLING, this.#limits.maxBytes / 8);
      const next = doubled <= plenty ? 2 * size : Math.floor(size * 1.5);
      const largest = this.#largest();
      if (size >= largest) throw new NoRoom(`the largest table, of ${this.#most(size)} states`);
      size = Math.min(next, largest);
    }
    this.#resize(size);
  }

  /** States that a table of so many buckets may hold before it grows. */
  #most(size: number): number {
    const share = size < this.#largest() ? FULL : LAST;
    return Math.floor(size * this.#bucket.slots * share);
  }
  /** Buckets of the largest table whose words can be counted. */
  #largest(): number {
    return Math.floor(MOST_WORDS / this.#bucket.words) - this.#bucket.tail;
  }
  #tableWords(size: number): number {
    return (size + this.#bucket.tail) * this.#bucket.words;
  }

  #resize(next: number): void {
    const { table, size, twist } = this.buffers;
    const words = this.#tableWords(next);
    if (next === size) return;
    if (words <= table.length) {
      this.#claim(4 * (words - this.#tableWords(size)));
      if (!this.#code.regrow(table, size, next, twist)) throw new Error('a crowded table');
      this.buffers = buffersWith(this.buffers, { size: next });
      return;
    }
    // Both are there for a moment.
    this.#claim(4 * words);
    const bigger = this.#ints(Math.min(MOST_WORDS, Math.max(words, this.#reserve(table.length))));
    if (!this.#code.rehash(table, size, bigger, next, twist)) throw new Error('a crowded table');
    this.buffers = buffersWith(this.buffers, { table: bigger, size: next });
  }

  /** Words of the next table's array: eight times as many, but no more than the bound allows. */
  #reserve(words: number): number {
    return Math.min(words * 8, Math.ceil(this.#limits.maxBytes / 4));
  }

  growGroups(): void {
    const { arena, index, ctl } = this.buffers;
    const { arity } = this.plan;
    const most = arena.length / arity;
    // Numbers beyond the end were asked for and not given.
    ctl[NEXT_GROUP] = Math.min(ctl[NEXT_GROUP] as number, most);
    if (arena.length * 2 > MOST_WORDS) throw new NoRoom(`${most} groups of words`);
    this.#claim(4 * 2 * (arena.length + index.length));
    const bigger = this.#ints(arena.length * 2);
    bigger.set(arena);
    const table = this.#ints(index.length * 2);
    this.#code.reindex(bigger, index, table);
    this.buffers = buffersWith(this.buffers, { arena: bigger, index: table });
  }

  growLevel(): void {
    const { to, toCounts, ctl } = this.buffers;
    ctl[OUT_BLOCKS] = Math.min(ctl[OUT_BLOCKS] as number, toCounts.length);
    if (to.length * 2 > MOST_WORDS)
      throw new NoRoom(`a level of ${toCounts.length * BLOCK} states`);
    this.#claim(4 * 2 * to.length);
    const bigger = this.#ints(to.length * 2);
    bigger.set(to);
    const counts = this.#ints(toCounts.length * 2);
    counts.set(toCounts);
    this.buffers = buffersWith(this.buffers, { to: bigger, toCounts: counts });
  }

  /** Another `twist`, since some key collides with this one: see table-code.ts. */
  recode(): void {
    const { table, size, twist } = this.buffers;
    let next = twist;
    do next = Math.imul(next, 0x9e3779b1) ^ 0x7f4a7c15;
    while (!this.#code.recode(table, size, twist, next));
    this.buffers = buffersWith(this.buffers, { twist: next });
  }

  #claim(more: number): void {
    const { maxBytes, freeBytes } = this.#limits;
    if (this.bytes + more > maxBytes) throw new NoRoom(`${maxBytes} bytes`);
    const free = freeBytes?.();
    if (free !== undefined && more > 0.9 * free)
      throw new NoRoom('the free memory of this machine');
  }

  #ints(length: number): Int32Array {
    try {
      const bytes = 4 * length + 64;
      const buffer = this.#shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
      return new Int32Array(buffer, TO_LINE, length);
    } catch (error) {
      if (error instanceof RangeError) throw new NoRoom('the memory of this machine');
      throw error;
    }
  }
}
