// When records are missing. What a CPU did in a gap (set an entry again, flushed, freed) may matter to
// every subject, and other CPUs' records of that time come before the gap is noticed: so the first
// reading notes the gaps, and the second one judges nothing while any CPU is in one.

import type { TraceRecord } from '../formats/trace-record.ts';

export interface Gap {
  readonly cpu: number;
  /** Last record before, first record after; both ends belong to it. */
  readonly from: number;
  readonly until: number;
}

/** With more than this, the last one is taken to go on to the end. */
const MOST_GAPS = 1 << 16;

export class GapList {
  readonly #last = new Map<number, { at: number }>();
  readonly #gaps: Gap[] = [];
  /** The CPU of the last record, and its entry. */
  #cpu = -1;
  #here = { at: Number.NEGATIVE_INFINITY };
  /** The latest first record of a CPU: in an overwritten buffer CPUs begin at different times. */
  allStarted = Number.NEGATIVE_INFINITY;

  note({ cpu, time, lostBefore }: TraceRecord): void {
    if (cpu === this.#cpu && lostBefore === 0) {
      this.#here.at = time;
      return;
    }
    if (lostBefore !== 0) {
      const from = this.#last.get(cpu)?.at ?? Number.NEGATIVE_INFINITY;
      const until = this.#gaps.length < MOST_GAPS ? time : Number.POSITIVE_INFINITY;
      if (this.#gaps.length <= MOST_GAPS) this.#gaps.push({ cpu, from, until });
    }
    let last = this.#last.get(cpu);
    if (last === undefined) {
      this.allStarted = Math.max(this.allStarted, time);
      last = { at: time };
      this.#last.set(cpu, last);
    }
    last.at = time;
    this.#cpu = cpu;
    this.#here = last;
  }

  /** In the order in which they begin. */
  result(): Gap[] {
    return [...this.#gaps].sort((a, b) => a.from - b.from);
  }
}

/** Walks along a trace and tells whether it is in a gap. */
export class GapWalk {
  readonly #gaps: readonly Gap[];
  readonly #skew: number;
  #next = 0;
  #until = Number.NEGATIVE_INFINITY;

  constructor(gaps: readonly Gap[], skew: number) {
    this.#gaps = gaps;
    this.#skew = skew;
  }

  /** To be asked in the order of records. */
  isIn(time: number): boolean {
    for (;;) {
      const gap = this.#gaps[this.#next];
      if (gap === undefined || gap.from - this.#skew > time) break;
      this.#until = Math.max(this.#until, gap.until + this.#skew);
      this.#next++;
    }
    return time <= this.#until;
  }
}
