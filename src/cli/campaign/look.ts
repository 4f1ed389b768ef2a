// What can be asked of a database beside its writer: how campaigns stand, their cells, and all results.

import { availableParallelism } from 'node:os';
import { Problem } from '../../base/problem.ts';
import { grouped, listed, padEnd, width, wrap } from '../../base/text.ts';
import { cellName } from '../../campaign/cell.ts';
import { readStore, writerOf } from '../../campaign/log-store.ts';
import type { CampaignCell, CampaignRecord, StoreReader } from '../../campaign/store.ts';
import { summaryOf } from '../../campaign/summary.ts';
import type { Story } from '../../explain/story.ts';
import { outcomeText } from '../../report/campaign-outcome-text.ts';
import { campaignLine, stateText, summaryLines } from '../../report/campaign-status-text.ts';
import { storyText } from '../../report/story-text.ts';
import type { Surroundings } from '../command.ts';
import { openOutput } from '../file-output.ts';
import { campaignIn } from './database.ts';

interface Wish {
  readonly database: string;
  readonly json: boolean;
}

/** All campaigns, or one with its table. */
export function showStatus(
  name: string | undefined,
  { database, json }: Wish,
  io: Surroundings,
): void {
  const store = readStore(database);
  const isWritten = writerOf(database) !== undefined;
  if (name === undefined && store.campaigns.length !== 1) {
    campaignIn(store, undefined, database);
    if (json) {
      const campaigns = store.campaigns.map((one) => statusJson(one, isWritten));
      io.out(JSON.stringify({ schema: 'lufcheck.campaign-status/1', campaigns }, null, 2));
    } else {
      for (const one of store.campaigns) io.out(campaignLine(one, isWritten, io.look));
    }
    return;
  }
  const campaign = campaignIn(store, name, database);
  if (json) {
    const campaigns = [statusJson(campaign, isWritten)];
    io.out(JSON.stringify({ schema: 'lufcheck.campaign-status/1', campaigns }, null, 2));
    return;
  }
  io.out(campaignLine(campaign, isWritten, io.look));
  for (const line of summaryLines(campaign, availableParallelism(), io.look)) io.out(line);
}

function statusJson(campaign: CampaignRecord, isWritten: boolean): object {
  const { id, begun, since, program } = campaign;
  const state = stateText(campaign, isWritten);
  return { id, state, begun, since, program, ...summaryOf(campaign) };
}

/** Cells in a line each; those whose name has `text` in it, and one of them with all that is known of it. */
export function showCells(
  name: string | undefined,
  text: string | undefined,
  { database, json }: Wish,
  io: Surroundings,
): void {
  const store = readStore(database);
  const campaign = campaignIn(store, name, database);
  const exact = campaign.cells.filter(({ cell }) => cellName(cell) === text);
  const cells =
    exact.length > 0
      ? exact
      : campaign.cells.filter(({ cell }) => text === undefined || cellName(cell).includes(text));
  if (cells.length === 0) {
    throw new Problem('LUF-E502', `has no cell with "${text}" in its name`, {
      where: campaign.id,
      hint: `lufcheck campaign show ${campaign.id} lists them`,
    });
  }
  if (json) {
    const shown = cells.map((cell) => cellJson(cell));
    io.out(
      JSON.stringify(
        { schema: 'lufcheck.campaign-cells/1', campaign: campaign.id, cells: shown },
        null,
        2,
      ),
    );
    return;
  }
  const [only] = cells;
  if (cells.length === 1 && only !== undefined) {
    for (const line of wholeCell(only, store, io)) io.out(line);
    return;
  }
  const wide = Math.max(...cells.map((cell) => width(wordOf(cell))));
  for (const one of cells) {
    io.out(`${padEnd(wordOf(one), wide)}  ${cellName(one.cell)}  ${io.look.paint.dim(about(one))}`);
  }
}

function wordOf({ result, aside }: CampaignCell): string {
  if (aside !== undefined) return 'set aside';
  return result?.outcome.verdict ?? 'open';
}

function about({ result, aside }: CampaignCell): string {
  if (aside !== undefined) return aside;
  return result === undefined ? '' : outcomeText(result.outcome);
}

function wholeCell(one: CampaignCell, store: StoreReader, io: Surroundings): string[] {
  const { columns, paint } = io.look;
  const { result, cost, deaths, subject, seconds } = one;
  const lines = [`${paint.bold(cellName(one.cell))}  ${wordOf(one)}`];
  lines.push(...wrap(`  ${about(one)}`, columns, '  '));
  if (subject !== undefined) lines.push(paint.dim(`  subject ${subject}`));
  if (result !== undefined) {
    const bounds = Object.entries(result.bounds).map(([of, n]) => `${grouped(n)} ${of}`);
    const where =
      cost === undefined
        ? 'known from another campaign'
        : `${seconds.toFixed(1)} s on ${cost.worker}`;
    lines.push(paint.dim(`  key ${result.key}, within ${listed(bounds)}; ${where}`));
  }
  for (const how of deaths) lines.push(...wrap(`  a worker died of it: ${how}`, columns, '    '));
  const outcome = result?.outcome;
  if (outcome?.verdict !== 'violated') return lines;
  const story = store.blob(outcome.story);
  if (story === undefined) return lines;
  return [...lines, '', ...storyText(JSON.parse(story) as Story, io.look)];
}

interface ExportWish {
  readonly database: string;
  readonly output: string | undefined;
  readonly stories: boolean;
  readonly costs: boolean;
}

/**
 * All results as JSON lines, in the order of the cells: what follows from the questions alone, so that
 * two campaigns, or two engines, can be compared with `diff`.
 */
export function exportResults(
  name: string | undefined,
  { database, output, stories, costs }: ExportWish,
  io: Surroundings,
): void {
  const store = readStore(database);
  const campaign = campaignIn(store, name, database);
  const file = output === undefined ? undefined : openOutput(output);
  const write = (line: object): void => {
    if (file === undefined) io.out(JSON.stringify(line));
    else file.write(`${JSON.stringify(line)}\n`);
  };
  const told = new Set<string>();
  write({ schema: 'lufcheck.campaign-results/1', campaign: campaign.spec.name });
  for (const one of campaign.cells) {
    write(cellJson(one, costs));
    const blob = blobOf(one);
    if (!stories || blob === undefined || told.has(blob)) continue;
    told.add(blob);
    write({ blob, text: store.blob(blob) });
  }
  file?.close();
}

function blobOf({ result }: CampaignCell): string | undefined {
  const outcome = result?.outcome;
  if (outcome === undefined) return undefined;
  if ('story' in outcome) return outcome.story;
  return 'whole' in outcome ? outcome.whole : undefined;
}

function cellJson(
  { cell, result, aside, cost, seconds, deaths }: CampaignCell,
  costs = true,
): object {
  return {
    name: cellName(cell),
    cell,
    ...(result ?? {}),
    ...(aside === undefined ? {} : { aside }),
    ...(costs ? { seconds, deaths, ...(cost === undefined ? {} : { cost }) } : {}),
  };
}
