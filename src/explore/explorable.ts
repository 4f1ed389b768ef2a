// A system given as functions over one state at a time, as the interpreter is. It is slower than
// generated code and cannot be handed to other threads.

import type { Compiled } from '../base/system-text.ts';
import type { System } from './system.ts';

/** What is explored: states as words, and what follows from each. See lang/machine.ts. */
export interface Explorable {
  readonly words: number;
  readonly properties: readonly string[];
  /** Upper bound of the successors of one state; 4,096 where it is not said. */
  readonly ways?: number;
  initial(): Int32Array;
  /** Calls `visit` for each successor, which may be overwritten afterwards. */
  successors(
    state: Int32Array,
    visit: (action: number, next: Int32Array, reports: number) => void,
  ): void;
  finished(state: Int32Array): boolean;
  /** Whether taking the action is progress of some thread (hardware never is). */
  isThreadAction(action: number): boolean;
}

/** The same as a system for one worker. */
export function systemOfExplorable(given: Explorable): System {
  const { words, properties, ways = 4096 } = given;
  const state: Int32Array = new Int32Array(words);
  const UNKNOWN = 2;
  let threadActions = new Uint8Array(1024).fill(UNKNOWN);
  let into = state;
  let actions = state;
  let reports = state;
  let n = 0;
  let end = 0;

  function load(from: Int32Array, at: number): void {
    for (let i = 0; i < words; i++) state[i] = from[at + i] as number;
  }
  function learn(action: number): void {
    if (action >= threadActions.length) {
      const more = new Uint8Array(action * 2).fill(UNKNOWN);
      more.set(threadActions);
      threadActions = more;
    }
    threadActions[action] = given.isThreadAction(action) ? 1 : 0;
  }
  function visit(action: number, next: Int32Array, reported: number): void {
    if (n >= end) throw new Error(`more than ${ways} successors of one state`);
    if (action >= threadActions.length || threadActions[action] === UNKNOWN) learn(action);
    for (let i = 0, at = n * words; i < words; i++) into[at + i] = next[i] as number;
    actions[n] = action;
    reports[n] = reported;
    n++;
  }
  const compiled: Compiled = {
    expand(from, at, intoWhat, intoActions, intoReports, first) {
      load(from, at);
      [into, actions, reports, n, end] = [intoWhat, intoActions, intoReports, first, first + ways];
      given.successors(state, visit);
      return n;
    },
    finished(from, at) {
      load(from, at);
      return given.finished(state);
    },
  };
  return {
    words,
    ways,
    properties,
    initial: given.initial(),
    get threadActions() {
      return threadActions;
    },
    compiled,
  };
}
