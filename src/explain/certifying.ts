// What a verdict "holds" rests on, written down: every reachable state. The list is made anew, by
// generated code without reductions, whatever the search did to save itself states; so it says the
// same for each way of searching, and whoever checks it needs to know of none of them.

import { compile } from '../base/system-text.ts';
import { modelOf } from '../catalogue/build.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { CERTIFICATE_SCHEMA, type Certificate } from '../certificate/format.ts';
import { identityOf } from '../certificate/identity.ts';
import { StateSet } from '../explore/state-set.ts';
import { describeWorld } from '../kernel/world.ts';
import { generate } from '../lang/generate/generate.ts';
import { Machine } from '../lang/machine.ts';
import { checked } from './judge.ts';

export interface Certifying {
  /** As the user names the variant. */
  readonly question: string;
  /** Options that made another design of it. */
  readonly redesign: Readonly<Record<string, string>>;
  /** More states are not listed: `undefined` is answered. */
  readonly maxStates: number;
}

/** Only for what was found to hold. Yields how many states are listed; `false` stops it. */
export function* certifying(
  scenario: Scenario,
  variant: Variant,
  { question, redesign, maxStates }: Certifying,
): Generator<number, Certificate | undefined, boolean> {
  const machine = new Machine(modelOf(scenario, variant));
  const { words, ways, initial, source } = generate(machine);
  const compiled = compile(source);
  const into = new Int32Array(words * ways);
  const actions = new Int32Array(ways);
  const reports = new Int32Array(ways);
  const set = new StateSet(words);
  set.add(initial, 0);
  let transitions = 0;
  let finished = 0;
  for (let s = 0; s < set.size; s++) {
    if (set.size > maxStates) return undefined;
    if (s % 10_000 === 9_999 && !(yield set.size)) return undefined;
    const { states } = set;
    if (compiled.finished(states, s * words)) finished++;
    const end = compiled.expand(states, s * words, into, actions, reports, 0);
    for (let n = 0; n < end; n++) set.add(into, n * words);
    transitions += end;
  }
  return {
    head: {
      schema: CERTIFICATE_SCHEMA,
      question,
      redesign,
      world: describeWorld(variant.world ?? scenario.world),
      model: identityOf(machine),
      properties: checked,
      words,
      states: set.size,
      transitions,
      finished,
      initial: [...initial],
    },
    states: sorted(set.states, words),
  };
}

/** In growing order, so that the bytes depend on the set alone. */
function sorted(states: Int32Array, words: number): Int32Array {
  const order = Uint32Array.from({ length: states.length / words }, (_, s) => s * words);
  order.sort((a, b) => {
    let i = 0;
    while (i < words - 1 && states[a + i] === states[b + i]) i++;
    return (states[a + i] as number) - (states[b + i] as number);
  });
  const all = new Int32Array(states.length);
  order.forEach((at, s) => {
    all.set(states.subarray(at, at + words), s * words);
  });
  return all;
}
