// Printed time stamps to numbers of ns. Text has either seconds with a fraction, or counts (clocks
// such as x86-tsc); trace-cmd also prints stamps below one second as a count of its last digit.

import type { TextStamp } from './text-line.ts';

// Sums of ns stay exact in a double below 2^53; 8,000,000 s leaves room for a day of trace.
const LARGEST_PLAIN_SECONDS = 8_000_000;

/** Turns stamps into ns since `base`, which is fixed by the first stamp. */
export class TextClock {
  /** ns to be added to every time. */
  readonly base: bigint;
  readonly resolution: 1 | 1000;
  readonly #baseSeconds: number;
  readonly #countUnit: number;

  /** `fractionDigits`: of the first stamp with a fraction near the start, 0 if there is none. */
  constructor(first: TextStamp, fractionDigits: number, fromTraceCmd: boolean) {
    const digits = first.fraction.length || fractionDigits;
    const seconds = first.fraction === '' ? 0 : Number(first.whole);
    this.#baseSeconds = seconds > LARGEST_PLAIN_SECONDS ? seconds : 0;
    this.base = BigInt(this.#baseSeconds) * 1_000_000_000n;
    const micros = first.relative || (digits > 0 && digits < 9);
    this.resolution = micros ? 1000 : 1;
    this.#countUnit = fromTraceCmd ? this.resolution : 1;
  }

  /** ns since `base`; counts of an unknown unit stay what they are. */
  time(stamp: TextStamp): number {
    if (stamp.relative) return Number(stamp.whole) * 1000;
    if (stamp.fraction === '') return Number(stamp.whole) * this.#countUnit;
    const fraction = Number(stamp.fraction.padEnd(9, '0'));
    return (Number(stamp.whole) - this.#baseSeconds) * 1_000_000_000 + fraction;
  }
}
