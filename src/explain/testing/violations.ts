// Counterexamples for tests: of every variant that is violated, and of variants of small
// worlds that hold until one of its flush points is taken away. The second kind is what no
// author of a scenario had in mind.

import { scenarios } from '../../catalogue/all.ts';
import type { Scenario, Variant } from '../../catalogue/scenario.ts';
import { chosenVariants } from '../../catalogue/testing/chosen.ts';
import { judge, type Verdict, type Violation } from '../judge.ts';
import { poorerThan } from '../poorer.ts';

export interface Found {
  readonly name: string;
  readonly verdict: Verdict;
  readonly violation: Violation;
}

let ofCatalogue: readonly Found[] | undefined;
let byRemoval: readonly Found[] | undefined;

/** Worked out once for all test files of a worker. */
export function violationsOfCatalogue(): readonly Found[] {
  ofCatalogue ??= catalogueViolations();
  return ofCatalogue;
}

/** Worked out once for all test files of a worker. */
export function violationsByRemoval(): readonly Found[] {
  byRemoval ??= removalViolations();
  return byRemoval;
}

function catalogueViolations(): readonly Found[] {
  return scenarios.flatMap((scenario) =>
    scenario.variants
      .filter((variant) => variant.expect !== 'holds')
      .flatMap((variant) => found(scenario, variant)),
  );
}

function removalViolations(): readonly Found[] {
  return chosenVariants()
    .filter(({ scenario, variant }) => scenario.world.cpus <= 3 && variant.expect === 'holds')
    .flatMap(({ scenario, variant }) =>
      poorerThan(scenario, variant).flatMap(([point, poorer]) =>
        found(scenario, poorer, ` less ${point}`, ENOUGH),
      ),
    );
}

/** Most designs survive without most of their points; what goes wrong goes wrong early. */
const ENOUGH = 3_000;

function found(scenario: Scenario, variant: Variant, how = '', maxStates = Infinity): Found[] {
  const verdict = judge(scenario, variant, { bounds: { maxStates } });
  if (verdict.violation === undefined) return [];
  return [{ name: `${scenario.id}:${variant.id}${how}`, verdict, violation: verdict.violation }];
}
