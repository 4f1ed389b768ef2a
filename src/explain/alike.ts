// When two stories are the same violation: whoever the parties are, the same thing went wrong for the same
// reasons in the same kind of place, for want of the same flush points.

import type { Story } from './story.ts';

/** Equal for stories that need be told only once. Knows no threads, CPUs, frames or addresses. */
export function kindOf({
  title,
  why,
  fired,
  missing,
}: Pick<Story, 'title' | 'why' | 'fired' | 'missing'>): string {
  const claims = why.map(({ claim }) => claim.kind);
  const rules = fired.map(({ id }) => id).sort();
  const points = missing.points.map(({ point }) => point).sort();
  return JSON.stringify([title, claims, rules, points]);
}

export interface Group<T> {
  /** The first of them. */
  readonly one: T;
  readonly alike: readonly T[];
}

/** In the order of the first of each kind. */
export function grouped<T>(all: readonly T[], storyOf: (one: T) => Story): Group<T>[] {
  const kinds = new Map<string, T[]>();
  for (const one of all) {
    const story = storyOf(one);
    const kind = `${story.scenario} ${kindOf(story)}`;
    const own = kinds.get(kind);
    if (own === undefined) kinds.set(kind, [one]);
    else own.push(one);
  }
  return [...kinds.values()].map(([one, ...alike]) => ({ one: one as T, alike }));
}
