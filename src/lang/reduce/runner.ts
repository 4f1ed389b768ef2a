// How an executor uses a plan: after each transition it asks which step may follow at once, with
// nobody in between, and takes it. What is stored is the state in which nobody may go on so.

import type { Field } from '../layout.ts';
import type { HardwarePlan, Noticed } from './hardware.ts';
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
  /** What the hardware does is put off until right before the first step that can tell. */
  readonly lateHardware?: boolean;
}

/**
 * So many states at most may be made by the hardware right before a step; from a state with more
 * the hardware's steps are taken one by one.
 */
export const MOST_VARIANTS = 64;

/** What a runner needs of the executor. */
export interface Stepping {
  /** Where each thread's program counter is. */
  readonly counters: readonly Field[];
  /** The only way that the thread can take here; -1 if there is none, -2 if there are several. */
  only(words: Int32Array, thread: number): number;
  /** Takes a way in place. */
  take(words: Int32Array, thread: number, way: number): void;
}

export const NO_PLACE = 'a thread is where no run can be: the plan is not for this search';

export class Runner {
  readonly #plan: Plan;
  readonly #fusion: boolean;
  readonly #localFirst: boolean;
  /** Whether the hardware's steps are put off. */
  readonly late: boolean;
  readonly #stepping: Stepping;
  /** Place of each thread in the state looked at last. */
  readonly #at: Int32Array;

  constructor(plan: Plan, reductions: Reductions, stepping: Stepping) {
    this.#plan = plan;
    this.#fusion = reductions.fusion === true;
    this.#localFirst = reductions.localFirst === true;
    this.late = reductions.lateHardware === true;
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

  /**
   * The place of a thread, to be asked before it steps; see `goOn`.
   *
   * @throws Error where the plan knows of no place: it was derived for other runs.
   */
  place(words: Int32Array, thread: number): number {
    const place = placeOf(
      this.#plan.threads[thread] as ThreadPlan,
      this.#stepping.counters[thread] as Field,
      words,
    );
    if (place < 0) throw new Error(NO_PLACE);
    return place;
  }

  /** By way of the thread: what the hardware has to be asked for right before. */
  notices(thread: number, place: number): readonly Noticed[] {
    return this.#plan.threads[thread]?.notices[place] ?? [];
  }

  /** Whether the hardware can change whether the thread can move. */
  heeds(thread: number, place: number): boolean {
    return this.#plan.threads[thread]?.heeds[place] === 1;
  }

  get hardware(): HardwarePlan {
    return this.#plan.hardware;
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
        const { before, after, waits, notices } = this.#plan.threads[thread] as ThreadPlan;
        const at = this.#at[thread] as number;
        movable &&= this.#clear(after[from]) && this.#clear(waits[at]);
        // Before a step that can tell, the hardware comes in between.
        movable &&= !this.late || notices[at]?.every(({ ways }) => ways.length === 0) === true;
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
    for (let t = 0; t < this.#at.length; t++) this.#at[t] = this.place(words, t);
  }

  #passes(t: number): boolean {
    const at = this.#at[t] as number;
    const { places, stops } = this.#plan.threads[t] as ThreadPlan;
    return at < places && stops[at] === 0;
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
