// What a thread can do after the steps of a violation, by replaying them.

import { modelOf } from '../../catalogue/build.ts';
import { readField, writeField } from '../../lang/layout.ts';
import { type Action, Machine } from '../../lang/machine.ts';
import type { Verdict, Violation } from '../judge.ts';

/** The steps that a thread can take after all those. */
export function nextLabels(verdict: Verdict, { steps }: Violation, who: string): string[] {
  const machine = new Machine(modelOf(verdict.scenario, verdict.variant));
  return labelsAt(machine, statesOf(machine, steps).at(-1) as Int32Array, who);
}

/** The steps that a thread could take in the end if what step `n` wrote, and is still there, were not. */
export function labelsUndone(
  verdict: Verdict,
  { steps }: Violation,
  n: number,
  who: string,
): string[] {
  const machine = new Machine(modelOf(verdict.scenario, verdict.variant));
  const states = statesOf(machine, steps);
  const [before, after] = [states[n - 1] as Int32Array, states[n] as Int32Array];
  const end = (states.at(-1) as Int32Array).slice();
  for (const field of [...machine.layout.entries()].flatMap(([, fields]) => fields)) {
    if (readField(end, field) !== readField(after, field)) continue;
    writeField(end, field, readField(before, field));
  }
  return labelsAt(machine, end, who);
}

function statesOf(machine: Machine, steps: Violation['steps']): readonly Int32Array[] {
  const states = [machine.initial()];
  for (const { action } of steps) {
    states.push(machine.replay(states.at(-1) as Int32Array, action).next);
  }
  return states;
}

function labelsAt(machine: Machine, state: Int32Array, who: string): string[] {
  const labels: string[] = [];
  machine.successors(state, (action) => {
    const { thread, label } = machine.actions[action] as Action;
    if (thread !== undefined && machine.text.threads[thread]?.name === who) labels.push(label);
  });
  return labels;
}
