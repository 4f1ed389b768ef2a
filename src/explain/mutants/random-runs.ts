// A slip in variants that are not explored whole with it: single runs through, from a fixed seed. What
// goes wrong there goes wrong; that nothing does says nothing.

import { Problem, type ProblemCode } from '../../base/problem.ts';
import { modelOf } from '../../catalogue/build.ts';
import type { Scenario, Variant } from '../../catalogue/scenario.ts';
import { systemOfExplorable } from '../../explore/explorable.ts';
import { type WalkResult, walk } from '../../explore/walks.ts';
import { Machine } from '../../lang/machine.ts';
import { checked } from '../judge.ts';

/** Variants of a mutant that are looked at in this way, and runs of each. */
export const RANDOM_VARIANTS = 10;
export const RANDOM_RUNS = 100;
const SEED = 1;
/** The first runs are for their length: up to so many steps. No run of the catalogue is half as long. */
const FIRST = 10;
const STEPS = 1_000;

export type RandomRuns =
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'nothing' }
  /** The model itself stops. */
  | { readonly kind: 'stopped'; readonly what: ProblemCode; readonly says: string }
  | {
      readonly kind: 'wrong';
      readonly machine: Machine;
      readonly violation: NonNullable<WalkResult['violation']>;
    };

/** Of a variant that has the slip. */
export function inRandomRuns(scenario: Scenario, variant: Variant): RandomRuns {
  let machine: Machine;
  try {
    machine = new Machine(modelOf(scenario, variant));
  } catch (error) {
    return { kind: 'refused', why: problem(error).message };
  }
  const system = systemOfExplorable(machine);
  const actorOf = (action: number): number => machine.actions[action]?.thread ?? -1;
  const runs = (first: number, end: number, steps: number): WalkResult =>
    walk(system, {
      ...{ kind: 'pct', targets: checked, seed: SEED, actorOf, steps },
      ...{ first, runs: end - first },
    });
  try {
    const { longest, ...some } = runs(0, FIRST, STEPS);
    if (some.violation !== undefined) return { kind: 'wrong', machine, violation: some.violation };
    // Where priorities change is drawn among so many steps: with far more than there are, nobody falls back.
    const { violation } = runs(FIRST, RANDOM_RUNS, longest + Math.ceil(longest / 4));
    return violation === undefined ? { kind: 'nothing' } : { kind: 'wrong', machine, violation };
  } catch (error) {
    const { code, message } = problem(error);
    return { kind: 'stopped', what: code, says: message };
  }
}

function problem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  throw error;
}
