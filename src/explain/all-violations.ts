// Every different violation of a variant, not only a shortest one. The search for verdicts stops at the
// first level with a violation; this one goes on, past nothing that is already wrong.

import { modelOf } from '../catalogue/build.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { DEADLOCK } from '../explore/system.ts';
import { nameOfChoice } from '../kernel/kernel.ts';
import { type Action, Machine } from '../lang/machine.ts';
import { wrongs } from '../rules/truth/wrongs.ts';
import { kindOf } from './alike.ts';
import { fewestSwitches } from './fewest-switches.ts';
import { replay, type Violation } from './judge.ts';
import { isStuck } from './replaying.ts';
import { storyOf } from './story.ts';

export interface AllViolations {
  /** One of each kind, shortest first. */
  readonly violations: readonly Violation[];
  readonly states: number;
  /** Every state that can be reached without a violation before was looked at. */
  readonly complete: boolean;
}

export interface AllOptions {
  readonly maxStates?: number;
  readonly maxSeconds?: number;
}

/** A way that ends in a violation: the state before, and the last action; none for a deadlock. */
interface End {
  readonly from: number;
  readonly action: number | undefined;
  readonly property: string;
}

const defaults = { maxStates: 300_000, maxSeconds: 60 };

/** Yields the number of states now and then; `false` stops it. */
export function* allViolations(
  scenario: Scenario,
  variant: Variant,
  options: AllOptions = {},
): Generator<number, AllViolations, boolean> {
  const { maxStates, maxSeconds } = { ...defaults, ...options };
  const machine = new Machine(modelOf(scenario, variant));
  const until = performance.now() + 1000 * maxSeconds;
  const truths = machine.properties.flatMap((id, i) => (id in wrongs ? [{ id, bit: 1 << i }] : []));
  const states: Int32Array[] = [machine.initial()];
  const parents: number[] = [-1];
  const actions: number[] = [-1];
  const seen = new Set<string>([(states[0] as Int32Array).join()]);
  const ends = new Ends(machine);
  let complete = true;
  for (let at = 0; at < states.length; at++) {
    const state = states[at] as Int32Array;
    machine.successors(state, (action, next, reports) => {
      const wrong = truths.find(({ bit }) => (reports & bit) !== 0);
      if (wrong !== undefined) return ends.add({ from: at, action, property: wrong.id });
      const key = next.join();
      if (seen.has(key)) return;
      if (states.length >= maxStates) {
        complete = false;
        return;
      }
      seen.add(key);
      states.push(next.slice());
      parents.push(at);
      actions.push(action);
    });
    if (isStuck(machine, state)) ends.add({ from: at, action: undefined, property: DEADLOCK });
    if (at % 2_000 === 1_999 && (performance.now() > until || !(yield states.length))) {
      complete = complete && at === states.length - 1;
      break;
    }
  }
  const pathOf = ({ from, action }: End): number[] => {
    const path = action === undefined ? [] : [action];
    for (let at = from; at > 0; at = parents[at] as number) path.unshift(actions[at] as number);
    return path;
  };
  const violations = differentOnes(scenario, variant, machine, ends.picked, pathOf);
  return { violations, states: states.length, complete };
}

/**
 * Ends of each property by each action; of many alike the first, the second, the fourth, the eighth and
 * so on, since the same access can be wrong for different reasons.
 */
class Ends {
  readonly picked: End[] = [];
  readonly #machine: Machine;
  readonly #counts = new Map<string, number>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  add(end: End): void {
    const { label, stack, thread } =
      end.action === undefined
        ? { label: '', stack: [], thread: undefined }
        : (this.#machine.actions[end.action] as Action);
    const key = [end.property, thread, ...stack, label].join('>');
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    if ((count & (count - 1)) === 0) this.picked.push(end);
  }
}

function differentOnes(
  scenario: Scenario,
  variant: Variant,
  machine: Machine,
  ends: readonly End[],
  pathOf: (end: End) => number[],
): Violation[] {
  const threads = variant.threads ?? scenario.threads;
  const found = { scenario, variant, design: nameOfChoice(variant.design), result: { states: 0 } };
  const kinds = new Map<string, Violation>();
  const ways = ends
    .map((end) => ({ path: pathOf(end), property: end.property }))
    .sort((a, b) => a.path.length - b.path.length);
  for (const { path, property } of ways) {
    const plain = replay(scenario, variant, path, [property]);
    const kind = `${property} ${kindOf(storyOf(found, plain))}`;
    if (kinds.has(kind)) continue;
    const switched = fewestSwitches(machine, path, { property, threads });
    kinds.set(kind, replay(scenario, variant, switched, [property]));
  }
  return [...kinds.values()];
}
