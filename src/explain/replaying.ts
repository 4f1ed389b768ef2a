// A schedule, followed in a variant to the violation that it ends in.

import { Problem } from '../base/problem.ts';
import { counted } from '../base/text.ts';
import { modelOf } from '../catalogue/build.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { DEADLOCK } from '../explore/system.ts';
import { Machine } from '../lang/machine.ts';
import { wrongs } from '../rules/truth/wrongs.ts';
import { replay, type Violation } from './judge.ts';
import { actionsOf, waysFrom } from './schedule.ts';

/**
 * Takes the steps of a schedule one by one through the plain interpreter.
 *
 * @throws Problem LUF-E111 where a step cannot be taken, where something is wrong before the last
 * step, and where nothing is wrong after it.
 */
export function replaySchedule(scenario: Scenario, variant: Variant, text: string): Violation {
  const machine = new Machine(modelOf(scenario, variant));
  const actions = actionsOf(machine, variant.threads ?? scenario.threads, text);
  const truths = machine.properties.map((id) => id in wrongs);
  let state = machine.initial();
  for (const [i, action] of actions.entries()) {
    const way = waysFrom(machine, state).find((one) => one.action === action);
    if (way === undefined) throw new Error('a schedule leads to what cannot be taken');
    const found = machine.properties.filter((_, n) => truths[n] && ((way.reports >> n) & 1) === 1);
    const left = actions.length - i - 1;
    if (found.length > 0 && left > 0) {
      throw new Problem('LUF-E111', `this is already a violation (${found[0]})`, {
        where: `step ${i + 1} of ${actions.length}`,
        hint: `leave out the last ${counted(left, 'step')}`,
      });
    }
    if (found.length > 0) return replay(scenario, variant, actions, found);
    state = way.next;
  }
  if (isStuck(machine, state)) return replay(scenario, variant, actions, [DEADLOCK]);
  throw new Problem('LUF-E111', 'nothing is wrong up to here', {
    where: `step ${actions.length}, the end of the schedule`,
    hint: 'lufcheck replay --step goes on from there',
  });
}

/** No thread can go on, and some are not done. */
export function isStuck(machine: Machine, state: Int32Array): boolean {
  if (machine.finished(state)) return false;
  return waysFrom(machine, state).every(({ action }) => !machine.isThreadAction(action));
}
