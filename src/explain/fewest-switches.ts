// The commuting of commute.ts for models: a CPU is a lane, a thread is an actor, and so is the
// hardware of each CPU.

import type { Action, Machine } from '../lang/machine.ts';
import { commute } from './commute.ts';

export interface Ending {
  /** What the last action reports; one that no machine reports (a deadlock) is known by its state. */
  readonly property: string;
  readonly threads: readonly { readonly cpu: number }[];
}

export function fewestSwitches(
  machine: Machine,
  path: readonly number[],
  { property, threads }: Ending,
): readonly number[] {
  const cpuOf = (action: number): number => {
    const { thread, picks } = machine.actions[action] as Action;
    return thread === undefined
      ? (picks.find((pick) => pick.of === 'cpu')?.value ?? 0)
      : (threads[thread]?.cpu ?? 0);
  };
  const bit = machine.properties.indexOf(property);
  return commute(machine, path, {
    actorOf: (action) => {
      const { thread } = machine.actions[action] as Action;
      return thread === undefined ? `hardware ${cpuOf(action)}` : `thread ${thread}`;
    },
    laneOf: cpuOf,
    wanted: bit < 0 ? 0 : 1 << bit,
  });
}
