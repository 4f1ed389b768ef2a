// A mutant that survived, for tests of what is told of one.

import type { Mutant } from '../../explain/mutants/score.ts';
import type { MutantAnswer } from '../../explain/mutants/trial.ts';

const looked: MutantAnswer = {
  outcome: 'survivor',
  reaching: 2,
  whole: 2,
  bounded: 0,
  left: 0,
  alike: 0,
  states: 10,
};

/** Of two variants that were explored whole and differ, unless the answer says otherwise. */
export function survivor(answer: Partial<MutantAnswer>, about: Partial<Mutant> = {}): Mutant {
  return {
    ...{ unit: 'f', id: 'f/x', of: 'path', where: 'mm/f.c', operator: 'swap', design: false },
    ...{ present: 2, unexplored: 0 },
    ...about,
    answer: { ...looked, ...answer },
  };
}
