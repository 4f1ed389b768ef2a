// What the threads of a deadlock wait for. Where each stands is read off the model's text; whom it
// waits for is found by trying: a change of the state is what it waits for if it could go on with
// that one change undone.

import { controlOf } from '../lang/control.ts';
import { readField, writeField } from '../lang/layout.ts';
import { Machine, type ModelText } from '../lang/machine.ts';
import type { TraceStep } from './judge.ts';
import { HARDWARE } from './moments.ts';

/** The step of somebody else that has to be undone before the thread can go on. */
export interface Cause {
  readonly who: string;
  readonly at: number;
  readonly label: string;
}

export interface Wait {
  readonly who: string;
  /** The last step that it took; undefined if it took none. */
  readonly since: number | undefined;
  /** The step that it cannot take. */
  readonly label: string;
  readonly cause: Cause | undefined;
}

/** The threads that have not come to their end after these steps, in the order in which they stopped. */
export function waitsOf(text: ModelText, steps: readonly TraceStep[]): readonly Wait[] {
  const machine = new Machine(text);
  const states = [machine.initial()];
  for (const { action } of steps) {
    states.push(machine.replay(states.at(-1) as Int32Array, action).next);
  }
  const end = states.at(-1) as Int32Array;
  const counters = machine.describe(end);
  const waits = text.threads.flatMap(({ name, code }, thread): Omit<Wait, 'cause'>[] => {
    const points = controlOf(code).nodes.filter((node) => node.kind === 'step');
    const at = points[Number(counters[`pc[${name}]`])];
    if (at === undefined || canGoOn(machine, end, thread)) return [];
    const since = steps.findLast((step) => step.who === name)?.n;
    return [{ who: name, since, label: at.step.label }];
  });
  const stuck = new Set(waits.map((wait) => wait.who));
  return waits
    .map((wait): Wait => {
      const thread = text.threads.findIndex((one) => one.name === wait.who);
      const causes = causesOf(machine, { states, steps, thread });
      // A thread that is stuck itself will never undo it.
      const cause = causes.findLast(({ who }) => stuck.has(who)) ?? causes.at(-1);
      return { ...wait, cause };
    })
    .sort((a, b) => (a.since ?? 0) - (b.since ?? 0));
}

/** Steps of others that keep the thread waiting, each by itself, in their order. */
function causesOf(
  machine: Machine,
  {
    states,
    steps,
    thread,
  }: {
    readonly states: readonly Int32Array[];
    readonly steps: readonly TraceStep[];
    readonly thread: number;
  },
): readonly Cause[] {
  const end = states.at(-1) as Int32Array;
  const me = machine.text.threads[thread]?.name;
  const found = new Map<number, Cause>();
  for (const [, fields] of machine.layout.entries()) {
    for (const field of fields) {
      const value = readField(end, field);
      const before = states.findLastIndex((state) => readField(state, field) !== value);
      const step = steps[before];
      if (step === undefined || step.who === me || step.who === HARDWARE) continue;
      const undone = end.slice();
      writeField(undone, field, readField(states[before] as Int32Array, field));
      if (!canGoOn(machine, undone, thread)) continue;
      found.set(step.n, { who: step.who, at: step.n, label: step.label });
    }
  }
  return [...found.values()].sort((a, b) => a.at - b.at);
}

function canGoOn(machine: Machine, state: Int32Array, thread: number): boolean {
  let can = false;
  machine.successors(state, (action) => {
    can ||= machine.actions[action]?.thread === thread;
  });
  return can;
}
