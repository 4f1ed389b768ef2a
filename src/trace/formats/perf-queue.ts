// Puts samples in the order of time. perf writes what each CPU's buffer holds one after the other and then a
// mark, FINISHED_ROUND: what comes after the next mark is later than all before this one. So at each mark
// what is older than the newest sample of the round before is final (tools/perf/util/ordered-events.c).
import type { PlacedRecord } from './binary-record.ts';

/** Samples kept back at most; one is some 100 bytes here and holds its part of a block. */
const MOST_KEPT = 1 << 20;

export class PerfQueue {
  /** Samples that came when later ones had been handed out: they are left out. */
  late = 0;
  readonly #deliver: (sample: PlacedRecord) => void;
  #waiting: PlacedRecord[] = [];
  #newest = Number.NEGATIVE_INFINITY;
  #final = Number.NEGATIVE_INFINITY;
  #delivered = Number.NEGATIVE_INFINITY;

  constructor(deliver: (sample: PlacedRecord) => void) {
    this.#deliver = deliver;
  }

  /** False: it comes too late, and something is missing in its place. */
  add(sample: PlacedRecord): boolean {
    if (sample.time < this.#delivered || sample.time < 0) {
      this.late++;
      return false;
    }
    this.#waiting.push(sample);
    if (sample.time > this.#newest) this.#newest = sample.time;
    if (this.#waiting.length >= MOST_KEPT) this.#handOut(this.#waiting.length >> 1);
    return true;
  }

  /** A FINISHED_ROUND. */
  round(): void {
    const final = this.#final;
    this.#final = this.#newest;
    if (!this.#waiting.some(({ time }) => time <= final)) return;
    this.#sort();
    const beyond = this.#waiting.findIndex(({ time }) => time > final);
    this.#handOut(beyond < 0 ? this.#waiting.length : beyond);
  }

  end(): void {
    this.#handOut(this.#waiting.length);
  }

  #sort(): void {
    // Stable: equal times stay in the order of the file.
    this.#waiting.sort((a, b) => a.time - b.time);
  }

  #handOut(count: number): void {
    this.#sort();
    for (const sample of this.#waiting.slice(0, count)) {
      this.#delivered = sample.time;
      this.#deliver(sample);
    }
    this.#waiting = this.#waiting.slice(count);
  }
}
