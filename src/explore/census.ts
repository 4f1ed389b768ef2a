// Everything that is reachable, and of each kind of transition that the caller tells apart the first
// one found, with a shortest way to it. Unlike a search it does not stop at anything but its bounds. It
// knows nothing of what states mean: the caller classifies.

import type { SystemText } from '../base/system-text.ts';
import { type Explorable, systemOfExplorable } from './explorable.ts';
import type { Bounds } from './search.ts';
import { StateSet } from './state-set.ts';
import { type System, systemOf } from './system.ts';

export interface CensusOptions {
  /**
   * Kinds of a transition, each a number of the caller's choice; called only where something is
   * reported. `state` and `next` are reused: copy what is kept.
   */
  readonly kinds: (state: Int32Array, next: Int32Array, reports: number) => readonly number[];
  readonly bounds: Pick<Bounds, 'maxStates' | 'maxSeconds'>;
  /** Asked now and then; answering false stops at once. */
  readonly go?: () => boolean;
}

export interface Census {
  /** What stopped it before everything was seen; left out if nothing did. */
  readonly bound?: string;
  readonly states: number;
  /** Steps to the farthest state that was expanded. */
  readonly depth: number;
  readonly seconds: number;
  /** All properties reported anywhere, by bit. */
  readonly reports: number;
  /** States in which every thread is done. */
  readonly completed: number;
  /** States in which no thread can go on though some are not done: the shortest way to one. */
  readonly stuck?: readonly number[];
  /** For each kind the actions of a shortest way, up to and with its transition. */
  readonly found: ReadonlyMap<number, readonly number[]>;
}

interface Found {
  readonly from: number;
  readonly action: number;
}

/** States are looked at in the order of their depth, so that what is found first is nearest. */
export function census(given: Explorable | SystemText, options: CensusOptions): Census {
  const system: System = 'source' in given ? systemOf(given) : systemOfExplorable(given);
  const { words, ways, compiled } = system;
  const { maxStates, maxSeconds } = options.bounds;
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const states = new StateSet(words);
  const ancestry = new Ancestry();
  const found = new Map<number, Found>();
  const into = new Int32Array(ways * words);
  const actions = new Int32Array(ways);
  const reports = new Int32Array(ways);
  const views = Array.from({ length: ways }, (_, n) => into.subarray(n * words, (n + 1) * words));
  const state = new Int32Array(words);
  let [seen, completed, stuck, depth, levelEnd] = [0, 0, -1, 0, 1];
  let bound: string | undefined;

  states.add(system.initial, 0);
  ancestry.add(-1, -1);
  for (let at = 0; at < states.size; at++) {
    if (at === levelEnd) {
      depth++;
      levelEnd = states.size;
    }
    if (states.size > maxStates) bound = `${maxStates} states`;
    else if (at % 1024 === 1023) {
      if (seconds() > maxSeconds) bound = `${maxSeconds} s`;
      else if (options.go?.() === false) bound = 'interrupted';
    }
    if (bound !== undefined) break;
    states.read(at, state);
    const n = compiled.expand(state, 0, into, actions, reports, 0);
    let goesOn = false;
    for (let i = 0; i < n; i++) {
      const action = actions[i] as number;
      if (system.threadActions[action] === 1) goesOn = true;
      if (states.add(into, i * words)) ancestry.add(at, action);
      const reported = reports[i] as number;
      if (reported === 0) continue;
      seen |= reported;
      for (const kind of options.kinds(state, views[i] as Int32Array, reported)) {
        if (!found.has(kind)) found.set(kind, { from: at, action });
      }
    }
    if (!goesOn) {
      if (compiled.finished(state, 0)) completed++;
      else if (stuck < 0) stuck = at;
    }
  }
  return {
    ...(bound === undefined ? {} : { bound }),
    states: states.size,
    depth,
    seconds: seconds(),
    reports: seen,
    completed,
    ...(stuck < 0 ? {} : { stuck: ancestry.wayTo(stuck) }),
    found: new Map(
      [...found].map(([kind, { from, action }]) => [kind, [...ancestry.wayTo(from), action]]),
    ),
  };
}

/** From which state, and by which action, each state was found first. */
class Ancestry {
  #links = new Int32Array(2048);
  #size = 0;

  add(parent: number, action: number): void {
    if (this.#size * 2 === this.#links.length) {
      const more = new Int32Array(this.#links.length * 2);
      more.set(this.#links);
      this.#links = more;
    }
    this.#links[this.#size * 2] = parent;
    this.#links[this.#size * 2 + 1] = action;
    this.#size++;
  }

  wayTo(state: number): number[] {
    const way: number[] = [];
    for (let at = state; at > 0; at = this.#links[at * 2] as number) {
      way.push(this.#links[at * 2 + 1] as number);
    }
    return way.reverse();
  }
}
