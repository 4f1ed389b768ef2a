// One breadth-first pass, level by level. A level is always finished, whatever is seen in it: what
// it holds and what it leads to does not depend on who took which block when, and so neither does
// any count. If there is no room to keep what follows, the rest of the level is still looked at.

import { Problem } from '../base/problem.ts';
import type { Helpers } from './crew.ts';
import { memoWords } from './fold-code.ts';
import { keyCode } from './key-code.ts';
import { NO_BLOCKS, NO_GROUPS, NO_QUOTA, Part, type Phase } from './part.ts';
import type { Plan } from './plan.ts';
import { recentWords } from './recent-code.ts';
import {
  ADDED,
  BEAT,
  BLOCK,
  COMPLETED,
  type Limits,
  NEXT_BLOCK,
  NoRoom,
  OUT_BLOCKS,
  PART,
  PARTS,
  RUNNING,
  SEEN,
  Space,
  STOP,
  STUCK,
  TRANSITIONS,
  WHY,
} from './space.ts';
import type { System } from './system.ts';
import { COLLIDED, CROWDED } from './table-code.ts';

export interface Progress {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  /** States that are known and not yet expanded. */
  readonly frontier: number;
  readonly seconds: number;
}

export interface SweepSetup {
  readonly system: System;
  readonly plan: Plan;
  /** Threads, this one included. */
  readonly workers: number;
  readonly limits: Limits & { readonly maxStates: number };
  /** Starts the other threads, or has them already. */
  readonly helpers: () => Helpers;
  /** Seconds without a sign of life after which the other threads are given up. */
  readonly silence: number;
  /** Told about five times a second; an answer stops everything, and says why. */
  readonly look: (sweep: Sweep) => Generator<Progress, string | undefined, boolean>;
}

export interface LevelResult {
  /** All reports of the level's transitions. */
  readonly seen: number;
  /** Whether some state is not finished and no thread can leave it. */
  readonly stuck: boolean;
  /** What cut it short: the next level is not whole then. */
  readonly bound?: string;
  /** False if not even this level was looked at whole. */
  readonly whole: boolean;
}

/** A level is shared with other threads from this many states on. */
const WORTH_SHARING = 8 * BLOCK;
/** Other threads are started at so many states, since a smaller search is over before they run. */
const WORTH_STARTING = 50_000;
const SLICE = 200;

let lastSweep = 0;
let lastLevel = 0;

function lostWorker(why: string): Problem {
  return new Problem('LUF-E107', `a thread of the search was lost (${why})`, {
    hint: 'use fewer workers, or give Node more memory: NODE_OPTIONS=--max-old-space-size=MIB',
  });
}

export class Sweep {
  readonly space: Space;
  readonly #setup: SweepSetup;
  readonly #part: Part;
  /** States of each level up to the one being expanded. */
  readonly levels: number[] = [1];
  readonly #number = ++lastSweep;
  #sharing = false;

  constructor(setup: SweepSetup) {
    const { system, plan, workers, limits } = setup;
    this.#setup = setup;
    this.space = new Space(plan, workers, limits);
    this.#part = new Part(system, plan, 0);
    this.#seed();
  }

  /** States found so far, those of an unfinished level included. */
  get states(): number {
    return 1 + this.#sum(ADDED);
  }
  get transitions(): number {
    return this.#tally(TRANSITIONS);
  }
  /** States in which every thread is done. */
  get completed(): number {
    return this.#tally(COMPLETED);
  }
  /** About how many states of this level and the next still have to be expanded. */
  get waiting(): number {
    const { ctl, fromBlocks } = this.space.buffers;
    const done = Math.min(ctl[NEXT_BLOCK] as number, fromBlocks) * BLOCK;
    const whole = this.levels.reduce((sum, n) => sum + n, 0);
    return Math.max(0, (this.levels.at(-1) as number) - done) + this.states - whole;
  }

