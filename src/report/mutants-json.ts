// What became of mutants as one JSON object. The form is an interface: fields may be added, and
// whatever changes or goes changes the schema's number.

import {
  type Mutant,
  type RuleShare,
  reasonOf,
  type Score,
  shareOf,
} from '../explain/mutants/score.ts';

export const MUTANTS_SCHEMA = 'lufcheck.mutants/1';

export interface MutantsPages {
  readonly mutants: readonly Mutant[];
  readonly total: Score;
  readonly scores: readonly Score[];
  readonly shares: readonly RuleShare[];
  readonly maxStates: number;
  /** What was looked through for places. */
  readonly catalogue: { readonly scenarios: number; readonly variants: number };
  /** Every mutant was tried. */
  readonly finished: boolean;
}

export function mutantsJson(pages: MutantsPages): object {
  const { mutants, total, scores, shares, maxStates, finished } = pages;
  const refused = mutants.filter(({ answer }) => answer?.outcome === 'refused');
  return {
    schema: MUTANTS_SCHEMA,
    bounds: { maxStates },
    finished,
    mutants: mutants.flatMap((mutant) => {
      const { id, where, operator, answer } = mutant;
      if (answer === undefined || answer.outcome === 'refused') return [];
      const { outcome, found, reaching, whole, bounded, left, states } = answer;
      const { rules = [], ...finding } = found ?? {};
      return [
        {
          ...{ id, where, operator, outcome, ...finding, rules },
          ...(outcome === 'survivor' ? { reason: reasonOf(mutant) } : {}),
          ...{ reaching, whole, bounded, left, states },
        },
      ];
    }),
    refused: refused.map(({ id, answer }) => ({ id, why: answer?.why ?? '' })),
    score: {
      ...withShare(total),
      byUnit: scores.map(withShare),
      byRule: shares,
    },
  };
}

function withShare(score: Score): object {
  return { ...score, found: shareOf(score) ?? null };
}
