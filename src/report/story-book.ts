// What a file in some format is made of: the verdicts of one run and the stories of its violations.
// Each format is a pure function of it, in a file of its own.

import { grouped } from '../explain/alike.ts';
import type { FullStory } from '../explain/full-story.ts';
import type { Verdict } from '../explain/judge.ts';

export interface BookEntry {
  readonly verdict: Verdict;
  /** How it is named on the command line. */
  readonly name: string;
  /** The user's file that the scenario is from. */
  readonly file?: string;
  readonly story?: FullStory;
}

export interface StoryBook {
  readonly version: string;
  readonly entries: readonly BookEntry[];
}

export interface ToldEntry extends BookEntry {
  readonly story: FullStory;
}

/** Each verdict once, whatever the number of its stories. */
export function verdictsIn({ entries }: StoryBook): BookEntry[] {
  return entries.filter((one, i) => entries.findIndex(({ name }) => name === one.name) === i);
}

export function storiesIn(book: StoryBook): ToldEntry[] {
  return book.entries.filter((one): one is ToldEntry => one.story !== undefined);
}

/** Of stories that are alike only the first, with the names of the others. */
export function differentIn(
  book: StoryBook,
): (ToldEntry & { readonly alike: readonly string[] })[] {
  return grouped(storiesIn(book), ({ story }) => story).map(({ one, alike }) => ({
    ...one,
    alike: alike.map(({ name }) => name),
  }));
}
