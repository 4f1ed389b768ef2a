// What one worker does with the buffers of a search, in whatever kind of thread it runs: take blocks
// of the level, expand their states, put what follows into the table and what is new into the next
// level. It never waits and never grows anything. Where there is no room it stops, remembers the
// block, and takes it again in the next phase: the states of that block that are in the table by
// then are not new any more, and nothing is counted before its block is done.

import type { Compiled } from '../base/system-text.ts';
import { memoWords } from './fold-code.ts';
import { type KeyCode, keyCode } from './key-code.ts';
import type { Plan } from './plan.ts';
import { recentWords } from './recent-code.ts';
import {
  ADDED,
  BEAT,
  BLOCK,
  type Buffers,
  COMPLETED,
  NEXT_BLOCK,
  OUT_BLOCKS,
  PART,
  PARTS,
  REDO,
  SEEN,
  STOP,
  STUCK,
  TRANSITIONS,
  WHY,
} from './space.ts';
import type { System } from './system.ts';

/** One stretch of work: to the end of the level, or until somebody finds no room. */
export interface Phase {
  readonly buffers: Buffers;
  /** Another number, another sweep: what was in its table and its groups does not count. */
  readonly sweep: number;
  /** Another number, another level. */
  readonly level: number;
  /** Successors that a part may look at before it has to ask whether there is room. */
  readonly quota: number;
  /** False: look at what follows, but keep none of it. */
  readonly keep: boolean;
  /** Whether other threads take part. */
  readonly shared: boolean;
}

/** Why a part stopped, besides CROWDED and COLLIDED. */
export const NO_QUOTA = -3;
export const NO_BLOCKS = -4;
export const NO_GROUPS = -5;

/** Successors that are collected before the table is asked. */
const BATCH = 512;

export class Part {
  readonly #system: System;
  readonly #plan: Plan;
  readonly #at: number;
  readonly #number: number;
  readonly #into: Int32Array;
  readonly #actions: Int32Array;
  readonly #reports: Int32Array;
  readonly #keys: Int32Array;
  readonly #homes: Int32Array;
  readonly #order: Int32Array;
  readonly #recent: Int32Array;
  readonly #memo: Int32Array;
  readonly #fresh: Int32Array;
  readonly #values: Int32Array;
  /** Whether `moves` is asked instead of `expand`. */
  readonly #sparing: boolean;
  /** What `fold` is told of successors: their actions and what those write, or that all is written. */
  readonly #told: Int32Array;
  readonly #writes: Int32Array;
  readonly #still = new Int32Array(2);
  readonly #why = new Int32Array(2);
  readonly #alone: KeyCode;
  readonly #together: KeyCode;
  #code: KeyCode;
  #sweep = -1;
  #level = -1;
  #added = 0;
  /** Blocks of the next level that are this part's; the first is filled up to #filled. */
  #out: number[] = [];
  #filled = 0;

  constructor(system: System, plan: Plan, number: number) {
    this.#system = system;
    this.#plan = plan;
    this.#number = number;
    this.#at = PARTS + PART * number;
    const most = BATCH + system.ways;
    this.#into = new Int32Array(most * plan.words);
    this.#actions = new Int32Array(most);
    this.#reports = new Int32Array(most);
    const { moves, writes, canonical } = system.compiled;
    // Whoever needs successors whole does not get them from `moves` where it tells what is written.
    const sparse = writes !== undefined && plan.arity !== 0 && canonical === undefined;
    this.#sparing = moves !== undefined && (writes === undefined || sparse);
    this.#told = sparse ? this.#actions : new Int32Array(most);
    this.#writes = sparse ? writes : Int32Array.of(-1);
    this.#keys = plan.arity === 0 ? this.#into : new Int32Array(most * plan.key);
    this.#homes = new Int32Array(most + 4);
    this.#order = new Int32Array(most);
    this.#recent = new Int32Array(recentWords(plan));
    this.#memo = new Int32Array(memoWords(plan));
    this.#fresh = new Int32Array(most * plan.key);
    this.#values = new Int32Array(plan.values);
    this.#alone = keyCode(plan, false);
    this.#together = keyCode(plan, true);
    this.#code = this.#alone;
  }

