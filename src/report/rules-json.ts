// The answers about rules as one JSON object. The form is an interface: fields may be added, and
// whatever changes or goes changes the schema's number.

import type { RuleSummary } from '../explain/rule-summary.ts';
import type { FlushPointsAsked } from './flush-points-page.ts';
import type { RulesPages } from './rules-text.ts';

export const RULES_SCHEMA = 'lufcheck.rules/1';
export const POINTS_SCHEMA = 'lufcheck.flush-points/1';

export function rulesJson(
  { answers, rules, enough, untested }: RuleSummary,
  { misses, maxStates, finished }: Pick<RulesPages, 'misses' | 'maxStates' | 'finished'>,
): object {
  return {
    schema: RULES_SCHEMA,
    bounds: { maxStates },
    finished,
    rules: rules.map(({ rule: { id, says, askedBy, misses: cannotSee }, ...counts }) => ({
      id,
      says,
      askedBy,
      cannotSee,
      ...counts,
    })),
    untested,
    enough,
    misses,
    questions: answers,
  };
}

export function flushPointsJson({ needs, asked, maxStates, finished }: FlushPointsAsked): object {
  return {
    schema: POINTS_SCHEMA,
    bounds: { maxStates },
    finished,
    designs: asked,
    flushPoints: needs,
  };
}