  /** Expands the current level. */
  *level(): Generator<Progress, LevelResult, boolean> {
    const { space } = this;
    const { ctl } = space.buffers;
    for (let i = 0; i < space.parts; i++) {
      ctl[PARTS + PART * i + SEEN] = 0;
      ctl[PARTS + PART * i + STUCK] = 0;
    }
    const level = ++lastLevel;
    let bound: string | undefined;
    let whole = false;
    for (;;) {
      const stopped = yield* this.#phase(level, bound === undefined);
      if (stopped === true) {
        whole = true;
        break;
      }
      if (typeof stopped === 'string') {
        bound = stopped;
        break;
      }
      // After a bound nothing is kept, and nothing more can be missing.
      if (bound === undefined) bound = this.#makeRoom();
    }
    bound ??= this.#tooMany();
    const [seen, stuck] = [this.#or(SEEN), this.#or(STUCK) !== 0];
    return bound === undefined ? { seen, stuck, whole } : { seen, stuck, whole, bound };
  }

  /** Goes on to the next level. False if it is empty. */
  turn(): boolean {
    this.space.turn();
    const { frontier } = this.space;
    if (frontier > 0) this.levels.push(frontier);
    return frontier > 0;
  }

  /** True: the level is done. False: somebody needs room. Text: the caller wants it stopped. */
  *#phase(level: number, keep: boolean): Generator<Progress, boolean | string, boolean> {
    const { space } = this;
    const { buffers, parts } = space;
    const { ctl } = buffers;
    const { maxStates } = this.#setup.limits;
    const frontier = this.levels.at(-1) as number;
    this.#sharing ||= parts > 1 && this.states >= WORTH_STARTING;
    const helpers = this.#sharing ? this.#setup.helpers() : undefined;
    const shared = frontier >= WORTH_SHARING && helpers?.ready() === true;
    // A bound on states may be passed by a little: what is kept then is not counted.
    const most = Math.min(
      space.room,
      Math.max(0, maxStates + 1 - space.states) + (1 << 16) * parts,
    );
    const quota = Math.floor(most / (shared ? parts : 1));
    const phase: Phase = { buffers, sweep: this.#number, level, quota, keep, shared };
    Atomics.store(ctl, STOP, 0);
    if (shared) {
      Atomics.store(ctl, RUNNING, parts - 1);
      helpers.post(phase);
    }
    let done = false;
    let stopped: string | undefined;
    try {
      for (;;) {
        done = this.#part.run(phase, performance.now() + SLICE);
        if (done || Atomics.load(ctl, STOP) !== 0) break;
        stopped ??= yield* this.#setup.look(this);
        if (stopped !== undefined) break;
      }
    } finally {
      if (!done) Atomics.store(ctl, STOP, 1);
    }
    let beats = -1;
    let heard = 0;
    for (;;) {
      const running = Atomics.load(ctl, RUNNING);
      if (running <= 0) break;
      const failure = helpers?.failure();
      if (failure !== undefined) throw new Error(failure);
      const lost = helpers?.lost();
      if (lost !== undefined) throw lostWorker(lost);
      const now = this.#sum(BEAT);
      if (now !== beats) [beats, heard] = [now, performance.now()];
      // Whoever does not return to its event loop is not told of a thread's end: it falls silent.
      const silent = (performance.now() - heard) / 1000;
      if (silent > this.#setup.silence) {
        throw lostWorker(`no sign of life for ${this.#setup.silence} s`);
      }
      if (Atomics.wait(ctl, RUNNING, running, SLICE) !== 'timed-out') continue;
      stopped ??= yield* this.#setup.look(this);
      if (stopped !== undefined) Atomics.store(ctl, STOP, 1);
    }
    const failure = helpers?.failure();
    if (failure !== undefined) throw new Error(failure);
    space.states = this.states;
    if (stopped !== undefined) return stopped;
    stopped = yield* this.#setup.look(this);
    if (stopped !== undefined) return stopped;
    return Atomics.load(ctl, STOP) === 0;
  }

  /** Makes room for whatever the parts lacked. Answers the bound that forbids it, if one does. */
  #makeRoom(): string | undefined {
    const { space } = this;
    const { ctl } = space.buffers;
    const whys = new Set<number>();
    for (let i = 0; i < space.parts; i++) whys.add(ctl[PARTS + PART * i + WHY] as number);
    const tooMany = this.#tooMany();
    if (tooMany !== undefined) return tooMany;
    try {
      if (whys.has(COLLIDED)) space.recode();
      if (whys.has(NO_GROUPS)) space.growGroups();
      if (whys.has(NO_BLOCKS)) space.growLevel();
      const least = 4 * space.parts * (this.#setup.system.ways + 2 * BLOCK);
      const tight = space.room < Math.max(least, 0.05 * space.states);
      if (whys.has(CROWDED)) space.growTable(space.room + 1);
      else if (whys.has(NO_QUOTA) && tight) space.growTable(Math.max(least, space.room + 1));
    } catch (error) {
      if (error instanceof NoRoom) return error.bound;
      throw error;
    }
    return undefined;
  }

  #tooMany(): string | undefined {
    const { maxStates } = this.#setup.limits;
    return this.states > maxStates ? `${maxStates} states` : undefined;
  }

  /** Puts the initial state into the table and makes it the first level. */
  #seed(): void {
    const { system, plan } = this.#setup;
    const { space } = this;
    const code = keyCode(plan, false);
    const state = system.initial.slice();
    system.compiled.canonical?.(state, 0);
    // Differs from every value of the state, so that nothing passes for known.
    const base = new Int32Array(plan.values).fill(-1);
    state.forEach((word, i) => {
      base[i] = ~word;
    });
    const keys = plan.arity === 0 ? state : new Int32Array(plan.key);
    const { ctl, arena, index } = space.buffers;
    const memo = new Int32Array(memoWords(plan));
    if (plan.arity !== 0) {
      const [actions, writes] = [new Int32Array(1), Int32Array.of(-1)];
      code.fold(state, 0, 1, base, actions, writes, arena, index, ctl, keys, memo);
    }
    for (;;) {
      const { table, size, twist, to, toCounts } = space.buffers;
      const [homes, order, why] = [new Int32Array(5), new Int32Array(1), new Int32Array(2)];
      const recent = new Int32Array(recentWords(plan));
      code.forget(recent);
      const length = code.drain(table, size, twist, keys, 1, homes, order, to, why, recent);
      if (length > 0) {
        toCounts[0] = 1;
        break;
      }
      space.recode();
    }
    ctl[OUT_BLOCKS] = 1;
    space.states = 1;
    space.turn();
  }

  #sum(place: number): number {
    const { ctl } = this.space.buffers;
    let sum = 0;
    for (let i = 0; i < this.space.parts; i++) sum += ctl[PARTS + PART * i + place] as number;
    return sum;
  }
  #or(place: number): number {
    const { ctl } = this.space.buffers;
    let bits = 0;
    for (let i = 0; i < this.space.parts; i++) bits |= ctl[PARTS + PART * i + place] as number;
    return bits;
  }
  #tally(place: number): number {
    const { tallies } = this.space.buffers;
    let sum = 0;
    for (let i = 0; i < this.space.parts; i++) sum += tallies[2 * i + place] as number;
    return sum;
  }
}
