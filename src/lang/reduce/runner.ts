// How an executor uses a plan: after each transition it asks which step may follow at once, with
// nobody in between, and takes it. What is stored is the state in which nobody may go on so.

import type { Field } from '../layout.ts';
import { type Plan, placeOf, type Rows, type ThreadPlan } from './plan.ts';

/** Which interleavings are left out. */
export interface Reductions {
  /**
   * A thread's steps are taken as one where the earlier one can be put off or the later one put
   * forward: sections under locks.
   */
  readonly fusion?: boolean;
  /** A step that commutes with all that others can do before its thread moves is taken first. */
  readonly localFirst?: boolean;
}

/** What a runner needs of the executor. */
export interface Stepping {
  /** Where each thread's program counter is. */
  readonly counters: readonly Field[];
  /** The only way that the thread can take here; -1 if there is none, -2 if there are several. */
  only(words: Int32Array, thread: number): number;
  /** Takes a way in place. */
  take(words: Int32Array, thread: number, way: number): void;
}

export class Runner {
  readonly #plan: Plan;
  readonly #fusion: boolean;
  readonly #localFirst: boolean;
  readonly #stepping: Stepping;
  /** Place of each thread in the state looked at last. */
  readonly #at: Int32Array;

  constructor(plan: Plan, reductions: Reductions, stepping: Stepping) {
    this.#plan = plan;
    this.#fusion = reductions.fusion === true;
    this.#localFirst = reductions.localFirst === true;
    this.#stepping = stepping;
    this.#at = new Int32Array(plan.threads.length);
  }

  /** The thread whose steps alone need to be taken from a stored state; -1 if all do. */
  alone(words: Int32Array): number {
    if (!this.#localFirst) return -1;
    this.#look(words);
    for (let t = 0; t < this.#at.length; t++) {
      if (this.#first(t) && this.#stepping.only(words, t) !== -1) return t;
    }
    return -1;
  }

  /** The place of a thread, to be asked before it steps; see `goOn`. */
  place(words: Int32Array, thread: number): number {
    return placeOf(
      this.#plan.threads[thread] as ThreadPlan,
      this.#stepping.counters[thread] as Field,
      words,
    );
  }

  /**
   * Goes on from where a step has led, in place, as far as nobody needs to come in between.
   * `thread` took its step at `place`; -1 for the hardware and for the initial state. `open`:
   * everybody's steps are taken from the state before, so that the step may be put off.
   */
  goOn(words: Int32Array, thread: number, place: number, open: boolean): void {
    let from = place;
    let movable = open && this.#fusion && thread >= 0;
    this.#look(words);
    for (;;) {
      let who = -1;
      let way = -1;
      if (this.#fusion && thread >= 0 && this.#passes(thread)) {
        const { before, after, waits } = this.#plan.threads[thread] as ThreadPlan;
        const at = this.#at[thread] as number;
        movable &&= this.#clear(after[from]) && this.#clear(waits[at]);
        if (movable || this.#clear(before[at])) {
          way = this.#stepping.only(words, thread);
          if (way >= 0) who = thread;
        }
      }
      for (let t = 0; who < 0 && this.#localFirst && t < this.#at.length; t++) {
        if (!this.#first(t)) continue;
        way = this.#stepping.only(words, t);
        if (way >= 0) who = t;
        // Several ways: the state is stored, and from there only this thread's are taken.
        else if (way === -2) return;
      }
      if (who < 0) return;
      if (who === thread) from = this.#at[thread] as number;
      else movable = false;
      this.#stepping.take(words, who, way);
      // Nobody else has moved.
      this.#at[who] = this.place(words, who);
    }
  }

  #look(words: Int32Array): void {
    const { threads } = this.#plan;
    for (let t = 0; t < threads.length; t++) {
      this.#at[t] = placeOf(threads[t] as ThreadPlan, this.#stepping.counters[t] as Field, words);
    }
  }

  #passes(t: number): boolean {
    const at = this.#at[t] as number;
    const { places, stops } = this.#plan.threads[t] as ThreadPlan;
    return at >= 0 && at < places && stops[at] === 0;
  }

  #first(t: number): boolean {
    if (!this.#passes(t)) return false;
    return this.#clear((this.#plan.threads[t] as ThreadPlan).before[this.#at[t] as number]);
  }

  #clear(rows: Rows): boolean {
    if (rows === undefined) return false;
    for (let u = 0; u < rows.length; u++) {
      const row = rows[u] as Uint8Array;
      if (row.length > 0 && row[this.#at[u] as number] !== 1) return false;
    }
    return true;
  }
}
