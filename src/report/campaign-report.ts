// What a campaign has found, for people: to what bound everything holds, what goes wrong, what was set aside,
// and what the next hour would buy.

import { counted, duration, grouped } from '../base/text.ts';
import { cellName } from '../campaign/cell.ts';
import { forecast } from '../campaign/forecast.ts';
import { isViolated } from '../campaign/result.ts';
import type { CampaignCell, CampaignRecord, StoreReader } from '../campaign/store.ts';
import { expectation, type SummaryRow, summaryOf } from '../campaign/summary.ts';
import type { Story } from '../explain/story.ts';
import { outcomeText } from './campaign-outcome-text.ts';
import {
  boundText,
  expectedText,
  forecastText,
  stateText,
  summaryColumns,
} from './campaign-status-text.ts';
import { plainLook } from './look.ts';
import type { Paper, PaperRow, PaperSection, PaperTable } from './paper.ts';
import { storyText } from './story-text.ts';

/** Cells of which least is known, and those that took longest. */
const MOST_TOLD = 10;
const STORY_LOOK = { ...plainLook, columns: 100 };
const HOUR = 3600;

export interface ReportWish {
  readonly store: StoreReader;
  readonly campaign: CampaignRecord;
  /** Its process lives. */
  readonly isWritten: boolean;
  /** Workers that the next hour is told for. */
  readonly workers: number;
}

export function campaignReport({ store, campaign, isWritten, workers }: ReportWish): Paper {
  const { id, spec, begun, since, program, cells } = campaign;
  const { rows, total } = summaryOf(campaign);
  const expected = expectedText(total);
  const next = forecastText(forecast(campaign, HOUR, workers));
  return {
    title: `Campaign ${id}: ${stateText(campaign, isWritten)}`,
    bad: total.unexpected > 0,
    facts: [
      ...(spec.says === undefined ? [] : [spec.says]),
      `Begun ${begun}, last change ${since}; lufcheck ${program.slice(0, 8)}; ${duration(total.seconds)} of work.`,
      `${grouped(total.done)} of ${counted(total.cells, 'cell')} looked at as far as was asked.`,
    ],
    table: tableOf(rows.length > 1 ? [...rows, total] : rows),
    after: [
      ...(expected === undefined ? [] : [expected]),
      next ?? 'All that was asked is known: another hour buys nothing without larger bounds.',
    ],
    sections: sectionsOf(cells, store).filter((section) => section.rows.length > 0),
  };
}

function tableOf(rows: readonly SummaryRow[]): PaperTable {
  const used = summaryColumns.filter(
    ([name, of]) => name === 'cells' || rows.some((row) => of(row) > 0),
  );
  return {
    heads: ['', ...used.map(([name]) => name), 'nothing else wrong up to'],
    rows: rows.map((row) => [row.name, ...used.map(([, of]) => grouped(of(row))), boundText(row)]),
  };
}

function sectionsOf(cells: readonly CampaignCell[], store: StoreReader): PaperSection[] {
  const missed = cells.filter((cell) => expectation(cell) === 'missed');
  const violated = cells.filter(
    (cell) =>
      cell.result !== undefined &&
      isViolated(cell.result.outcome) &&
      expectation(cell) !== 'missed',
  );
  const failed = cells.filter(
    (cell) => cell.result?.outcome.verdict === 'error' && expectation(cell) === undefined,
  );
  const bounded = cells
    .filter(({ result }) => result?.outcome.verdict === 'bounded')
    .sort((a, b) => reached(a) - reached(b));
  const dear = cells.filter(({ seconds }) => seconds > 0).sort((a, b) => b.seconds - a.seconds);
  return [
    {
      title: 'Otherwise than the catalogue expects',
      rows: missed.map((cell) => withStory(cell, surpriseText(cell), store)),
    },
    {
      title: 'Violated',
      rows: violated.map((cell) => withStory(cell, violationText(cell), store)),
    },
    {
      title: 'Set aside',
      rows: cells.flatMap((cell) => (cell.aside === undefined ? [] : [row(cell, cell.aside)])),
    },
    { title: 'No answer', rows: failed.map((cell) => row(cell, foundText(cell))) },
    {
      title: 'Least known',
      rows: bounded.slice(0, MOST_TOLD).map((cell) => row(cell, foundText(cell))),
    },
    {
      title: 'Longest at work',
      rows: dear.slice(0, MOST_TOLD).map((cell) => row(cell, duration(cell.seconds))),
    },
  ];
}

function row({ cell }: CampaignCell, text: string): PaperRow {
  return { name: cellName(cell), text };
}

function withStory(cell: CampaignCell, text: string, store: StoreReader): PaperRow {
  const more = storyOf(cell, store);
  return more === undefined ? row(cell, text) : { ...row(cell, text), more };
}

function violationText(cell: CampaignCell): string {
  return expectation(cell) === 'met' ? `${foundText(cell)}, as expected` : foundText(cell);
}

function foundText({ result }: CampaignCell): string {
  return result === undefined ? 'not looked at' : outcomeText(result.outcome);
}

function surpriseText(cell: CampaignCell): string {
  const expect = cell.cell.kind === 'trace' ? undefined : cell.cell.expect;
  const verdict = cell.result?.outcome.verdict;
  return `expected ${expect}, found ${verdict}: ${foundText(cell)}`;
}

function reached({ result }: CampaignCell): number {
  return result?.outcome.verdict === 'bounded' ? result.outcome.states : 0;
}

/** The story of a violation, as on the terminal. */
export function storyOf(
  { result }: CampaignCell,
  store: StoreReader,
): readonly string[] | undefined {
  if (result?.outcome.verdict !== 'violated') return undefined;
  const text = store.blob(result.outcome.story);
  return text === undefined ? undefined : storyText(JSON.parse(text) as Story, STORY_LOOK);
}
