// What the tables that come with the pages say of one scenario, and up to how many states they look.

import type { Scenario } from '../../catalogue/scenario.ts';
import { judgingCell, type Outcome, situationsOf } from '../../explain/matrix.ts';
import { type RuleAnswer, ruleAnswers } from '../../explain/rule-answers.ts';
import { designs } from '../../kernel/designs/all.ts';
import { allRules } from '../../rules/all.ts';

export const MATRIX_STATES = 60_000;
export const RULE_STATES = 400_000;
export const POINT_STATES = 60_000;

export type PointRow = Omit<RuleAnswer, 'points' | 'rules' | 'lacks'>;

export interface MatrixRow {
  /** `SCENARIO:VARIANT` */
  readonly situation: string;
  readonly variants: readonly string[];
  /** One for each design. */
  readonly cells: readonly Outcome[];
}

/** Each flush point taken away where the design holds with it. */
export function pointRows(scenario: Scenario): PointRow[] {
  return ruleAnswers(scenario, {
    ...{ rules: [], maxStates: POINT_STATES },
    designs: designs.filter(({ points }) => points.length > 0),
  }).flatMap(({ points: _, rules: __, lacks = [], ...answer }) =>
    lacks.map((removed) => ({ ...answer, removed })),
  );
}

/** What the catalogue itself asks, with all rules watching. */
export function ruleRows(scenario: Scenario): RuleAnswer[] {
  return ruleAnswers(scenario, { rules: allRules, maxStates: RULE_STATES, variantsOnly: true });
}

/** By states alone: what a machine finds must not hang on how fast it is. */
export function matrixRows(scenario: Scenario): MatrixRow[] {
  return situationsOf(scenario).map((situation) => ({
    situation: `${scenario.id}:${situation.id}`,
    variants: situation.variants,
    cells: designs.map((design): Outcome => {
      const run = judgingCell(
        { situation, design },
        { bounds: { maxStates: MATRIX_STATES, maxSeconds: Number.POSITIVE_INFINITY } },
      );
      let next = run.next(true);
      while (next.done !== true) next = run.next(true);
      return next.value;
    }),
  }));
}
