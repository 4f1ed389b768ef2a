// `npm run bench`: our engines and Spin on the same models, in turns, in one run; then what commands
// take.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { agree, type Size } from './agree.ts';
import { type Case, cases, type Reduced } from './cases.ts';
import { commandRows } from './commands.ts';
import type { Counts } from './engines.ts';
import { type Measured, measured, missing } from './measure.ts';
import { packageRoot } from './package-root.ts';
import { benchReductions, reductionWorlds } from './reductions.ts';
import { type Row, rowAgainstOne, rowsAgainstSpin, rowsAgainstTlc, textOf } from './rows.ts';
import { spinCounts, type Verifier, verifierOf } from './spin.ts';

const SCHEMA = 'lufcheck.bench/1';

const usage = `npm run bench -- [options]
  --json FILE    write the rows as JSON
  --quick        small configurations only, in seconds
  --large        the largest too: two-phase commit with 9 and 10 managers
  --only TEXT    only cases whose name contains it: ${cases.map((one) => one.id).join(', ')}, commands
  --repeat N     runs of each side, of which the median counts (3)
  --huge-pages   both sides ask for huge pages (GLIBC_TUNABLES=glibc.malloc.hugetlb=1)
`;

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
    only: { type: 'string' },
    repeat: { type: 'string', default: '3' },
    'huge-pages': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

/** One way of ours to go through a case, and its runs so far. */
interface Side {
  readonly way: Case['ours'][number];
  readonly counts: Size;
  readonly reduced: Reduced | undefined;
  readonly runs: Measured[];
  bytes: number;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function isWanted({ id, size }: Pick<Case, 'id' | 'size'>): boolean {
  if (size === 'open') return false;
  if (values.only !== undefined) return id.includes(values.only);
  if (values.quick) return size === 'quick';
  return size === 'full' || (values.large && size === 'large');
}

function nameOf({ way: { engine, workers } }: Side): string {
  return workers === 1 ? engine : `${engine}, ${workers} workers`;
}

async function runOurs(one: Case, side: Side): Promise<void> {
  const { engine, workers } = side.way;
  const runner = join(packageRoot(), 'dist-bench/bench/ours.js');
  const run = await measured(process.execPath, [runner, one.id, engine, `${workers}`]);
  const counts = JSON.parse(run.stdout) as Counts;
  if (counts.verdict !== 'holds') throw new Error(`${one.id}: ${counts.verdict}`);
  agree(one, nameOf(side), counts, side.counts);
  side.runs.push(run);
  side.bytes = counts.bytes;
  tell(one, nameOf(side), run);
}

async function runSpin(one: Case, verifier: Verifier, runs: Measured[]): Promise<void> {
  const run = await measured(verifier.program, verifier.args, verifier.folder);
  agree(one, 'Spin', spinCounts(run.stdout), one);
  runs.push(run);
  tell(one, 'Spin', run);
}

function tell({ id }: Case, who: string, { cpuSeconds, wallSeconds }: Measured): void {
  say(`${id}: ${who} ${cpuSeconds.toFixed(2)} s CPU, ${wallSeconds.toFixed(2)} s`);
}

async function bench(one: Case, repeat: number, withSpin: boolean): Promise<Row[]> {
  const fresh = { runs: [], bytes: 0 };
  const whole = one.ours.map(
    (way): Side => ({ way, counts: one, reduced: undefined, ...fresh, runs: [] }),
  );
  const less = (one.reduced ?? []).map((reduced): Side => {
    const way = { engine: reduced.engine, workers: 1 };
    return { way, counts: reduced, reduced, ...fresh, runs: [] };
  });
  const verifier = withSpin ? await verifierOf(one.promela, one.states) : undefined;
  const spin: Measured[] = [];
  try {
    for (let i = 0; i < repeat; i++) {
      for (const side of [...whole, ...less]) await runOurs(one, side);
      if (verifier !== undefined) await runSpin(one, verifier, spin);
    }
  } finally {
    verifier?.remove();
  }
  const single = whole.find(({ way }) => way.engine === 'generated' && way.workers === 1);
  return [
    ...whole.flatMap((side) => [
      ...(withSpin ? rowsAgainstSpin(one, nameOf(side), side, { runs: spin }) : []),
      ...rowsAgainstTlc(one, nameOf(side), side),
      ...(side.way.workers > 1 && single !== undefined
        ? [rowAgainstOne(one, side.way.workers, side, single)]
        : []),
    ]),
    ...less.flatMap((side) =>
      rowsAgainstTlc({ title: one.title, tlc: side.reduced?.tlc }, nameOf(side), side),
    ),
  ];
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
  if (values['huge-pages']) process.env.GLIBC_TUNABLES = 'glibc.malloc.hugetlb=1';
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
  const commands = values.only === undefined ? !values.quick : 'commands'.includes(values.only);
  if (commands) rows.push(...(await commandRows(repeat, say)));
  if (rows.length === 0) throw new Error(`no case is called like '${values.only}'`);
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
