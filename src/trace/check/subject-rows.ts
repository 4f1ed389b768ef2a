// What the rules keep of each subject, row by row: an event looks at most of it, for one rule after the
// other, and what lies side by side comes into the cache at once. With an array for each thing, the rules
// waited for memory half of their time.

import { NONE, type Packing } from './packed-code.ts';

/** No subject. Its row is where a rule tries an event out on a subject it has not met. */
export const NOBODY = 0;

/** Beside the words of the rule's own state: columns of `ints`, counted from the end of those. */
export const column = {
  standing: 0,
  /** Kinds of judging events that have reached it since it was born. */
  judgedBy: 1,
  /** In which indexes it is, by bits. */
  indexed: 2,
  isOwing: 3,
  /** Two: after, before. */
  owingByMm: 4,
  /** Two for each name that the rule remembers. */
  names: 6,
} as const;

/** The same of `doubles`, from the end of the names. */
export const doubleColumn = {
  /** When it came to stand as it does: a count. */
  since: 0,
  /** Switches before it came to life. */
  loadsBefore: 1,
  grownAt: 2,
  /** When it came to owe: a count. */
  owingSince: 3,
} as const;
const DOUBLES = 4;

/** The rows of all rules that share a table of subjects. */
export class SharedRows {
  ints = new Int32Array(0);
  doubles = new Float64Array(0);
  /** Ints and doubles of a row. */
  stride = 0;
  wide = 0;
  #room: number;
  readonly #parts: SubjectRows[] = [];

  /** Subjects are below `room`. */
  constructor(room: number) {
    this.#room = room;
  }

  /** One more rule, before there is any subject. */
  join(part: SubjectRows, ints: number, doubles: number): void {
    this.stride += ints;
    this.wide += doubles;
    this.ints = new Int32Array(this.#room * this.stride);
    this.doubles = new Float64Array(this.#room * this.wide);
    this.#parts.push(part);
    this.#tell(0);
  }

  grow(room: number): void {
    const from = this.#room;
    this.#room = room;
    const [ints, doubles] = [this.ints, this.doubles];
    this.ints = new Int32Array(room * this.stride);
    this.ints.set(ints);
    this.doubles = new Float64Array(room * this.wide);
    this.doubles.set(doubles);
    this.#tell(from);
  }

  #tell(from: number): void {
    for (const part of this.#parts) part.moved(from, this.#room);
  }
}

/** What one rule has of each row. */
export class SubjectRows {
  ints = new Int32Array(0);
  doubles = new Float64Array(0);
  /** Ints and doubles of a row. */
  stride = 0;
  wide = 0;
  /** Where the rule's own state begins, and where the columns do. */
  readonly from: number;
  readonly fromDoubles: number;
  readonly ints0: number;
  readonly doubles0: number;
  readonly #shared: SharedRows;

  constructor({ words, names }: Packing, shared: SharedRows) {
    this.#shared = shared;
    this.from = shared.stride;
    this.fromDoubles = shared.wide;
    this.ints0 = this.from + words;
    this.doubles0 = this.fromDoubles + names;
    shared.join(this, words + column.names + 2 * names, names + DOUBLES);
  }

  /** The rows lie elsewhere; those from `from` on, below `room`, are new. */
  moved(from: number, room: number): void {
    const { ints, doubles, stride, wide } = this.#shared;
    this.ints = ints;
    this.doubles = doubles;
    this.stride = stride;
    this.wide = wide;
    for (let id = from; id < room; id++) this.clear(id);
  }

  get(id: number, which: number): number {
    return this.ints[id * this.stride + this.ints0 + which] as number;
  }

  set(id: number, which: number, value: number): void {
    this.ints[id * this.stride + this.ints0 + which] = value;
  }

  getDouble(id: number, which: number): number {
    return this.doubles[id * this.wide + this.doubles0 + which] as number;
  }

  setDouble(id: number, which: number, value: number): void {
    this.doubles[id * this.wide + this.doubles0 + which] = value;
  }

  /**
   * Takes the members of `other` out of the set that begins at this word: 1, and the set is empty now, 0, or
   * -1 if it has none of them.
   */
  take(id: number, at: number, other: Int32Array): number {
    const { ints } = this;
    const from = id * this.stride + this.from + at;
    let [taken, left] = [0, 0];
    for (let word = 0; word < other.length; word++) {
      const [was, out] = [ints[from + word] as number, other[word] as number];
      taken |= was & out;
      left |= was & ~out;
      ints[from + word] = was & ~out;
    }
    if (taken === 0) return -1;
    return left === 0 ? 1 : 0;
  }

  /** Whether the rule's own state is other than none. */
  isAny(id: number): boolean {
    const { ints, doubles } = this;
    const [row, wide] = [id * this.stride, id * this.wide];
    for (let at = row + this.from; at < row + this.ints0; at++) if (ints[at] !== 0) return true;
    for (let at = wide + this.fromDoubles; at < wide + this.doubles0; at++) {
      if (doubles[at] !== NONE) return true;
    }
    return false;
  }

  nameOf(id: number, at: number): number {
    return this.doubles[id * this.wide + this.fromDoubles + at] as number;
  }

  /** The rule's own state is none. */
  clear(id: number): void {
    const { ints, doubles } = this;
    const [row, wide] = [id * this.stride, id * this.wide];
    // A call of fill() costs more than the few words.
    for (let at = row + this.from; at < row + this.ints0; at++) ints[at] = 0;
    for (let at = wide + this.fromDoubles; at < wide + this.doubles0; at++) doubles[at] = NONE;
  }

  /** The state of nobody becomes that of a new subject. */
  move(id: number): void {
    const { ints, doubles, stride, wide } = this;
    for (let i = this.from; i < this.ints0; i++) ints[id * stride + i] = ints[i] as number;
    for (let i = this.fromDoubles; i < this.doubles0; i++) {
      doubles[id * wide + i] = doubles[i] as number;
    }
    this.clear(NOBODY);
  }
}
