// Listings: names in a column, one sentence each beside them, wrapped under themselves.

import { padEnd, width, wrap } from '../base/text.ts';
import type { Look } from './look.ts';

export interface Entry {
  readonly name: string;
  readonly says: string;
  /** Belongs to the entry before it. */
  readonly inner?: boolean;
}
export interface Section {
  readonly title: string;
  readonly entries: readonly Entry[];
}

/** Names wider than this stand on a line of their own. */
const MOST = 24;

export function sectionLines({ title, entries }: Section, look: Look): string[] {
  return [look.paint.bold(title), ...entryLines(entries, look)];
}

export function entryLines(entries: readonly Entry[], { columns, paint }: Look): string[] {
  const indent = (entry: Entry): number => (entry.inner === true ? 4 : 2);
  const room = Math.min(
    MOST,
    Math.max(...entries.map((entry) => indent(entry) + width(entry.name))),
  );
  const text = room + 2;
  return entries.flatMap((entry) => {
    const name = ' '.repeat(indent(entry)) + entry.name;
    const says = wrap(entry.says, columns - text);
    const bold = entry.inner === true ? name : name.replace(entry.name, paint.bold(entry.name));
    const padded = bold + ' '.repeat(Math.max(0, text - width(name)));
    if (width(name) > room) return [bold, ...says.map((line) => ' '.repeat(text) + line)];
    return says.map((line, i) => (i === 0 ? padded : padEnd('', text)) + line);
  });
}
