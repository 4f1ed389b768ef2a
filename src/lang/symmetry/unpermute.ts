// From a way through representatives to a run in original names. A search over a quotient finds
// actions between states that stand for their orbits; the run that a reader sees starts in the real
// initial state and takes, at each step, the first action that leads into the next orbit.

import type { Machine } from '../machine.ts';
import type { Canonical } from './quotient.ts';

interface Way {
  readonly action: number;
  readonly next: Int32Array;
  readonly reports: number;
}

/**
 * Actions of the machine from its initial state, as many as there are in `path`, through the same
 * orbits and with the same reports. `path` are actions of the quotient, as its search gives them.
 *
 * ```ts
 * const { violation } = search(quotient(machine, canonical), { targets });
 * const run = concretePath(machine, canonical, violation.path);
 * ```
 *
 * Throws if there is no such run: then what was taken for a symmetry is none.
 */
export function concretePath(
  machine: Machine,
  canonical: Canonical,
  path: readonly number[],
): number[] {
  let state = machine.initial();
  let representative: Int32Array = state.slice();
  canonical(representative, 0);
  return path.map((action, i) => {
    const step = waysFrom(machine, representative).find((way) => way.action === action);
    if (step === undefined) throw new Error(`step ${i + 1} of the path cannot be taken`);
    canonical(step.next, 0);
    representative = step.next;
    const same = waysFrom(machine, state).find(({ next, reports }) => {
      const image = next.slice();
      canonical(image, 0);
      return reports === step.reports && equal(image, representative);
    });
    if (same === undefined) {
      throw new Error(`step ${i + 1} has no counterpart in original names: not a symmetry`);
    }
    state = same.next;
    return same.action;
  });
}

function waysFrom(machine: Machine, state: Int32Array): Way[] {
  const ways: Way[] = [];
  machine.successors(state, (action, next, reports) => {
    ways.push({ action, next: next.slice(), reports });
  });
  return ways;
}

function equal(a: Int32Array, b: Int32Array): boolean {
  return a.every((word, i) => word === b[i]);
}
