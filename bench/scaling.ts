// What a campaign's cells cost, and what many cores would make of them.
//
//   npm run bench:scaling -- SPEC [CPU-SECONDS]      measures cells of SPEC, then simulates
//   npm run bench:scaling -- --costs FILE            simulates with what was measured before
//
// Measured: CPU time of cells taken at random, one after the other in this process, look by look as the
// specification asks, until the time is over (60 s). Simulated: the real scheduler in virtual time, with workers
// that take exactly that long and one process that deals out looks. A cell that was not measured costs and
// answers as one of its kind that was; a look beyond those measured costs in proportion to its states, and ends
// only if the measured look guessed so few states. Nothing of it says what would be found.

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Cell } from '../src/campaign/cell.ts';
import { Heap } from '../src/campaign/heap.ts';
import { levelsFor } from '../src/campaign/levels.ts';
import { programId } from '../src/campaign/program-id.ts';
import type { CellResult, Outcome } from '../src/campaign/result.ts';
import { isFinal } from '../src/campaign/result.ts';
import { Scheduler } from '../src/campaign/scheduler.ts';
import type { CampaignSpec } from '../src/campaign/spec.ts';
import { answer } from '../src/cli/campaign/answer.ts';
import { expand } from '../src/cli/campaign/expand.ts';
import { packageRoot } from './package-root.ts';

/**
 * Seconds of CPU for each look besides the look: of the process that deals them out, and of the worker. From
 * 500 tiny tasks over a Redis on loopback; see docs/scaling.md.
 */
const DEALING = 0.0034;
const FETCHING = 0.003;
const HOUR = 3600;
const FLEETS = [1, 2, 10, 100, 1000] as const;
/** As the engine of a queue holds for each worker. */
const AHEAD = 2;

interface Look {
  readonly seconds: number;
  readonly result: CellResult;
}
interface Profile {
  readonly kind: string;
  readonly identify: number;
  /** From the least states to the most that were asked, or until its end. */
  readonly looks: readonly Look[];
}
interface Costs {
  readonly spec: CampaignSpec;
  readonly folder: string;
  readonly cells: readonly { readonly cell: Cell; readonly group: number }[];
  /** By number of the cell. */
  readonly measured: readonly (readonly [number, Profile])[];
}

async function measure(file: string, budget: number): Promise<Costs> {
  const spec = JSON.parse(readFileSync(file, 'utf8')) as CampaignSpec;
  const folder = dirname(resolve(file));
  const cells = await expand(spec, folder);
  const random = randomFrom(1);
  const order = cells.map((_, n) => n).sort(() => random() - 0.5);
  const measured: [number, Profile][] = [];
  let spent = 0;
  for (const n of order) {
    if (spent > budget) break;
    const { cell, group } = cells[n] as (typeof cells)[number];
    const { program } = programId();
    const identified = await timed(() =>
      answer({ kind: 'identify', n, cell, folder, program }, quiet),
    );
    if (identified.value.kind !== 'identified') throw new Error(`cell ${n} is not known`);
    const { subject } = identified.value;
    spent += identified.seconds;
    const looks: Look[] = [];
    for (const bounds of levelsFor(cell, spec, group)) {
      // What is left of it is reckoned from what there is.
      if (looks.length > 0 && spent > budget) break;
      const look = await timed(() =>
        answer({ kind: 'look', n, cell, folder, program, subject, bounds }, quiet),
      );
      if (look.value.kind !== 'found') throw new Error(`cell ${n}: ${look.value.kind}`);
      spent += look.seconds;
      looks.push({ seconds: look.seconds, result: look.value.result });
      if (isFinal(look.value.result)) break;
    }
    measured.push([n, { kind: kindOf(cell), identify: identified.seconds, looks }]);
  }
  return { spec, folder, cells, measured };
}

const quiet = { worker: 'bench', onProgress: () => true };

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; seconds: number }> {
  const before = process.cpuUsage();
  const value = await work();
  const { user, system } = process.cpuUsage(before);
  return { value, seconds: (user + system) / 1e6 };
}

function kindOf(cell: Cell): string {
  if (cell.kind === 'trace') return 'recording';
  return [
    cell.kind === 'random' ? 'random' : cell.of,
    ...(cell.mutant === undefined ? [] : ['with a slip']),
    ...((cell.without ?? []).length === 0 ? [] : ['less a flush point']),
    ...Object.entries(cell.world ?? {}).map(([of, n]) => `${of} ${n}`),
  ].join(', ');
}

