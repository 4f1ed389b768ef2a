// `npm run bench`: our engines and Spin on the same models, in turns, in one run.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Case, cases } from './cases.ts';
import type { Counts } from './engines.ts';
import { type Measured, measured, missing } from './measure.ts';
import { packageRoot } from './package-root.ts';
import { benchReductions, reductionWorlds } from './reductions.ts';
import { type Row, rowsAgainstSpin, rowsAgainstTlc, textOf } from './rows.ts';
import { spinCounts, verifierOf } from './spin.ts';

const SCHEMA = 'lufcheck.bench/1';

/** What of ours is measured on every case. */
const configurations = [{ engine: 'interpreter', workers: 1 }] as const;
type Configuration = (typeof configurations)[number];

const usage = `npm run bench -- [options]
  --json FILE   write the rows as JSON
  --quick       small configurations only, in seconds
  --large       the largest too: two-phase commit with 9 and 10 managers
  --only TEXT   only cases whose name contains it: ${cases.map((one) => one.id).join(', ')}
  --repeat N    runs of each side, of which the median counts (3)
`;

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
    only: { type: 'string' },
    repeat: { type: 'string', default: '3' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function isWanted({ id, size }: Pick<Case, 'id' | 'size'>): boolean {
  if (values.only !== undefined) return id.includes(values.only);
  if (values.quick) return size === 'quick';
  return size === 'full' || (values.large && size === 'large');
}

async function ours(one: Case, { engine, workers }: Configuration): Promise<[Measured, Counts]> {
  const runner = join(packageRoot(), 'dist-bench/bench/ours.js');
  const run = await measured(process.execPath, [runner, one.id, engine, `${workers}`]);
  const counts = JSON.parse(run.stdout) as Counts;
  if (counts.verdict !== 'holds') throw new Error(`${one.id}: ${counts.verdict}`);
  agree(one, engine, counts);
  return [run, counts];
}

/** Figures of two explorations of different things would mean nothing. */
function agree(one: Case, who: string, counts: { states: number; transitions: number }): void {
  if (counts.states === one.states && counts.transitions === one.transitions) return;
  throw new Error(
    `${one.id}: ${who} finds ${counts.states} states and ${counts.transitions} transitions, ` +
      `not ${one.states} and ${one.transitions}`,
  );
}

async function bench(one: Case, repeat: number, withSpin: boolean): Promise<Row[]> {
  const verifier = withSpin ? await verifierOf(one.promela, one.states) : undefined;
  const spin: Measured[] = [];
  const runs = configurations.map((configuration) => ({
    configuration,
    runs: [] as Measured[],
    bytes: 0,
  }));
  try {
    for (let i = 0; i < repeat; i++) {
      for (const side of runs) {
        const [run, counts] = await ours(one, side.configuration);
        side.runs.push(run);
        side.bytes = counts.bytes;
        say(`${one.id}: ${side.configuration.engine} ${run.cpuSeconds.toFixed(2)} s CPU`);
      }
      if (verifier === undefined) continue;
      const run = await measured(verifier.program, verifier.args, verifier.folder);
      agree(one, 'Spin', spinCounts(run.stdout));
      spin.push(run);
      say(`${one.id}: Spin ${run.cpuSeconds.toFixed(2)} s CPU`);
    }
  } finally {
    verifier?.remove();
  }
  return runs.flatMap((side) => [
    ...(withSpin ? rowsAgainstSpin(one, side.configuration.engine, side, { runs: spin }) : []),
    ...rowsAgainstTlc(one, side.configuration.engine, side),
  ]);
}

async function main(): Promise<void> {
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const repeat = Number(values.repeat);
  if (!(Number.isInteger(repeat) && repeat > 0)) throw new Error('--repeat wants a number');
  if ((await missing({ time: '--version' })).length > 0) {
    throw new Error('GNU time is needed to measure CPU time and memory (Debian: apt install time)');
  }
  const absent = await missing({ spin: '-V', gcc: '--version' });
  if (absent.length > 0) say(`no rows against Spin: ${absent.join(' and ')} not installed`);
  const rows: Row[] = [];
  for (const one of cases.filter(isWanted)) {
    rows.push(...(await bench(one, repeat, absent.length === 0)));
  }
  for (const [id, { size }] of Object.entries(reductionWorlds)) {
    const asked = size !== 'large' || values.large || values.only === id;
    if (asked && isWanted({ id, size })) rows.push(...(await benchReductions(id, repeat)));
  }
  process.stdout.write(textOf(rows));
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify({ schema: SCHEMA, rows }, null, 2)}\n`);
  }
}

try {
  await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
