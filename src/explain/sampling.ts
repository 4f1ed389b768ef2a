// A variant in random runs: for worlds too large to explore. It can find a violation, which is told
// like any other, but not that there is none.

import { counted } from '../base/text.ts';
import { modelOf } from '../catalogue/build.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { DEADLOCK, systemOf } from '../explore/system.ts';
import { type WalkResult, walk } from '../explore/walks.ts';
import { nameOfChoice } from '../kernel/kernel.ts';
import { explainFailure, failureIn } from '../lang/generate/failure.ts';
import { generate } from '../lang/generate/generate.ts';
import { Machine } from '../lang/machine.ts';
import { fewestSwitches } from './fewest-switches.ts';
import { checked, replay, type Verdict, type Violation } from './judge.ts';

export interface SamplingOptions {
  readonly runs: number;
  readonly seed: number;
  /** Steps of a run at most. */
  readonly steps: number;
  readonly maxSeconds?: number | undefined;
}

export interface Sampled {
  readonly scenario: Scenario;
  readonly variant: Variant;
  readonly design: string;
  readonly walk: WalkResult;
  /** Longer runs were cut off. */
  readonly most: number;
  readonly violation?: Violation;
  /** A violation was found, and it is the expected one: nothing else is an answer. */
  readonly asExpected: boolean;
}

/** Runs between two looks at the clock and the keyboard. */
const BATCH = 50;

/** Yields the number of runs now and then; `false` stops it. The same seed has the same runs. */
export function* sampling(
  scenario: Scenario,
  variant: Variant,
  { runs, seed, steps, maxSeconds = Infinity }: SamplingOptions,
): Generator<number, Sampled, boolean> {
  const machine = new Machine(modelOf(scenario, variant));
  const system = systemOf(generate(machine));
  const actorOf = (action: number): number => machine.actions[action]?.thread ?? -1;
  const until = performance.now() + 1000 * maxSeconds;
  let sum: WalkResult | undefined;
  for (let first = 0; first < runs; first += BATCH) {
    let part: WalkResult;
    try {
      part = walk(system, {
        kind: 'pct',
        targets: checked,
        seed,
        first,
        runs: Math.min(BATCH, runs - first),
        steps,
        actorOf,
      });
    } catch (thrown) {
      const failed = failureIn(thrown);
      if (failed !== undefined) explainFailure(machine, failed);
      throw thrown;
    }
    sum = sum === undefined ? part : added(sum, part);
    if (part.violation !== undefined || performance.now() > until || !(yield sum.runs)) break;
  }
  const design = nameOfChoice(variant.design);
  const result = sum as WalkResult;
  if (result.violation === undefined) {
    return { scenario, variant, design, walk: result, most: steps, asExpected: false };
  }
  const { path, properties } = result.violation;
  const switched = fewestSwitches(machine, path, {
    property: properties[0] ?? DEADLOCK,
    threads: variant.threads ?? scenario.threads,
  });
  const violation = replay(scenario, variant, switched, properties);
  const asExpected = violation.property === variant.expect;
  return { scenario, variant, design, walk: result, most: steps, violation, asExpected };
}

/**
 * The same as a verdict, for reports that have no word for random runs: where nothing was found, they
 * are what bounded the search.
 */
export function verdictOfSamples(sampled: Sampled): Verdict {
  const { scenario, variant, design, walk: made, violation, asExpected } = sampled;
  const none = {
    states: 0,
    transitions: 0,
    depth: made.longest,
    seconds: 0,
    bytes: 0,
    completed: 0,
  };
  const about = { scenario, variant, design, asExpected };
  if (violation !== undefined) {
    return { ...about, result: { ...none, verdict: 'violated' }, violation };
  }
  const runs = counted(made.runs, 'random run');
  const bound = `${runs} from seed ${made.seed}, which can find a violation and not show that there is none`;
  return { ...about, result: { ...none, verdict: 'bounded', bound } };
}

function added(sum: WalkResult, part: WalkResult): WalkResult {
  const runs = sum.runs + part.runs;
  const { guarantee } = part;
  return {
    ...part,
    runs,
    steps: sum.steps + part.steps,
    longest: Math.max(sum.longest, part.longest),
    ...(guarantee === undefined
      ? {}
      : { guarantee: { ...guarantee, allRuns: 1 - (1 - guarantee.perRun) ** runs } }),
  };
}
