// What tasks and CPUs are in the middle of, as far as their records tell: system calls, functions that
// empty entries, and what was cut in two by the start of the records or a gap in them.

import type { TraceRecord } from '../formats/trace-record.ts';
import { ClearBrackets, type Cleared } from './clear-brackets.ts';
import type { SystemCall } from './probes.ts';

const MOST_CALLERS = 4096;

export class TaskWork {
  readonly brackets = new ClearBrackets();
  /** Tasks caught in the middle of something by the start of a CPU's records or a gap in them. */
  readonly #severed = new Set<number>();
  readonly #inCall = new Map<number, string>();
  /** By place of the CPU: whether it has records, and the time of its first one, or of the last in task context. */
  readonly #started: Uint8Array;
  readonly #lastStep: Float64Array;
  /** Used again for each entry that no bracket tells of. */
  readonly #guess = {
    what: '',
    since: Number.NaN,
    isGuess: true,
    isUsable: undefined,
    isReplaced: false,
    isFlushAsked: false,
  };

  constructor(cpus: number) {
    this.#started = new Uint8Array(cpus);
    this.#lastStep = new Float64Array(cpus);
  }

  /** A record of this CPU: the first one, or the first after a gap, cuts its task's work in two. */
  comes({ lostBefore, pid, time }: TraceRecord, place: number): void {
    if (lostBefore === 0 && this.#started[place] === 1) return;
    this.#started[place] = 1;
    this.#severed.add(pid);
    // Whoever runs here later, and is not cut in two, began what it does after this.
    this.#lastStep[place] = time;
  }

  /** The record was made in task context: it says what the task has done by then. */
  steps({ time }: TraceRecord, place: number): void {
    this.#lastStep[place] = time;
  }

  /** The task is past what was cut. */
  isPast(pid: number): void {
    if (this.#severed.size > 0) this.#severed.delete(pid);
  }

  isSevered(pid: number): boolean {
    return this.#severed.size > 0 && this.#severed.has(pid);
  }

  passes({ edge, name }: SystemCall, { pid }: TraceRecord): void {
    this.brackets.ends(pid);
    this.isPast(pid);
    if (edge === 'exit') {
      this.#inCall.delete(pid);
      return;
    }
    this.#inCall.set(pid, `${name}(2)`);
    const oldest = this.#inCall.keys().next().value;
    if (this.#inCall.size > MOST_CALLERS && oldest !== undefined) this.#inCall.delete(oldest);
  }

  isInCall(pid: number): boolean {
    return this.#inCall.has(pid);
  }

  /** Since when an entry that goes with this record may have been empty, and by which function. */
  cleared({ pid }: TraceRecord, place: number, mm: number, va: number): Cleared {
    const bracket = this.brackets.take(pid, mm, va);
    if (bracket !== undefined) return bracket;
    const guess = this.#guess;
    guess.what = this.#inCall.get(pid) ?? 'page_remove_rmap';
    guess.since = this.#lastStep[place] as number;
    return guess;
  }
}
