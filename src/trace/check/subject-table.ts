// The subjects that rules of a trace have a history with, each by a number, found by their coordinates.
// Rules that are kept for the same coordinates share one table: what an event concerns is
// looked up once. All in typed arrays: millions of subjects come and go and leave nothing behind.

import { CountFilter } from './count-filter.ts';
import { NOBODY, SharedRows } from './subject-rows.ts';

const PAGE = 4096;

/** Subjects by some of their coordinates: chains of those with the same hash. */
export class CoordinateIndex {
  readonly #table: SubjectTable;
  /** Positions of up to three coordinates; -1 where there are fewer. */
  readonly #p: number;
  readonly #q: number;
  readonly #r: number;
  #heads = new Int32Array(1 << 10);
  #next: Int32Array;
  #count = 0;

  constructor(table: SubjectTable, [p = -1, q = -1, r = -1]: readonly number[]) {
    this.#table = table;
    this.#p = p;
    this.#q = q;
    this.#r = r;
    this.#next = new Int32Array(table.room);
  }

  grow(room: number): void {
    const next = new Int32Array(room);
    next.set(this.#next);
    this.#next = next;
  }

  add(id: number): void {
    if (++this.#count > this.#heads.length >> 2) this.#rehash();
    this.#link(id);
  }

  remove(id: number): void {
    this.#count--;
    const bucket = this.#bucketOf(id);
    let before = NOBODY;
    for (let one = this.#heads[bucket] as number; one !== id; one = this.#next[one] as number) {
      before = one;
    }
    const after = this.#next[id] as number;
    if (before === NOBODY) this.#heads[bucket] = after;
    else this.#next[before] = after;
  }

  /** One with these values, in the order of the positions. */
  first(a: number, b: number, c: number): number {
    return this.#match(this.#heads[this.#bucket(a, b, c)] as number, a, b, c);
  }

  /** The first of those that have this bit in `masks`, by two coordinates; then `afterOf` gives the others. */
  firstOf(masks: Int32Array, bit: number, a: number, b: number): number {
    return this.#matchOf(this.#heads[this.#bucket(a, b, 0)] as number, masks, bit, a, b);
  }

  afterOf(id: number, masks: Int32Array, bit: number, a: number, b: number): number {
    return this.#matchOf(this.#next[id] as number, masks, bit, a, b);
  }

  #matchOf(from: number, masks: Int32Array, bit: number, a: number, b: number): number {
    const { coordinates, arity } = this.#table;
    const [p, q, next] = [this.#p, this.#q, this.#next];
    for (let id = from; id !== NOBODY; id = next[id] as number) {
      if (((masks[id] as number) & bit) === 0) continue;
      const at = id * arity;
      if (p >= 0 && coordinates[at + p] !== a) continue;
      if (q >= 0 && coordinates[at + q] !== b) continue;
      return id;
    }
    return NOBODY;
  }

  #match(from: number, a: number, b: number, c: number): number {
    const { coordinates, arity } = this.#table;
    const [p, q, r, next] = [this.#p, this.#q, this.#r, this.#next];
    for (let id = from; id !== NOBODY; id = next[id] as number) {
      const at = id * arity;
      if (p >= 0 && coordinates[at + p] !== a) continue;
      if (q >= 0 && coordinates[at + q] !== b) continue;
      if (r >= 0 && coordinates[at + r] !== c) continue;
      return id;
    }
    return NOBODY;
  }

  #link(id: number): void {
    const bucket = this.#bucketOf(id);
    this.#next[id] = this.#heads[bucket] as number;
    this.#heads[bucket] = id;
  }

  #bucketOf(id: number): number {
    const { coordinates, arity } = this.#table;
    const at = id * arity;
    return this.#bucket(
      this.#p < 0 ? 0 : (coordinates[at + this.#p] as number),
      this.#q < 0 ? 0 : (coordinates[at + this.#q] as number),
      this.#r < 0 ? 0 : (coordinates[at + this.#r] as number),
    );
  }

  #bucket(a: number, b: number, c: number): number {
    let hash = Math.imul(mixed(a), 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15) ^ mixed(b), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13) ^ mixed(c), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) & (this.#heads.length - 1);
  }

  #rehash(): void {
    const old = this.#heads;
    const next = this.#next;
    this.#heads = new Int32Array(old.length * 2);
    for (const head of old) {
      for (let id = head; id !== NOBODY; ) {
        const after = next[id] as number;
        this.#link(id);
        id = after;
      }
    }
  }
}

/** An index that rules share, a bit for each: of the subjects that at least one of them wants to find. */
export class SharedIndex {
  readonly #index: CoordinateIndex;
  /** Who wants it, by subject: looked at before anything else of it is. */
  #wants: Int32Array;
  #sharers = 0;

  constructor(table: SubjectTable, positions: readonly number[]) {
    this.#index = new CoordinateIndex(table, positions);
    this.#wants = new Int32Array(table.room);
  }

  /** The bit of one more sharer; 0 if there is no room for one. */
  share(): number {
    return this.#sharers < 32 ? 1 << this.#sharers++ : 0;
  }

