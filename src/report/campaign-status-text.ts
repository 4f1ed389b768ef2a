// How campaigns stand, on the terminal: all of them in a line each, or one as a table of how far
// everything is known.

import { counted, duration, grouped, padEnd, padStart, width, wrap } from '../base/text.ts';
import { type Forecast, forecast } from '../campaign/forecast.ts';
import type { CampaignRecord } from '../campaign/store.ts';
import { type SummaryRow, summaryOf } from '../campaign/summary.ts';
import type { Look } from './look.ts';

/** A state in words; `running` is only true while its process lives. */
export function stateText({ state }: CampaignRecord, isWritten: boolean): string {
  switch (state) {
    case 'running':
      return isWritten ? 'running' : 'stopped (its process is gone)';
    case 'spent':
      return 'stopped: its budget is spent';
    default:
      return state;
  }
}

export function campaignLine(
  campaign: CampaignRecord,
  isWritten: boolean,
  { paint }: Look,
): string {
  const { total } = summaryOf(campaign);
  const parts = [
    `${grouped(total.done)} of ${counted(total.cells, 'cell')} done`,
    ...(total.violated > 0 ? [paint.bad(`${grouped(total.violated)} violated`)] : []),
    ...(total.aside > 0 ? [paint.warn(`${grouped(total.aside)} set aside`)] : []),
  ];
  return `${paint.bold(campaign.id)}  ${stateText(campaign, isWritten)}: ${parts.join(', ')} (${duration(total.seconds)} of CPU time)`;
}

export const summaryColumns = [
  ['cells', ({ cells }: SummaryRow) => cells],
  ['holds', ({ holds }: SummaryRow) => holds],
  ['violated', ({ violated }: SummaryRow) => violated],
  ['so far not', ({ bounded }: SummaryRow) => bounded],
  ['other', ({ other }: SummaryRow) => other],
  ['error', ({ error }: SummaryRow) => error],
  ['aside', ({ aside }: SummaryRow) => aside],
  ['open', ({ open }: SummaryRow) => open],
] as const;

/** A row for each design and kind of cell, and what the next hour would buy. */
export function summaryLines(campaign: CampaignRecord, workers: number, look: Look): string[] {
  const { rows, total } = summaryOf(campaign);
  const shown = rows.length > 1 ? [...rows, total] : rows;
  const used = summaryColumns.filter(
    ([name, of]) => name === 'cells' || shown.some((row) => of(row) > 0),
  );
  const wide = Math.max(...shown.map(({ name }) => width(name)));
  const widths = used.map(([name, of]) =>
    Math.max(width(name), ...shown.map((row) => width(grouped(of(row))))),
  );
  const head = [
    padEnd('', wide),
    ...used.map(([name], i) => padStart(name, widths[i] as number)),
    shown.some(({ least }) => least !== undefined) ? 'what is cut off was looked at to' : '',
  ]
    .join('  ')
    .trimEnd();
  return [
    look.paint.dim(head),
    ...shown.map((row) =>
      [
        padEnd(row.name, wide),
        ...used.map(([, of], i) => padStart(grouped(of(row)), widths[i] as number)),
        row.least === undefined
          ? ''
          : `${counted(row.least.states, 'state')}, depth ${row.least.depth}`,
      ]
        .join('  ')
        .trimEnd(),
    ),
    ...expectedLines(total, look),
    ...forecastLines(campaign, workers, look),
  ];
}

/** To what bound a row's cells are known: `holds` without a bound only where every cell is known. */
export function boundText({ least, open, aside, error, holds }: SummaryRow): string {
  const rest = open + aside + error > 0 ? '; of some nothing is known' : '';
  if (least !== undefined) {
    return `${counted(least.states, 'state')}, depth ${least.depth}${rest}`;
  }
  if (rest !== '') return 'of some nothing is known';
  return holds > 0 ? 'every interleaving' : '';
}

function expectedLines(total: SummaryRow, { paint }: Look): string[] {
  const text = expectedText(total);
  if (text === undefined) return [];
  return ['', total.unexpected === 0 ? text : paint.bad(text)];
}

/** Nothing where the catalogue expects nothing. */
export function expectedText({ asExpected, unexpected }: SummaryRow): string | undefined {
  if (asExpected + unexpected === 0) return undefined;
  const met = `${counted(asExpected, 'answer')} as the catalogue expects`;
  return unexpected === 0 ? `${met}, none otherwise.` : `${met}, ${grouped(unexpected)} not.`;
}

function forecastLines(campaign: CampaignRecord, workers: number, look: Look): string[] {
  const text = forecastText(forecast(campaign, 3600, workers));
  return text === undefined ? [] : ['', ...wrap(text, look.columns)];
}

/** What more time would buy; nothing where all is known that was asked. */
export function forecastText(told: Forecast): string | undefined {
  const { looks, ends, first, least, all, workers, from } = told;
  if (looks === 0) return undefined;
  const steps = [
    ...(first > 0 ? [`${counted(first, 'cell')} looked at for the first time`] : []),
    ...(ends > 0 ? [`${grouped(ends)} explored to the end`] : []),
    ...(least.after > least.before
      ? [
          `the least that any open cell is looked at from ${grouped(least.before)} to ${limit(least.after)}`,
        ]
      : []),
  ];
  const buys = steps.length === 0 ? 'deeper looks' : steps.join(', ');
  return `The next hour with ${counted(workers, 'worker')}: ${counted(looks, 'look')}; ${buys}. All that is asked: ${duration(all)}. A forecast from ${counted(from, 'result')}.`;
}

function limit(states: number): string {
  return Number.isFinite(states) ? `${grouped(states)} states` : 'all of it';
}
