// What the campaign page shows: each cell in a line with its verdict and its bound, how many there are of each, and
// what has changed while a server follows a campaign.

import { type Cell, cellName } from '../../campaign/cell.ts';
import { isViolated } from '../../campaign/result.ts';
import { CAMPAIGN_SCHEMA } from '../../campaign/spec.ts';
import type { CampaignCell, CampaignRecord } from '../../campaign/store.ts';
import { expectation, kindOf } from '../../campaign/summary.ts';
import type { StoryAddress } from '../../explain/story-address.ts';
import { outcomeText } from '../../report/campaign-outcome-text.ts';
import { propertyText, type VerdictKind } from './words.ts';

/** Of a campaign that the server follows: all but its cells. */
export interface CampaignHead extends Omit<CampaignRecord, 'cells'> {
  /** `running` is only true while its process lives. */
  readonly stateText: string;
  readonly isRunning: boolean;
  /** What the next hour would buy, in a sentence. */
  readonly forecast?: string;
}

/** What the server tells: everything first, then what has become known since. */
export type CampaignNews =
  | {
      readonly is: 'all';
      readonly head: CampaignHead;
      readonly cells: readonly CampaignCell[];
    }
  | {
      readonly is: 'changes';
      readonly head: CampaignHead;
      readonly cells: readonly (readonly [number, CampaignCell])[];
    };

export interface Followed {
  readonly head: CampaignHead;
  readonly cells: readonly CampaignCell[];
}

/** @returns undefined for changes of what was never told. */
export function followed(before: Followed | undefined, news: CampaignNews): Followed | undefined {
  if (news.is === 'all') return { head: news.head, cells: news.cells };
  if (before === undefined) return undefined;
  if (news.cells.length === 0) return { head: news.head, cells: before.cells };
  const cells = [...before.cells];
  for (const [n, cell] of news.cells) cells[n] = cell;
  return { head: news.head, cells };
}

/** What cells are counted by. */
export type Shelf = 'violated' | 'holds' | 'bounded' | 'other' | 'no answer' | 'open';

export const shelves: readonly (readonly [Shelf, string])[] = [
  ['violated', 'violated'],
  ['holds', 'holds'],
  ['bounded', 'so far not'],
  ['other', 'other'],
  ['no answer', 'no answer'],
  ['open', 'open'],
];

export interface CellLine {
  readonly name: string;
  /** Cells that reports tell together. */
  readonly group: string;
  readonly shelf: Shelf;
  readonly kind: VerdictKind;
  /** `stale read`, `holds`, `set aside`. */
  readonly word: string;
  /** To what bound, after how many steps, or why not. */
  readonly about: string;
  /** What the catalogue expects instead. */
  readonly expected?: string;
  /** Where its story is. */
  readonly address?: StoryAddress;
  /** Its story as it was saved, where the pages have no model to play it in. */
  readonly story?: string;
  readonly seconds: number;
  /** Workers that died of it. */
  readonly deaths: readonly string[];
}

export function cellLine(one: CampaignCell): CellLine {
  const { cell, result, aside, seconds, deaths } = one;
  const outcome = result?.outcome;
  const shelf = shelfOf(one);
  const violated = outcome?.verdict === 'violated' ? outcome : undefined;
  const missed = expectation(one) === 'missed' && cell.kind !== 'trace' ? cell.expect : undefined;
  const address = violated === undefined ? undefined : storyAddressOf(cell, violated.schedule);
  return {
    name: cellName(cell),
    group: kindOf(one),
    ...{ shelf, kind: kinds[shelf], seconds, deaths },
    word:
      aside !== undefined
        ? 'set aside'
        : propertyText(violated?.what ?? outcome?.verdict ?? 'open'),
    about: aside ?? (outcome === undefined ? '' : outcomeText(outcome)),
    ...(missed === undefined ? {} : { expected: propertyText(missed) }),
    ...(address === undefined ? {} : { address }),
    ...(violated === undefined || address !== undefined ? {} : { story: violated.story }),
  };
}

const kinds: Readonly<Record<Shelf, VerdictKind>> = {
  ...{ violated: 'violated', holds: 'holds', bounded: 'bounded' },
  ...{ other: 'none', 'no answer': 'none', open: 'none' },
};

function shelfOf({ result, aside }: CampaignCell): Shelf {
  if (aside !== undefined) return 'no answer';
  if (result === undefined) return 'open';
  const { outcome } = result;
  if (isViolated(outcome)) return 'violated';
  switch (outcome.verdict) {
    case 'holds':
    case 'bounded':
      return outcome.verdict;
    case 'error':
    case 'unreached':
      return 'no answer';
    default:
      return 'other';
  }
}

/** A story that a page can play; models of a user's own files are on his machine. */
function storyAddressOf(cell: Cell, schedule: string): StoryAddress | undefined {
  if (cell.kind === 'trace' || /\.[cm]?[jt]s:/.test(cell.name)) return undefined;
  const { of, name, design, without = [], world, mutant } = cell;
  const numbers = Object.entries(world ?? {}).map(([key, value]) => `${key}:${value}`);
  return {
    ...{ variant: name, schedule, of },
    ...(design === undefined ? {} : { design }),
    ...(without.length === 0 ? {} : { without: without.join(',') }),
    ...(numbers.length === 0 ? {} : { world: numbers.join(',') }),
    ...(mutant === undefined ? {} : mutant),
  };
}

export interface CellFilter {
  readonly words: string;
  /** A shelf, `unexpected`, or all. */
  readonly shelf: string;
  /** Cells that are told together; empty: all. */
  readonly group: string;
}

export function linesThatPass(
  lines: readonly CellLine[],
  { words, shelf, group }: CellFilter,
): CellLine[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return lines.filter((line) => {
    if (shelf === 'unexpected' ? line.expected === undefined : shelf !== '' && line.shelf !== shelf)
      return false;
    if (group !== '' && line.group !== group) return false;
    const text = `${line.name} ${line.word} ${line.about}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

export function countsByShelf(lines: readonly CellLine[]): ReadonlyMap<Shelf, number> {
  const counts = new Map<Shelf, number>();
  for (const { shelf } of lines) counts.set(shelf, (counts.get(shelf) ?? 0) + 1);
  return counts;
}

/** What is known of a campaign from its cells alone: what was asked of them is not, so `done` says nothing. */
export function recordOf(id: string, cells: readonly CampaignCell[]): CampaignRecord {
  const spec = { schema: CAMPAIGN_SCHEMA, name: id, cells: [] } as const;
  return {
    ...{ id, spec, cells, folder: '', program: '', begun: '', since: '' },
    ...{ state: 'finished', listed: true },
  };
}