  grow(room: number): void {
    this.#index.grow(room);
    const wants = new Int32Array(room);
    wants.set(this.#wants);
    this.#wants = wants;
  }

  add(id: number, bit: number): void {
    const wants = this.#wants[id] as number;
    this.#wants[id] = wants | bit;
    if (wants === 0) this.#index.add(id);
  }

  remove(id: number, bit: number): void {
    const wants = (this.#wants[id] as number) & ~bit;
    this.#wants[id] = wants;
    if (wants === 0) this.#index.remove(id);
  }

  first(bit: number, a: number, b: number): number {
    return this.#index.firstOf(this.#wants, bit, a, b);
  }

  after(id: number, bit: number, a: number, b: number): number {
    return this.#index.afterOf(id, this.#wants, bit, a, b);
  }
}

/** Pages and frames are numbers beyond 32 bits; the low bits of addresses are zero. */
function mixed(value: number): number {
  return (value >>> 0) ^ (value >>> 12) ^ ((value / 4_294_967_296) | 0);
}

export class SubjectTable {
  /** Coordinates of a subject, 1 to 3. */
  readonly arity: number;
  /** Values by subject, then by coordinate. */
  coordinates: Float64Array;
  /** What the rules keep of them. */
  readonly rows: SharedRows;
  #room = 1 << 10;
  #used = 1;
  readonly #free: number[] = [];
  /** How many rules have a history with it. */
  #holders: Uint8Array;
  readonly #index: CoordinateIndex;
  readonly #frameAt: number;
  readonly #vaAt: number;
  readonly #frames = new CountFilter();
  readonly #pages = new CountFilter();
  /** The last one found, which may be nobody; whether that is still so. */
  #isLastKnown = false;
  #lastId = NOBODY;
  #lastA = 0;
  #lastB = 0;
  #lastC = 0;
  /** By positions: the one that still has bits. */
  readonly #shared = new Map<string, SharedIndex>();
  readonly #indexes = new Set<SharedIndex>();

  /** `keptFor`: names of the coordinates. */
  constructor(keptFor: readonly string[]) {
    const arity = keptFor.length;
    this.arity = arity;
    this.#frameAt = keptFor.indexOf('frame');
    this.#vaAt = keptFor.indexOf('va');
    this.coordinates = new Float64Array(this.#room * arity);
    this.#holders = new Uint8Array(this.#room);
    this.rows = new SharedRows(this.#room);
    this.#index = new CoordinateIndex(this, [0, 1, 2].slice(0, arity));
  }

  get room(): number {
    return this.#room;
  }

  /** An index by these coordinates, and the bit in it of whoever asks. */
  share(positions: readonly number[]): { readonly index: SharedIndex; readonly bit: number } {
    const key = positions.join();
    let index = this.#shared.get(key) ?? new SharedIndex(this, positions);
    let bit = index.share();
    if (bit === 0) {
      index = new SharedIndex(this, positions);
      bit = index.share();
    }
    this.#shared.set(key, index);
    this.#indexes.add(index);
    return { index, bit };
  }

  /** Several rules ask for the same one after another. */
  find(a: number, b: number, c: number): number {
    if (this.#isLastKnown && this.#lastA === a && this.#lastB === b && this.#lastC === c) {
      return this.#lastId;
    }
    const id = this.#index.first(a, b, c);
    this.#lastA = a;
    this.#lastB = b;
    this.#lastC = c;
    this.#lastId = id;
    this.#isLastKnown = true;
    return id;
  }

  /** False: no subject is of this frame. */
  mayHaveFrame(frame: number): boolean {
    return this.#frames.mayHave(frame);
  }

  /** False: no subject is of this address. */
  mayHaveVa(va: number): boolean {
    return this.#pages.mayHave(va / PAGE);
  }

  /** A new subject with the coordinates of the row of nobody; nobody holds it yet. */
  add(): number {
    const id = this.#free.pop() ?? this.#used++;
    if (id >= this.#room) this.#grow();
    const { arity, coordinates } = this;
    for (let i = 0; i < arity; i++) coordinates[id * arity + i] = coordinates[i] as number;
    this.#holders[id] = 0;
    this.#isLastKnown = false;
    this.#index.add(id);
    if (this.#frameAt >= 0) this.#frames.add(coordinates[this.#frameAt] as number);
    if (this.#vaAt >= 0) this.#pages.add((coordinates[this.#vaAt] as number) / PAGE);
    return id;
  }

  hold(id: number): void {
    this.#holders[id] = (this.#holders[id] as number) + 1;
  }

  /** One rule has forgotten it; when all have, its number may be given to another one. */
  release(id: number): void {
    const left = (this.#holders[id] as number) - 1;
    this.#holders[id] = left;
    if (left > 0) return;
    this.#isLastKnown = false;
    this.#index.remove(id);
    const at = id * this.arity;
    if (this.#frameAt >= 0) this.#frames.remove(this.coordinates[at + this.#frameAt] as number);
    if (this.#vaAt >= 0) this.#pages.remove((this.coordinates[at + this.#vaAt] as number) / PAGE);
    this.#free.push(id);
  }

  #grow(): void {
    this.#room *= 2;
    const coordinates = new Float64Array(this.#room * this.arity);
    coordinates.set(this.coordinates);
    this.coordinates = coordinates;
    const holders = new Uint8Array(this.#room);
    holders.set(this.#holders);
    this.#holders = holders;
    this.#index.grow(this.#room);
    for (const index of this.#indexes) index.grow(this.#room);
    this.rows.grow(this.#room);
  }
}
