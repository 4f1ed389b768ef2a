// Stories in the form that the user asked for: as text, or the whole run in a format that other tools
// read.

import { Problem } from '../base/problem.ts';
import { listed } from '../base/text.ts';
import { fullStoryOf } from '../explain/full-story.ts';
import type { Verdict } from '../explain/judge.ts';
import { html } from '../report/html.ts';
import { itf } from '../report/itf.ts';
import { junit } from '../report/junit.ts';
import { mermaid } from '../report/mermaid.ts';
import { perfetto } from '../report/perfetto.ts';
import { sarif } from '../report/sarif.ts';
import { storiesJson } from '../report/stories-json.ts';
import {
  type BookEntry,
  differentIn,
  type StoryBook,
  type ToldEntry,
} from '../report/story-book.ts';
import type { Options } from './options.ts';
import { nameOf, type Selected } from './select.ts';
import type { Told } from './told.ts';
import { readVersion } from './version.ts';

const formats = {
  json: storiesJson,
  itf: (book: StoryBook) => itf(oneStory(book, 'itf'), book.version),
  sarif,
  junit,
  perfetto: (book: StoryBook) => perfetto(someStory(book, 'perfetto')),
  mermaid: (book: StoryBook) => mermaid(oneStory(book, 'mermaid').story),
  html: (book: StoryBook) => html(book),
} as const;
export type Format = keyof typeof formats;
export const formatNames: readonly string[] = Object.keys(formats);

/** Shown by `--help-stories`. */
export const storyOptions = {
  format: {
    type: 'text',
    value: 'NAME',
    page: 'stories',
    says: `as ${listed(formatNames, 'or')}, instead of text`,
  },
  all: {
    type: 'flag',
    page: 'stories',
    says: 'every different violation of each variant, not only a shortest one',
  },
  shrink: {
    type: 'flag',
    page: 'stories',
    says: 'each story in the smallest scenario that still goes wrong in the same way',
  },
  repair: {
    type: 'flag',
    page: 'stories',
    says: 'look for repairs: each flush point, and a flush at each step, explored anew',
  },
  cut: {
    type: 'text',
    value: 'PART,...',
    page: 'stories',
    says: 'leave parts of the scenario out, by the names that --shrink gives them',
  },
  full: {
    type: 'flag',
    page: 'stories',
    says: 'with each story, every step and what it changed in the state',
  },
  'as-test': {
    type: 'flag',
    page: 'stories',
    says: 'the stories as tests to paste, and nothing else',
  },
} as const satisfies Options;

/** @throws Problem LUF-E103 for a format that there is none of. */
export function formatNamed(name: string | undefined, where: string): Format | undefined {
  if (name === undefined || Object.hasOwn(formats, name)) return name as Format | undefined;
  throw new Problem('LUF-E103', `--format ${name} is not a format`, {
    where,
    hint: `one of ${formatNames.join(', ')}`,
  });
}

/** @throws Problem LUF-E104 where the format holds one story and there is none, or are several. */
export function inFormat(format: Format, entries: readonly BookEntry[]): string {
  return formats[format]({ version: readVersion(), entries });
}

/** Every verdict once, and with it its stories. */
export function entriesOf(
  verdicts: readonly Verdict[],
  selected: readonly Selected[],
  told: readonly Told[],
): BookEntry[] {
  return verdicts.flatMap((verdict, i): BookEntry[] => {
    const one = selected[i] as Selected;
    const { file } = one;
    const entry = { verdict, name: nameOf(one), ...(file === undefined ? {} : { file }) };
    const own = told.filter((other) => other.one === one);
    if (own.length === 0) return [entry];
    // A smaller scenario has a verdict of its own.
    return own.map((other) => ({
      ...entry,
      story: fullStoryOf(other.verdict, other.violation, other.story),
    }));
  });
}

/** A trace of nothing would look like one that says that nothing is wrong. */
function someStory(book: StoryBook, format: string): StoryBook {
  if (differentIn(book).length > 0) return book;
  throw noStory(format);
}

function noStory(format: string): Problem {
  return new Problem(
    'LUF-E104',
    `${format} shows stories, and here is none: no violation was found`,
    {
      where: `--format ${format}`,
      hint: 'name a variant that is violated, or ask for json, sarif, junit or html',
    },
  );
}

function oneStory(book: StoryBook, format: string): ToldEntry {
  const [only, ...more] = differentIn(book);
  if (only !== undefined && more.length === 0) return only;
  if (only === undefined) throw noStory(format);
  throw new Problem('LUF-E104', `${format} holds one story, and here are ${1 + more.length}`, {
    where: `--format ${format}`,
    hint: 'name one variant that is violated',
  });
}
