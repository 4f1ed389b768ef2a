// How far everything is known: for each kind of cell, what came out and to what bound the rest holds.

import { levelsFor } from './levels.ts';
import { type CellResult, isViolated } from './result.ts';
import { nextLevel } from './scheduler.ts';
import type { CampaignCell, CampaignRecord } from './store.ts';

/** Cells that are told together: of one design, of one kind. */
export interface SummaryRow {
  readonly name: string;
  readonly cells: number;
  readonly holds: number;
  readonly violated: number;
  /** Violated, where the catalogue expects it; and otherwise than it expects. */
  readonly asExpected: number;
  readonly unexpected: number;
  /** Cut off by a bound: nothing wrong so far. */
  readonly bounded: number;
  /** Of those, the least that any was looked at: everything holds up to there. */
  readonly least?: { readonly states: number; readonly depth: number };
  /** Clean recordings, random runs without a find, what does not apply. */
  readonly other: number;
  readonly error: number;
  readonly aside: number;
  /** Nothing is known of them. */
  readonly open: number;
  /** Looked at as far as was asked. */
  readonly done: number;
  readonly seconds: number;
}

export function summaryOf(campaign: CampaignRecord): {
  readonly rows: readonly SummaryRow[];
  readonly total: SummaryRow;
} {
  const groups = new Map<string, CampaignCell[]>();
  for (const cell of campaign.cells) {
    const name = kindOf(cell);
    const known = groups.get(name) ?? [];
    known.push(cell);
    groups.set(name, known);
  }
  return {
    rows: [...groups].map(([name, cells]) => rowFor(name, cells, campaign)),
    total: rowFor('all', campaign.cells, campaign),
  };
}

/** What cells are told together by. */
export function kindOf({ cell }: CampaignCell): string {
  if (cell.kind === 'trace') return 'recordings';
  const kind = cell.kind === 'random' ? 'random runs' : cell.mutant ? 'mutants' : undefined;
  const design = cell.design ?? (kind === undefined ? 'catalogue' : undefined);
  const less = (cell.without ?? []).length > 0 ? 'less a flush point' : undefined;
  const world = cell.world === undefined ? undefined : 'other worlds';
  return [kind, design, less, world].filter((part) => part !== undefined).join(', ');
}

function rowFor(
  name: string,
  cells: readonly CampaignCell[],
  campaign: CampaignRecord,
): SummaryRow {
  const count = (is: (cell: CampaignCell) => boolean): number => cells.filter(is).length;
  const said = (cell: CampaignCell): string => cell.result?.outcome.verdict ?? '';
  const bounded = cells.flatMap(({ result }) =>
    result?.outcome.verdict === 'bounded' ? [result.outcome] : [],
  );
  const least = bounded.reduce<{ states: number; depth: number } | undefined>(
    (a, { states, depth }) =>
      a === undefined
        ? { states, depth }
        : { states: Math.min(a.states, states), depth: Math.min(a.depth, depth) },
    undefined,
  );
  return {
    name,
    cells: cells.length,
    holds: count((cell) => said(cell) === 'holds'),
    violated: count(({ result }) => result !== undefined && isViolated(result.outcome)),
    asExpected: count((cell) => expectation(cell) === 'met'),
    unexpected: count((cell) => expectation(cell) === 'missed'),
    bounded: bounded.length,
    ...(least === undefined ? {} : { least }),
    other: count((cell) =>
      ['does not apply', 'nothing found', 'clean', 'unknown'].includes(said(cell)),
    ),
    error: count((cell) => ['error', 'unreached'].includes(said(cell))),
    aside: count(({ aside }) => aside !== undefined),
    open: count(({ result, aside }) => result === undefined && aside === undefined),
    done: count((cell) => isDone(cell, campaign)),
    seconds: cells.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/** What the catalogue says of a cell, against what came out; neither, where one of them is not known. */
export function expectation({ cell, result }: CampaignCell): 'met' | 'missed' | undefined {
  if (cell.kind === 'trace' || cell.expect === undefined || result === undefined) return undefined;
  const came = answerOf(result);
  if (came === undefined) return undefined;
  return came === cell.expect ? 'met' : 'missed';
}

function answerOf({ outcome }: CellResult): string | undefined {
  switch (outcome.verdict) {
    case 'violated':
      return outcome.what;
    case 'holds':
    case 'unreached':
    case 'error':
      return outcome.verdict;
    default:
      return undefined;
  }
}

/** Looked at as far as its specification asks. */
export function isDone({ cell, group, result }: CampaignCell, { spec }: CampaignRecord): boolean {
  return result !== undefined && nextLevel(levelsFor(cell, spec, group), result) === undefined;
}
