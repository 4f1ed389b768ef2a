// A shortest interleaving in which one rule fires, step by step.

import { modelOf } from '../catalogue/build.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { search } from '../explore/search.ts';
import { generate } from '../lang/generate/generate.ts';
import { Machine } from '../lang/machine.ts';
import { asObserver } from '../rules/as-observer.ts';
import type { AnyRule } from '../rules/rule.ts';
import { Stepper, type StepText } from './stepper.ts';

export interface RuleWitness {
  readonly verdict: 'violated' | 'holds' | 'bounded';
  readonly states: number;
  readonly bound?: string;
  /** Up to the one in which it fires; none if it does not. */
  readonly steps?: readonly StepText[];
}

export function ruleWitness(
  scenario: Scenario,
  variant: Variant,
  rule: AnyRule,
  maxStates: number,
): RuleWitness {
  // What its interleavings must come to is for `check` to say.
  const asked = { ...variant, reaches: [] };
  const machine = new Machine(modelOf(scenario, asked, [asObserver(rule)]));
  const found = search(generate(machine), { targets: [rule.id], bounds: { maxStates } });
  const { verdict, states, bound, violation } = found;
  const stepper = new Stepper(scenario, asked, [rule]);
  for (const action of violation?.path ?? []) stepper.take(action);
  return {
    // Nothing was to be reached, so that nothing was missed.
    verdict: verdict === 'unreached' ? 'holds' : verdict,
    states,
    ...(bound === undefined ? {} : { bound }),
    ...(violation === undefined ? {} : { steps: stepper.taken }),
  };
}
