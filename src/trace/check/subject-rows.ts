// What one rule keeps of each subject, row by row: an event looks at most of it, and what lies side by side
// comes into the cache at once. With an array for each thing, the rules waited for memory half of their
// time.

import { NONE, type Packing } from './packed-code.ts';
import { NOBODY } from './subject-table.ts';

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

export class SubjectRows {
  ints: Int32Array;
  doubles: Float64Array;
  /** Ints and doubles of a row. */
  readonly stride: number;
  readonly wide: number;
  /** Where the columns begin. */
  readonly ints0: number;
  readonly doubles0: number;

  constructor({ words, names }: Packing) {
    this.ints0 = words;
    this.doubles0 = names;
    // Whole cache lines where that costs little.
    this.stride = roundUp(words + column.names + 2 * names, 4);
    this.wide = roundUp(names + DOUBLES, 4);
    this.ints = new Int32Array(0);
    this.doubles = new Float64Array(0);
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
    const from = id * this.stride + at;
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
    for (let at = id * this.stride, end = at + this.ints0; at < end; at++) {
      if (ints[at] !== 0) return true;
    }
    for (let at = id * this.wide, end = at + this.doubles0; at < end; at++) {
      if (doubles[at] !== NONE) return true;
    }
    return false;
  }

  nameOf(id: number, at: number): number {
    return this.doubles[id * this.wide + at] as number;
  }

  /** The rule's own state is none. */
  clear(id: number): void {
    // A call of fill() costs more than the few words.
    for (let at = id * this.stride, end = at + this.ints0; at < end; at++) this.ints[at] = 0;
    for (let at = id * this.wide, end = at + this.doubles0; at < end; at++) this.doubles[at] = NONE;
  }

  /** The state of nobody becomes that of a new subject. */
  move(id: number): void {
    const { ints, doubles, stride, wide } = this;
    for (let i = 0; i < this.ints0; i++) ints[id * stride + i] = ints[i] as number;
    for (let i = 0; i < this.doubles0; i++) doubles[id * wide + i] = doubles[i] as number;
    this.clear(NOBODY);
  }

  /** Subjects will be below `room`. */
  grow(room: number): void {
    const from = this.doubles.length / this.wide;
    const [ints, doubles] = [this.ints, this.doubles];
    this.ints = new Int32Array(room * this.stride);
    this.ints.set(ints);
    this.doubles = new Float64Array(room * this.wide);
    this.doubles.set(doubles);
    for (let id = from; id < room; id++) this.clear(id);
  }
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
