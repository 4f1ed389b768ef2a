// What more time would buy: the scheduler played with what looks are expected to take and to find. It
// finds nothing, and never says that it does: it tells how deep the rest would be.

import type { Learner } from './learner.ts';
import { levelsFor } from './levels.ts';
import type { CellResult, Outcome } from './result.ts';
import { answers, type Look, Scheduler } from './scheduler.ts';
import type { CampaignRecord } from './store.ts';

export interface Forecast {
  readonly seconds: number;
  readonly workers: number;
  readonly looks: number;
  /** Cells expected to come to an end before their bound, of those that were open. */
  readonly ends: number;
  /** Cells that nothing is known of and that would be looked at for the first time. */
  readonly first: number;
  /** The least states that any unfinished cell would have been looked at for, before and after. */
  readonly least: { readonly before: number; readonly after: number };
  /** Seconds until every cell is looked at as far as its specification asks, with that many workers. */
  readonly all: number;
  /** Looks so far that this rests on: few of them, and it is hardly more than a guess. */
  readonly from: number;
}

/** Looks that are played at most. */
const MOST_LOOKS = 200_000;

export function forecast(campaign: CampaignRecord, seconds: number, workers: number): Forecast {
  const scheduler = new Scheduler();
  const reached = new Map<number, number>();
  let from = 0;
  campaign.cells.forEach(({ cell, group, result, cost, aside }, n) => {
    const levels = levelsFor(cell, campaign.spec, group);
    if (result !== undefined) {
      from++;
      const level = levels.findIndex((bounds) => answers(result, bounds));
      scheduler.learner.learn(cell, Math.max(0, level), result, cost?.seconds);
    }
    if (aside !== undefined || cell.kind !== 'model') return;
    if (result === undefined) scheduler.add(n, cell, levels);
    else scheduler.add(n, cell, levels, { result, seconds: cost?.seconds ?? 0.1 });
    if (result?.outcome.verdict === 'bounded') reached.set(n, result.bounds.states);
    else if (result === undefined) reached.set(n, 0);
  });
  const least = (): number => Math.min(...reached.values(), Number.POSITIVE_INFINITY);
  const before = least();
  const time = seconds * workers;
  const learned = scheduler.learner;
  let [spent, looks, ends, first] = [0, 0, 0, 0];
  let within: (Pick<Forecast, 'looks' | 'ends' | 'first'> & { readonly after: number }) | undefined;
  for (let played = 0; played < MOST_LOOKS; played++) {
    const look = scheduler.next();
    if (look === undefined) break;
    if (spent + look.cost > time) within ??= { looks, ends, first, after: least() };
    spent += look.cost;
    looks++;
    if ((reached.get(look.n) ?? 0) === 0) first++;
    const known = campaign.cells[look.n]?.result;
    if (comesToEnd(learned, known, look)) {
      ends++;
      reached.delete(look.n);
      scheduler.drop(look.n);
    } else {
      reached.set(look.n, look.bounds.states);
      scheduler.played(look.n, expected(known, look.bounds), look.cost);
    }
  }
  within ??= { looks, ends, first, after: least() };
  const { after, ...counts } = within;
  return { seconds, workers, ...counts, least: { before, after }, all: spent / workers, from };
}

/** As many cells come to their end as the chances add up to; which, the golden ratio spreads evenly. */
function comesToEnd(
  learner: Learner,
  known: CellResult | undefined,
  { n, bounds, level }: Look,
): boolean {
  return ((n + 1) * 0.618034) % 1 < learner.chanceOfEnd(known, bounds, level);
}

/** A result as it may look: it is only played with. */
function expected(known: CellResult | undefined, bounds: CellResult['bounds']): CellResult {
  const guess = known?.outcome.verdict === 'bounded' ? known.outcome.guess : undefined;
  const outcome: Outcome = {
    verdict: 'bounded',
    bound: `${bounds.states} states`,
    states: bounds.states,
    depth: 0,
    ...(guess === undefined ? {} : { guess }),
  };
  return { key: '', subject: '', bounds, outcome };
}
