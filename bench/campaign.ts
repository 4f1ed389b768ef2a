// What a campaign costs beside its searches, and what more workers would bring.
//
//   npm run bench:campaign                       how many results a second one process can keep
//   npm run bench:campaign -- DATABASE [NAME]    the cells of a campaign played on more workers
//
// The second is a simulation, and says so: looks take what they took when they were measured; those not made are
// taken to grow with their states. The scheduler is the real one.

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CellBounds, ModelCell } from '../src/campaign/cell.ts';
import type { Engine, EngineEvents, Task } from '../src/campaign/engine.ts';
import { Heap } from '../src/campaign/heap.ts';
import { levelsFor } from '../src/campaign/levels.ts';
import { openStore, readStore } from '../src/campaign/log-store.ts';
import { pursue } from '../src/campaign/pursue.ts';
import { type CellResult, isFinal } from '../src/campaign/result.ts';
import { type Look, Scheduler } from '../src/campaign/scheduler.ts';
import type { CampaignCell, CampaignRecord } from '../src/campaign/store.ts';

const CELLS = 20_000;
const HOUR = 3600;

/** Answers at once, so that all time is the campaign's own. */
class InstantEngine implements Engine {
  readonly workers = 1000;
  #inFlight = 0;
  readonly #events: EngineEvents;
  constructor(events: EngineEvents) {
    this.#events = events;
  }
  room(): number {
    return 1000 - this.#inFlight;
  }
  put(task: Task): void {
    this.#inFlight++;
    setImmediate(() => {
      this.#inFlight--;
      const { n } = task;
      if (task.kind === 'identify') {
        this.#events.onEnd(task, { kind: 'identified', subject: `subject ${n}` });
        return;
      }
      const { subject, bounds } = task;
      const outcome = { verdict: 'holds', states: 1234, depth: 40 } as const;
      const result: CellResult = { key: `key ${n}`, subject, bounds, outcome };
      const cost = { seconds: 0.1, memory: 1, worker: 'none' };
      this.#events.onEnd(task, { kind: 'found', result, blobs: [], cost });
    });
  }
  stop(): Promise<void> {
    return Promise.resolve();
  }
}

async function measureRate(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lufcheck-bench-'));
  const path = join(folder, 'rate.campaigns');
  const store = openStore(path);
  try {
    const spec = { schema: 'lufcheck.campaign/1', name: 'r', cells: [{ kind: 'matrix' }] } as const;
    store.begin({ id: 'r', spec, folder: '/', program: 'p', begun: '' });
    store.list(
      'r',
      Array.from({ length: CELLS }, (_, n) => ({ cell: cellOf(n), group: 0 })),
    );
    const heap = process.memoryUsage().heapUsed;
    const before = process.cpuUsage();
    await pursue({
      store,
      id: 'r',
      program: 'p',
      engine: (events) => new InstantEngine(events),
      stop: new AbortController().signal,
      onChange: () => {},
    });
    const { user, system } = process.cpuUsage(before);
    const seconds = (user + system) / 1e6;
    const bytes = statSync(path).size / CELLS;
    const kept = (process.memoryUsage().heapUsed - heap) / CELLS;
    print(
      `${CELLS} cells identified, looked at and written: ${seconds.toFixed(1)} CPU s, ${Math.round(CELLS / seconds)} cells a CPU second; ${Math.round(bytes)} bytes a cell in the file, some ${Math.round(kept)} in memory`,
    );
  } finally {
    store.close();
    rmSync(folder, { recursive: true });
  }
}

function cellOf(n: number): ModelCell {
  const names = { name: `scenario-${n % 200}:variant-${n % 7}`, design: `design-${n}` };
  return { kind: 'model', of: 'situation', ...names };
}

function playAll(path: string, id: string | undefined): void {
  const { campaigns } = readStore(path);
  const campaign = campaigns.find((one) => one.id === id) ?? campaigns.at(-1);
  if (campaign === undefined) throw new Error(`no campaign in ${path}`);
  printCosts(campaign);
  print('');
  print('A simulation, from the costs above:');
  print('workers  all asked for  busy  after an hour: done, least states of what is not');
  for (const workers of [1, 2, 16, 128, 1000]) print(play(campaign, workers));
}

