// The way to a violation, from the levels of the search. No state keeps its parent: that would cost
// memory for every state, and which parent comes first depends on the workers. Instead, backwards
// through the levels, the states are marked from which the violation can be reached in the steps
// that are left; then, forwards from the initial state, the smallest action that leads to a marked
// state is taken. The answer is the least, in the order of action numbers, of all shortest ways: a
// property of the system, not of how it was searched (docs/decisions/0003-search.md).
//
// The way forward uses states as they are, and canonical ones only to look up marks: the actions
// can be taken one after the other from the initial state, in original names. Not so where names
// decide which steps are left out (`renamed`): there every state of the way is a representative.

import { type KeyCode, keyCode } from './key-code.ts';
import type { LevelLog } from './level-log.ts';
import type { Plan } from './plan.ts';
import { StateSet } from './state-set.ts';
import type { System } from './system.ts';

export interface Goal {
  /** A transition that reports one of these properties (bits) from a state of the last level. */
  readonly reports: number;
  /** Or a state of the last level that no thread can leave, though some are not done. */
  readonly stuck: boolean;
}

export interface Trail {
  readonly path: readonly number[];
  /** Those of the goal's that the last action reports. */
  readonly reports: number;
}

const PACE = 4096;

export function* leastTrail(
  system: System,
  plan: Plan,
  { levels, arena }: Pick<LevelLog, 'levels' | 'arena'>,
  goal: Goal,
): Generator<void, Trail, void> {
  const steps = new Steps(system, plan, arena);
  const last = levels.length - 1;
  const marks: StateSet[] = levels.map(() => new StateSet(plan.words));
  for (let level = last; level >= 0; level--) {
    const keys = levels[level] as Int32Array;
    const marked = marks[level] as StateSet;
    for (let at = 0, n = 0; at < keys.length; at += plan.key, n++) {
      steps.load(keys, at);
      const leads =
        level === last ? steps.reaches(goal) : steps.firstInto(marks[level + 1] as StateSet) >= 0;
      if (leads) marked.add(steps.state, 0);
      if (n % PACE === PACE - 1) yield;
    }
  }
  steps.begin();
  const path: number[] = [];
  for (let level = 1; level <= last; level++) {
    const n = steps.firstInto(marks[level] as StateSet);
    if (n < 0)
      throw new Error('the way to the violation breaks off: states were merged that differ');
    path.push(steps.take(n));
  }
  if (goal.stuck) return { path, reports: 0 };
  const n = steps.firstReporting(goal.reports);
  if (n < 0) throw new Error('the violation is not where it was: states were merged that differ');
  path.push(steps.actions[n] as number);
  return { path, reports: (steps.reports[n] as number) & goal.reports };
}

/** One state at a time and what follows from it. */
class Steps {
  readonly state: Int32Array;
  readonly actions: Int32Array;
  readonly reports: Int32Array;
  readonly #system: System;
  readonly #plan: Plan;
  readonly #arena: Int32Array;
  readonly #code: KeyCode;
  readonly #into: Int32Array;
  readonly #copy: Int32Array;

  constructor(system: System, plan: Plan, arena: Int32Array) {
    this.#system = system;
    this.#plan = plan;
    this.#arena = arena;
    this.#code = keyCode(plan, false);
    this.state = new Int32Array(plan.values);
    this.actions = new Int32Array(system.ways);
    this.reports = new Int32Array(system.ways);
    this.#into = new Int32Array(system.ways * plan.words);
    this.#copy = new Int32Array(plan.words);
  }

  load(keys: Int32Array, at: number): void {
    this.#code.unfold(keys, at, this.state, this.#arena);
  }

  begin(): void {
    this.state.set(this.#system.initial);
    this.#rename();
  }

  /** Becomes a successor; answers the action. */
  take(n: number): number {
    const { words } = this.#plan;
    this.state.set(this.#into.subarray(n * words, (n + 1) * words));
    this.#rename();
    return this.actions[n] as number;
  }

  reaches({ stuck, reports }: Goal): boolean {
    if (!stuck) return this.firstReporting(reports) >= 0;
    const { compiled } = this.#system;
    const end = this.#expand();
    for (let n = 0; n < end; n++) {
      if (this.#system.threadActions[this.actions[n] as number] !== 0) return false;
    }
    return !compiled.finished(this.state, 0);
  }

  /** The first successor with one of these reports, or -1. */
  firstReporting(wanted: number): number {
    const end = this.#expand();
    for (let n = 0; n < end; n++) if (((this.reports[n] as number) & wanted) !== 0) return n;
    return -1;
  }

  /** The first successor in the set, or -1. */
  firstInto(set: StateSet): number {
    const { compiled } = this.#system;
    const { words } = this.#plan;
    const end = this.#expand();
    for (let n = 0; n < end; n++) {
      for (let i = 0; i < words; i++) this.#copy[i] = this.#into[n * words + i] as number;
      compiled.canonical?.(this.#copy, 0);
      if (set.has(this.#copy, 0)) return n;
    }
    return -1;
  }

  #rename(): void {
    if (this.#system.renamed === true) this.#system.compiled.canonical?.(this.state, 0);
  }

  #expand(): number {
    return this.#system.compiled.expand(this.state, 0, this.#into, this.actions, this.reports, 0);
  }
}