function tell(costs: Costs): void {
  const { measured, cells } = costs;
  print(`${measured.length} of ${cells.length} cells measured\n`);
  print('| look, up to | looks | mean CPU | largest | ended | violated | CPU for 1,000 states |');
  print('|---:|---:|---:|---:|---:|---:|---:|');
  const bounds = [...new Set(measured.flatMap(([, { looks }]) => looks.map(statesAsked)))];
  for (const states of bounds.sort((a, b) => a - b)) {
    const looks = measured
      .flatMap(([, one]) => one.looks)
      .filter((one) => statesAsked(one) === states);
    const seconds = looks.map((one) => one.seconds);
    const sum = seconds.reduce((a, b) => a + b, 0);
    const seen = looks.reduce((all, { result }) => all + statesOf(result.outcome), 0);
    const count = (verdict: string): number =>
      looks.filter(({ result }) => result.outcome.verdict === verdict).length;
    const cut = count('bounded');
    print(
      `| ${grouped(states)} states | ${looks.length} | ${inWords(sum / looks.length)} | ${inWords(Math.max(...seconds))} | ${looks.length - cut} | ${count('violated')} | ${seen === 0 ? '' : `${((sum / seen) * 1e6).toFixed(1)} ms`} |`,
    );
  }
  tellKinds(costs);
  print(
    '\n| cores | looked at once, after | after an hour: to the end | violated | least looked at | busy | all that is asked |',
  );
  print('|---:|---:|---:|---:|---:|---:|---:|');
  for (const fleet of FLEETS) print(simulated(costs, fleet));
}

function tellKinds({ measured, cells }: Costs): void {
  print(
    '\n| cells of | cells | measured | to say which | all looks, mean | largest | to the end |',
  );
  print('|---|---:|---:|---:|---:|---:|---:|');
  for (const kind of new Set(cells.map(({ cell }) => kindOf(cell)))) {
    const own = measured.map(([, one]) => one).filter((one) => one.kind === kind);
    if (own.length === 0) continue;
    const all = own.map(({ looks }) => looks.reduce((sum, { seconds }) => sum + seconds, 0));
    const mean = (numbers: readonly number[]): number =>
      numbers.reduce((a, b) => a + b, 0) / numbers.length;
    const row = [
      kind,
      grouped(cells.filter(({ cell }) => kindOf(cell) === kind).length),
      `${own.length}`,
      inWords(mean(own.map(({ identify }) => identify))),
      inWords(mean(all)),
      inWords(Math.max(...all)),
      `${own.filter(({ looks }) => isFinal((looks.at(-1) as Look).result)).length}`,
    ];
    print(`| ${row.join(' | ')} |`);
  }
}

function statesAsked({ result }: Look): number {
  return result.bounds.states;
}

function statesOf(outcome: Outcome): number {
  return 'states' in outcome ? outcome.states : 0;
}

