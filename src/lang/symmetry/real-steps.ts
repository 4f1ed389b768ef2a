// From a way through a reduced system to a run of the model as it is. An action of such a way stands
// for several single steps, taken from a representative: each of them is repeated in original names.

import type { Machine } from '../machine.ts';
import { takeAction, upTo } from '../replay.ts';
import type { Canonical } from './quotient.ts';

export interface ReducedWay {
  /** Takes single steps only; resets dead locals if there is symmetry. */
  readonly plain: Machine;
  /** The same text with reductions: its actions are those of the way. */
  readonly stepping: Machine;
  readonly canonical?: Canonical | undefined;
}

/**
 * Actions of the plain machine from its initial state, through the same orbits and with the same
 * reports as `path`, up to the first that reports one of the properties.
 *
 * @throws Error if there is no such run: then something was left out, or merged, that makes a
 * difference.
 */
export function realSteps(
  { plain, stepping, canonical }: ReducedWay,
  path: readonly number[],
  properties: readonly string[] = [],
): number[] {
  const wanted = plain.properties.reduce(
    (mask, id, i) => (properties.includes(id) ? mask | (1 << i) : mask),
    0,
  );
  const representative = (state: Int32Array): Int32Array => {
    const copy = state.slice();
    canonical?.(copy, 0);
    return copy;
  };
  const run: number[] = [];
  let real = plain.initial();
  let stored = representative(real);
  for (const action of path) {
    const { next, steps } = takeAction(stepping, stored, action);
    let named = stored;
    for (const step of upTo(steps, wanted)) {
      const taken = takeAction(plain, named, step.action);
      named = taken.next;
      const orbit = representative(named);
      let same: { action: number; next: Int32Array } | undefined;
      plain.successors(real, (other, to, reports) => {
        if (same !== undefined || reports !== taken.reports) return;
        if (equal(representative(to), orbit)) same = { action: other, next: to.slice() };
      });
      if (same === undefined) throw new Error(`step ${run.length + 1} has no counterpart`);
      run.push(same.action);
      real = same.next;
    }
    stored = representative(next);
  }
  return run;
}

function equal(a: Int32Array, b: Int32Array): boolean {
  return a.every((word, i) => word === b[i]);
}
