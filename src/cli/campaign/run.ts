// `campaign run` and `campaign resume`.

import { availableParallelism } from 'node:os';
import { Problem } from '../../base/problem.ts';
import { counted, grouped } from '../../base/text.ts';
import { canonical } from '../../campaign/canonical.ts';
import { type Cell, cellName, questionOf } from '../../campaign/cell.ts';
import type { Engine, EngineEvents } from '../../campaign/engine.ts';
import { openStore } from '../../campaign/log-store.ts';
import { programId } from '../../campaign/program-id.ts';
import { pursue, type Standing } from '../../campaign/pursue.ts';
import type { CampaignSpec } from '../../campaign/spec.ts';
import type { CampaignRecord, Store } from '../../campaign/store.ts';
import { summaryOf } from '../../campaign/summary.ts';
import { campaignLine, summaryLines } from '../../report/campaign-status-text.ts';
import type { Surroundings } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { campaignIn, forgetCancel, isAskedToCancel } from './database.ts';
import { expand } from './expand.ts';
import { localEngine, queueEngine } from './queue.ts';
import { readSpec } from './read-spec.ts';

const DEFAULT_MEMORY = 2048;
const DEFAULT_SILENCE = 300;

export interface RunWish {
  readonly database: string;
  readonly workers: number | undefined;
  /** Workers behind a queue instead of this machine's. */
  readonly queue: string | undefined;
  /** Instead of the specification's budget. */
  readonly seconds: number | undefined;
  readonly quiet: boolean;
}

/** Begins a campaign, or goes on with one of the same specification that was stopped. */
export async function runSpec(file: string, wish: RunWish, io: Surroundings): Promise<ExitCode> {
  const { spec, folder } = await readSpec(file);
  const store = openStore(wish.database);
  try {
    const { program } = programId();
    const latest = store.campaigns.filter((one) => one.spec.name === spec.name).at(-1);
    const goesOn =
      latest !== undefined &&
      isOpen(latest) &&
      latest.program === program &&
      latest.folder === folder &&
      canonical(latest.spec) === canonical(spec);
    const id = goesOn ? latest.id : nextId(store, spec);
    if (goesOn && !wish.quiet) io.note(`${id}: goes on where it was stopped`);
    if (!goesOn) {
      io.progress.show(`${id}: listing its cells`);
      const cells = await expand(spec, folder);
      store.begin({ id, spec, folder, program, begun: new Date().toISOString() });
      store.list(id, cells);
      identifyKnown(store, id);
    }
    return await go(store, id, wish, io);
  } finally {
    store.close();
  }
}

export interface ResumeWish extends RunWish {
  /** Cells set aside are tried again. */
  readonly again: boolean;
}

/** @throws Problem LUF-E502 for what cannot be gone on with. */
export async function resume(
  name: string | undefined,
  wish: ResumeWish,
  io: Surroundings,
): Promise<ExitCode> {
  const store = openStore(wish.database);
  try {
    const campaign = campaignIn(store, name, wish.database);
    const { id } = campaign;
    if (campaign.state === 'cancelled') {
      throw new Problem('LUF-E502', 'was cancelled', {
        where: id,
        hint: 'run its specification again: what it has found is not computed again',
      });
    }
    if (campaign.program !== programId().program) {
      throw new Problem('LUF-E502', 'was begun by another lufcheck', {
        where: id,
        hint: 'run its specification again: cells whose model is the same are not computed again',
      });
    }
    if (wish.again) store.again(id);
    return await go(store, id, wish, io);
  } finally {
    store.close();
  }
}

/** The same program finds the same model in a cell of the catalogue: it has been told which. */
function identifyKnown(store: Store, id: string): void {
  const { cells, program } = campaignIn(store, id, '');
  const known = new Map<string, string>();
  for (const one of store.campaigns) {
    if (one.program !== program) continue;
    for (const { cell, subject } of one.cells) {
      if (subject !== undefined && !hasFile(cell)) known.set(questionOf(cell), subject);
    }
  }
  cells.forEach(({ cell }, n) => {
    const subject = hasFile(cell) ? undefined : known.get(questionOf(cell));
    if (subject !== undefined) store.identify(id, n, subject);
  });
}

/** What is in a file may have changed. */
function hasFile(cell: Cell): boolean {
  return cell.kind === 'trace' || /\.[cm]?[jt]s:/.test(cell.name);
}

function isOpen({ state }: CampaignRecord): boolean {
  return state !== 'finished' && state !== 'cancelled';
}

/** The specification's name, with a number from the second time on. */
function nextId(store: Store, { name }: CampaignSpec): string {
  if (store.campaign(name) === undefined) return name;
  for (let n = 2; ; n++) {
    if (store.campaign(`${name}.${n}`) === undefined) return `${name}.${n}`;
  }
}

async function go(store: Store, id: string, wish: RunWish, io: Surroundings): Promise<ExitCode> {
  const campaign = campaignIn(store, id, wish.database);
  const { spec } = campaign;
  if (!campaign.listed) {
    // A crash came while its cells were listed; what there is of the list is replaced.
    store.list(id, await expand(spec, campaign.folder));
  }
  const { memory = DEFAULT_MEMORY, silence = DEFAULT_SILENCE, budget } = spec;
  const workers = wish.workers ?? availableParallelism();
  const limits = { memory: memory * 2 ** 20, silence: silence * 1000 };
  const engine =
    wish.queue === undefined
      ? (events: EngineEvents) => localEngine(workers, limits, events)
      : await queueEngine({ queue: wish.queue, name: id, limits }, io);
  forgetCancel(wish.database);
  let asked: Engine | undefined;
  await pursue({
    store,
    id,
    program: programId().program,
    budget: { ...budget, ...(wish.seconds === undefined ? {} : { seconds: wish.seconds }) },
    engine: (events) => {
      asked = engine(events);
      return asked;
    },
    stop: io.stop,
    isCancelled: () => isAskedToCancel(wish.database, id),
    onChange: (now) => io.progress.show(progressText(id, campaign, now)),
  });
  io.progress.clear();
  const now = campaignIn(store, id, wish.database);
  if (!wish.quiet) {
    io.out(campaignLine(now, true, io.look));
    for (const line of summaryLines(now, Math.max(1, asked?.workers ?? workers), io.look))
      io.out(line);
    if (isOpen(now)) io.out(`To go on: ${io.look.program} campaign resume ${id}`);
  }
  return exitCodeOf(now);
}

/** 1: a verdict is not what the catalogue expects, 3: something is open or cut off by a bound. */
export function exitCodeOf(campaign: CampaignRecord): ExitCode {
  const { total } = summaryOf(campaign);
  const { unexpected, bounded, open, aside, done, cells } = total;
  if (unexpected > 0) return exitCodes.surprise;
  return bounded + open + aside > 0 || done < cells ? exitCodes.bounded : exitCodes.asExpected;
}

function progressText(id: string, { cells }: CampaignRecord, now: Standing): string {
  const { done, violated, taken, atWork } = now;
  const names = atWork.flatMap(({ n, progress }) => {
    const cell = cells[n]?.cell;
    if (progress === undefined || cell === undefined) return [];
    return [`${cellName(cell)} ${grouped(progress.states)}`];
  });
  const known = taken === 0 ? '' : `, ${grouped(taken)} known`;
  return `${id} ${grouped(done)}/${counted(now.cells, 'cell')}, ${grouped(violated)} violated${known} ${names.join(' · ')}`;
}
