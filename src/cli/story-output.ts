// Stories in the form that the user asked for: as text, or the whole run in a format that other tools
// read.

import { readFileSync } from 'node:fs';
import { Problem } from '../base/problem.ts';
import { listed } from '../base/text.ts';
import { fullStoryOf } from '../explain/full-story.ts';
import type { Verdict } from '../explain/judge.ts';
import { askedAs, type Story, storyOf } from '../explain/story.ts';
import { html } from '../report/html.ts';
import { itf } from '../report/itf.ts';
import { junit } from '../report/junit.ts';
import { mermaid } from '../report/mermaid.ts';
import { perfetto } from '../report/perfetto.ts';
import { sarif } from '../report/sarif.ts';
import { storiesJson } from '../report/stories-json.ts';
import { type BookEntry, type StoryBook, storiesIn, type ToldEntry } from '../report/story-book.ts';
import type { OptionSpec } from './options.ts';
import { nameOf, type Selected } from './select.ts';

const formats = {
  json: storiesJson,
  itf: (book: StoryBook) => itf(oneStory(book, 'itf'), book.version),
  sarif,
  junit,
  perfetto,
  mermaid: (book: StoryBook) => mermaid(oneStory(book, 'mermaid').story),
  html,
} as const;
type Format = keyof typeof formats;

export const formatOption = {
  type: 'text',
  value: 'NAME',
  says: `stories as ${listed(Object.keys(formats), 'or')}`,
} as const satisfies OptionSpec;

/** @throws Problem LUF-E103 for a format that there is none of. */
export function formatNamed(name: string | undefined, where: string): Format | undefined {
  if (name === undefined || name in formats) return name as Format | undefined;
  throw new Problem('LUF-E103', `--format ${name} is not a format`, {
    where,
    hint: `one of ${Object.keys(formats).join(', ')}`,
  });
}

/** @throws Problem LUF-E104 where the format holds one story and there is none, or are several. */
export function inFormat(format: Format, entries: readonly BookEntry[]): string {
  return formats[format]({ version: packageVersion(), entries });
}

/** A verdict with its story, as it was asked for. */
export function entryOf(
  verdict: Verdict,
  one: Selected,
  more: readonly string[],
  tell: (story: Story) => Story = (story) => story,
): BookEntry {
  const { violation } = verdict;
  const name = nameOf(one);
  const entry = { verdict, name, ...(one.file === undefined ? {} : { file: one.file }) };
  if (violation === undefined) return entry;
  const asked = askedAs(name, violation.schedule, more);
  const story = tell({ ...storyOf(verdict, violation), ...asked });
  return { ...entry, story: fullStoryOf(verdict, violation, story) };
}

function oneStory(book: StoryBook, format: string): ToldEntry {
  const [only, ...more] = storiesIn(book);
  if (only !== undefined && more.length === 0) return only;
  const count = only === undefined ? 'nothing is violated' : `${1 + more.length} stories`;
  throw new Problem('LUF-E104', `${format} holds one story, and here: ${count}`, {
    where: `--format ${format}`,
    hint: 'name one variant that is violated',
  });
}

export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
