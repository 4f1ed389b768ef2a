// Figures of two explorations of different things would mean nothing.

import type { Case } from './cases.ts';
import type { Counts } from './engines.ts';

export type Size = Pick<Counts, 'states' | 'transitions'>;

/** @throws Error where somebody has found something else than what is written down */
export function agree(
  { id }: Pick<Case, 'id'>,
  who: string,
  found: Size,
  { states, transitions }: Size,
): void {
  if (found.states === states && found.transitions === transitions) return;
  throw new Error(
    `${id}: ${who} finds ${found.states} states and ${found.transitions} transitions, ` +
      `not ${states} and ${transitions}`,
  );
}
