// A question about truth, with no rules: explored as `check` does, up to the first wrong access, which is
// much less than all that `ruleCensus` has to look at.

import { modelOf } from '../catalogue/build.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { DEADLOCK } from '../explore/system.ts';
import { Machine } from '../lang/machine.ts';
import { exploring } from './exploring.ts';
import { checked } from './judge.ts';
import type { RuleCensus, RuleCensusOptions } from './rule-census.ts';

/**
 * The answer of `ruleCensus` with no rules, but for `wrong`: only the first wrong access is in it, with
 * the steps of a shortest interleaving; `states` are those looked at until then.
 */
export function truthAlone(
  scenario: Scenario,
  variant: Variant,
  { maxStates, go }: Omit<RuleCensusOptions, 'rules'>,
): RuleCensus {
  // What its interleavings must come to is for `check` to say.
  const machine = new Machine(modelOf(scenario, { ...variant, reaches: [] }));
  const bounds = { maxStates, maxSeconds: Infinity };
  const run = exploring(machine, { targets: checked, bounds });
  let next = run.next(true);
  while (next.done !== true) next = run.next(go?.() ?? true);
  const { violation, verdict, states, completed, bound } = next.value;
  if (violation !== undefined) {
    const { properties, path } = violation;
    const steps = path.length;
    const what = properties.find((id) => id !== DEADLOCK);
    if (what === undefined) return { truth: 'deadlock', states, steps, wrong: [], rules: [] };
    return { truth: 'breaks', states, steps, wrong: [{ what, told: [], steps }], rules: [] };
  }
  const stopped =
    bound ?? (verdict === 'holds' && completed === 0 ? 'no run comes to its end' : undefined);
  return stopped === undefined
    ? { truth: 'holds', states, wrong: [], rules: [] }
    : { truth: 'bounded', bound: stopped, states, wrong: [], rules: [] };
}