  /** Works until nothing is left (true), or it or another has stopped, or `until` (ms) has come. */
  run(phase: Phase, until = Infinity): boolean {
    const { ctl, fromBlocks } = phase.buffers;
    this.#code = phase.shared ? this.#together : this.#alone;
    if (phase.sweep !== this.#sweep) {
      // Another sweep begins with another table, and numbers groups anew.
      this.#sweep = phase.sweep;
      this.#code.forget(this.#recent);
      this.#memo.fill(0);
    }
    if (phase.level !== this.#level) {
      this.#level = phase.level;
      this.#out = [];
      this.#filled = 0;
    }
    this.#added = 0;
    ctl[this.#at + WHY] = 0;
    while (Atomics.load(ctl, STOP) === 0) {
      ctl[this.#at + BEAT] = (ctl[this.#at + BEAT] as number) + 1;
      const redo = ctl[this.#at + REDO] as number;
      const block = redo >= 0 ? redo : Atomics.add(ctl, NEXT_BLOCK, 1);
      if (block >= fromBlocks) return true;
      ctl[this.#at + REDO] = block;
      const why = this.#expand(phase, block);
      if (why !== 0) {
        this.#code.forget(this.#recent);
        ctl[this.#at + WHY] = why;
        Atomics.store(ctl, STOP, 1);
        return false;
      }
      ctl[this.#at + REDO] = -1;
      if (until !== Infinity && performance.now() > until) return false;
    }
    return false;
  }

  /** Expands the states of a block. Answers 0, or why it could not. */
  #expand(phase: Phase, block: number): number {
    const { from, fromCounts, arena, index, ctl, tallies } = phase.buffers;
    const { compiled, words } = this.#system;
    const { key } = this.#plan;
    const into = this.#into;
    const actions = this.#actions;
    const reports = this.#reports;
    const folded = this.#plan.arity !== 0;
    const { keep } = phase;
    const canonical = keep && compiled.canonical !== undefined;
    const count = fromCounts[block] as number;
    const still = this.#still.fill(0);
    let transitions = 0;
    let completed = 0;
    let seen = 0;
    let stuck = 0;
    let n = 0;
    for (let s = 0, at = block * BLOCK * key; s < count; s++, at += key) {
      let source = from;
      let place = at;
      if (folded) {
        this.#code.unfold(from, at, this.#values, arena);
        source = this.#values;
        place = 0;
      }
      const end = this.#sparing
        ? (compiled as Required<Compiled>).moves(source, place, into, actions, reports, n, still)
        : compiled.expand(source, place, into, actions, reports, n);
      const { threadActions } = this.#system;
      for (let i = n; i < end; i++) seen |= reports[i] as number;
      // Threads come before the hardware: mostly, the first one tells.
      let first = n;
      while (first < end && threadActions[actions[first] as number] === 0) first++;
      transitions += end - n;
      if (first === end) {
        if (compiled.finished(source, place)) completed++;
        else stuck = 1;
      }
      if (!keep) continue;
      if (canonical) for (let i = n; i < end; i++) compiled.canonical?.(into, i * words);
      if (
        folded &&
        !this.#code.fold(
          into,
          n,
          end,
          this.#values,
          this.#told,
          this.#writes,
          arena,
          index,
          ctl,
          this.#keys,
          this.#memo,
        )
      ) {
        return NO_GROUPS;
      }
      n = end;
      if (n >= BATCH) {
        const why = this.#drain(phase, n);
        if (why !== 0) return why;
        n = 0;
      }
    }
    if (n > 0) {
      const why = this.#drain(phase, n);
      if (why !== 0) return why;
    }
    const tally = 2 * this.#number;
    tallies[tally + TRANSITIONS] =
      (tallies[tally + TRANSITIONS] as number) + transitions + (still[0] as number);
    tallies[tally + COMPLETED] = (tallies[tally + COMPLETED] as number) + completed;
    ctl[this.#at + SEEN] = (ctl[this.#at + SEEN] as number) | seen | (still[1] as number);
    ctl[this.#at + STUCK] = (ctl[this.#at + STUCK] as number) | stuck;
    return 0;
  }

  /** Puts the collected successors into the table and the new ones into the next level. */
  #drain(phase: Phase, n: number): number {
    const { table, size, twist, ctl, toCounts } = phase.buffers;
    if (this.#added + n > phase.quota) return NO_QUOTA;
    // Room in the next level comes first: what is in the table is never new again.
    while (this.#out.length * BLOCK - this.#filled < n) {
      const block = Atomics.add(ctl, OUT_BLOCKS, 1);
      if (block >= toCounts.length) return NO_BLOCKS;
      this.#out.push(block);
    }
    const length = this.#code.drain(
      table,
      size,
      twist,
      this.#keys,
      n,
      this.#homes,
      this.#order,
      this.#fresh,
      this.#why,
      this.#recent,
    );
    this.#append(phase.buffers, length < 0 ? ~length : length);
    return length < 0 ? (this.#why[0] as number) : 0;
  }

  #append({ ctl, to, toCounts }: Buffers, length: number): void {
    const { key } = this.#plan;
    const fresh = this.#fresh;
    const fits = BLOCK * key;
    let filled = this.#filled * key;
    for (let done = 0; done < length; ) {
      const block = this.#out[0] as number;
      const start = block * fits + filled;
      const some = Math.min(length - done, fits - filled);
      for (let i = 0; i < some; i++) to[start + i] = fresh[done + i] as number;
      done += some;
      filled += some;
      toCounts[block] = filled / key;
      if (filled === fits) {
        this.#out.shift();
        filled = 0;
      }
    }
    this.#filled = filled / key;
    this.#added += length / key;
    ctl[this.#at + ADDED] = (ctl[this.#at + ADDED] as number) + length / key;
  }
}