/** Virtual time: workers take what looks cost, and one process deals them out, one after the other. */
function simulated({ spec, cells, measured }: Costs, fleet: number): string {
  const random = randomFrom(2);
  const known = new Map(measured);
  const profiles = cells.map(({ cell }, n) => {
    const alike = measured.filter(([, { kind }]) => kind === kindOf(cell)).map(([, one]) => one);
    const pool = alike.length > 0 ? alike : measured.map(([, one]) => one);
    return known.get(n) ?? (pool[Math.floor(random() * pool.length)] as Profile);
  });
  const scheduler = new Scheduler();
  const reached = cells.map(() => 0);
  const isOver = cells.map(() => false);
  cells.forEach(({ cell, group }, n) => {
    scheduler.add(n, cell, levelsFor(cell, spec, group));
  });
  const ends = new Heap<{ n: number; at: number; look: Look }>();
  const queue: { n: number; look: Look }[] = [];
  let [now, dealt, busy, violated, first, open] = [0, 0, 0, 0, 0, cells.length];
  let [once, hour] = [Number.NaN, ''];
  let idle = fleet;
  const deal = (): void => {
    while (queue.length + fleet - idle < fleet * AHEAD) {
      const next = scheduler.next();
      if (next === undefined) break;
      const profile = profiles[next.n] as Profile;
      // What a cell is, is asked as a task of its own.
      dealt = Math.max(dealt, now) + DEALING * (reached[next.n] === 0 ? 2 : 1);
      queue.push({ n: next.n, look: lookAt(profile, next.level, next.bounds) });
    }
    while (idle > 0 && queue.length > 0) {
      const { n, look } = queue.shift() as (typeof queue)[number];
      const identify = reached[n] === 0 ? (profiles[n] as Profile).identify : 0;
      const seconds = look.seconds + identify + FETCHING;
      const at = Math.max(now, dealt - queue.length * DEALING) + seconds;
      idle--;
      busy += seconds;
      ends.push({ n, at, look }, -at);
    }
  };
  const standing = (): string => {
    const over = isOver.filter(Boolean).length;
    const least = reached.reduce((a, b, n) => (isOver[n] ? a : Math.min(a, b)), Infinity);
    const depth = Number.isFinite(least) ? `${grouped(least)} states` : 'all to the end';
    return `${grouped(over)} | ${grouped(violated)} | ${depth}`;
  };
  for (deal(); ; deal()) {
    const end = ends.pop();
    if (end === undefined) break;
    if (end.at > HOUR && hour === '') hour = `${standing()} | ${share(busy, fleet, HOUR)}`;
    now = end.at;
    idle++;
    const { n, look } = end;
    if (reached[n] === 0 && ++first === cells.length) once = now;
    reached[n] = look.result.bounds.states || 1;
    if (look.result.outcome.verdict === 'violated') violated++;
    if (isFinal(look.result)) {
      isOver[n] = true;
      open--;
    }
    scheduler.ended(n, look.result, look.seconds);
  }
  if (hour === '') hour = `${standing()} | ${share(busy, fleet, now)}`;
  const rest = open === 0 ? '' : ` (${grouped(open)} cut off)`;
  return `| ${grouped(fleet)} | ${inWords(once)} | ${hour} | ${inWords(now)}${rest} |`;
}

function share(busy: number, fleet: number, seconds: number): string {
  return `${Math.min(100, Math.round((100 * busy) / fleet / seconds))} %`;
}

/** As measured; beyond that in proportion, and over only if so few states were guessed. */
function lookAt({ looks }: Profile, level: number, bounds: CellResult['bounds']): Look {
  const found = looks[level];
  if (found !== undefined) return found;
  const last = looks.at(-1) as Look;
  const { outcome } = last.result;
  const guess = outcome.verdict === 'bounded' ? outcome.guess : undefined;
  const states = Math.min(bounds.states, guess ?? Infinity);
  const seconds = (last.seconds * states) / Math.max(1, last.result.bounds.states);
  const over = guess !== undefined && guess <= bounds.states;
  const expected: Outcome = over
    ? { verdict: 'holds', states, depth: 0 }
    : { verdict: 'bounded', bound: `${bounds.states} states`, states, depth: 0 };
  return { seconds, result: { key: '', subject: '', bounds, outcome: expected } };
}

/** Numerical Recipes' linear congruential generator: the same sample each time. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

function grouped(n: number): string {
  return n.toLocaleString('en');
}

function inWords(seconds: number): string {
  if (Number.isNaN(seconds)) return '-';
  if (seconds < 1) return `${(seconds * 1000).toFixed(seconds < 0.01 ? 1 : 0)} ms`;
  if (seconds < 120) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 2 * HOUR) return `${(seconds / 60).toFixed(0)} min`;
  const hours = seconds / HOUR;
  return hours < 72 ? `${hours.toFixed(1)} h` : `${(hours / 24).toFixed(1)} days`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const [what, more] = process.argv.slice(2);
if (what === undefined) print('usage: npm run bench:scaling -- SPEC [CPU-SECONDS] | --costs FILE');
else if (what === '--costs') tell(JSON.parse(readFileSync(more ?? '', 'utf8')) as Costs);
else {
  const costs = await measure(what, Number(more ?? 60));
  const file = join(packageRoot(), 'dist-bench/scaling-costs.json');
  writeFileSync(file, JSON.stringify(costs));
  print(`(what was measured is in ${file})\n`);
  tell(costs);
}
