// Single actions looked at closely: what happened on the way, and of which single steps a transition
// of a reduced machine is made.

import type { Decoded } from './compile-stmt.ts';
import type { Machine } from './machine.ts';

export interface Happening {
  readonly kind: 'event' | 'report';
  readonly name: string;
  readonly fields: Readonly<Record<string, Decoded>>;
}

/** A single step, and what has been reported up to its end since the stored state before. */
export interface TakenStep {
  readonly action: number;
  readonly reports: number;
}

/** Who listens while successors are made. */
export interface Listener {
  readonly happened: (happening: Happening) => void;
  readonly stepped: (step: TakenStep) => void;
}

interface Taken {
  readonly next: Int32Array;
  readonly reports: number;
  readonly happenings: Happening[];
  readonly steps: TakenStep[];
}

/** @throws Error if the action cannot be taken in this state. */
export function takeAction(machine: Machine, state: Int32Array, action: number): Taken {
  let found: Taken | undefined;
  let happenings: Happening[] = [];
  let steps: TakenStep[] = [];
  const listener: Listener = {
    happened: (one) => happenings.push(one),
    stepped: (one) => steps.push(one),
  };
  machine.listening(listener, () => {
    machine.successors(state, (taken, next, reports) => {
      if (taken === action && found === undefined) {
        found = { next: next.slice(), reports, happenings, steps };
      }
      happenings = [];
      steps = [];
    });
  });
  if (found === undefined) throw new Error(`action ${action} cannot be taken here`);
  return found;
}

/** See `Machine.singleSteps`. */
export function singleSteps(
  machine: Machine,
  path: readonly number[],
  properties: readonly string[],
): number[] {
  const wanted = machine.properties.reduce(
    (mask, id, i) => (properties.includes(id) ? mask | (1 << i) : mask),
    0,
  );
  const all: number[] = [];
  let state = machine.initial();
  for (const action of path) {
    const { next, steps } = takeAction(machine, state, action);
    all.push(...upTo(steps, wanted).map((step) => step.action));
    state = next;
  }
  return all;
}

/** The steps up to the first after which one of these properties has been reported. */
export function upTo(steps: readonly TakenStep[], wanted: number): readonly TakenStep[] {
  const end = steps.findIndex(({ reports }) => (reports & wanted) !== 0);
  return end < 0 ? steps : steps.slice(0, end + 1);
}
