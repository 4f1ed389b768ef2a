// Which variants of the catalogue a test goes through that holds one way of searching against another:
// each is judged by catalogue.test.ts, and to search all of them in every way takes an hour.

import { scenarios } from '../all.ts';
import type { Scenario, Variant } from '../scenario.ts';

export interface Chosen {
  /** `SCENARIO:VARIANT` */
  readonly name: string;
  readonly scenario: Scenario;
  readonly variant: Variant;
}

/** Larger bounds are meant, too: `ALL_VARIANTS=1` in the environment. */
export const isAll = process.env.ALL_VARIANTS === '1';

/**
 * Of each scenario one variant for each way in which it comes out, with another design from one scenario to
 * the next; with `ALL_VARIANTS=1` in the environment, all.
 */
export function chosenVariants(): Chosen[] {
  return scenarios.flatMap((scenario, turn) => {
    const outcomes = [...new Set(scenario.variants.map(({ expect }) => expect))];
    const chosen = isAll
      ? scenario.variants
      : outcomes.flatMap((outcome) => {
          const alike = scenario.variants.filter(({ expect }) => expect === outcome);
          return alike[turn % alike.length] ?? [];
        });
    return chosen.map((variant) => ({ name: `${scenario.id}:${variant.id}`, scenario, variant }));
  });
}

/** @throws Error where the catalogue has no such variant */
export function variantNamed(name: string): Chosen {
  const [id, variantId] = name.split(':');
  const scenario = scenarios.find((one) => one.id === id);
  const variant = scenario?.variants.find((one) => one.id === variantId);
  if (scenario === undefined || variant === undefined) throw new Error(`renamed? ${name}`);
  return { name, scenario, variant };
}