/** Seconds of the last look at each cell, by its bound. */
function printCosts({ id, cells }: CampaignRecord): void {
  const byBound = new Map<number, number[]>();
  for (const { result, cost } of cells) {
    if (result === undefined || cost === undefined) continue;
    const known = byBound.get(result.bounds.states) ?? [];
    known.push(cost.seconds);
    byBound.set(result.bounds.states, known);
  }
  print(`${id}: ${cells.length} cells; seconds of the last look at each, by its bound of states`);
  print('   states  cells   mean  median  9 of 10   most');
  for (const [states, seconds] of [...byBound].sort(([a], [b]) => a - b)) {
    seconds.sort((a, b) => a - b);
    const at = (part: number): string =>
      (seconds[Math.min(seconds.length - 1, Math.floor(part * seconds.length))] ?? 0).toFixed(2);
    const mean = seconds.reduce((sum, one) => sum + one, 0) / seconds.length;
    const row = [states, seconds.length, mean.toFixed(2), at(0.5), at(0.9), at(1)];
    const wide = [9, 5, 5, 6, 7, 5];
    print(row.map((value, i) => `${value}`.padStart(wide[i] as number)).join('  '));
  }
}

function play(campaign: CampaignRecord, workers: number): string {
  const scheduler = new Scheduler();
  const reached = new Map<number, number>();
  const levelsOf = (cell: CampaignCell): readonly CellBounds[] =>
    levelsFor(cell.cell, campaign.spec, cell.group);
  campaign.cells.forEach((cell, n) => {
    scheduler.add(n, cell.cell, levelsOf(cell));
    reached.set(n, 0);
  });
  const ends = new Heap<{ readonly at: number; readonly look: Look; readonly seconds: number }>();
  let [now, busy, hourDone, hourLeast] = [0, 0, 0, 0];
  let told = false;
  const tell = (): void => {
    told = true;
    hourDone = campaign.cells.length - reached.size;
    hourLeast = [...reached.values()].reduce((a, b) => Math.min(a, b), Infinity);
  };
  for (;;) {
    while (ends.size < workers) {
      const look = scheduler.next();
      if (look === undefined) break;
      const seconds = secondsOf(campaign.cells[look.n] as CampaignCell, look.bounds);
      busy += seconds;
      ends.push({ at: now + seconds, look, seconds }, -(now + seconds));
    }
    const end = ends.pop();
    if (end === undefined) break;
    if (end.at > HOUR && !told) tell();
    now = end.at;
    const { n, level, bounds } = end.look;
    const cell = campaign.cells[n] as CampaignCell;
    const result = resultAt(cell, bounds);
    if (isFinal(result) || level === levelsOf(cell).length - 1) reached.delete(n);
    else reached.set(n, bounds.states);
    scheduler.ended(n, result, end.seconds);
  }
  if (!told) tell();
  const share = `${Math.round((100 * busy) / Math.max(1e-9, now * workers))} %`;
  const least = Number.isFinite(hourLeast) ? `${hourLeast}` : 'none is left';
  const row = [`${workers}`.padStart(7), timeText(now).padStart(13), share.padStart(5)];
  return `${row.join('  ')}  ${hourDone} of ${campaign.cells.length}, ${least}`;
}

/** A cell that nobody looked at costs what the cheapest look at anything does. */
const UNKNOWN_SECONDS = 0.05;

function secondsOf({ result, cost, seconds }: CampaignCell, { states }: CellBounds): number {
  if (result === undefined) return UNKNOWN_SECONDS;
  const took = cost?.seconds ?? (seconds || UNKNOWN_SECONDS);
  if (isFinal(result) && states >= result.bounds.states) return took;
  return took * (states / Math.max(1, result.bounds.states));
}

/** What a look would say: what it said, or that its bound cut it off. */
function resultAt({ result }: CampaignCell, bounds: CellBounds): CellResult {
  if (result !== undefined && isFinal(result) && bounds.states >= result.bounds.states) {
    return result;
  }
  const { states } = bounds;
  const guess = result?.outcome.verdict === 'bounded' ? result.outcome.guess : undefined;
  const outcome = {
    verdict: 'bounded',
    bound: `${states} states`,
    states,
    depth: 0,
    ...(guess === undefined ? {} : { guess }),
  } as const;
  return { key: '', subject: '', bounds, outcome };
}

function timeText(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  if (seconds < HOUR) return `${(seconds / 60).toFixed(1)} min`;
  return `${(seconds / HOUR).toFixed(1)} h`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const [database, name] = process.argv.slice(2);
if (database === undefined) await measureRate();
else playAll(database, name);
