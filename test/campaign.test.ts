// Campaigns as users run them: the same results whatever is killed, each of them computed once.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { here } from './run-here.ts';
import { lufcheck } from './run-program.ts';

const root = resolve(import.meta.dirname, '..');
const main = resolve(root, 'dist/cli/main.js');
const folder = mkdtempSync(join(tmpdir(), 'lufcheck-'));

const small = {
  schema: 'lufcheck.campaign/1',
  name: 'small',
  bounds: { from: 2000, to: 2000 },
  cells: [
    { kind: 'variants', scenarios: ['LUF-buddy:broken', 'LUF-buddy:mainline'] },
    { kind: 'matrix', scenarios: ['LUF-write2:broken'], designs: ['luf-v11', 'immediate'] },
    { kind: 'random', scenarios: ['LUF-buddy:broken'], seeds: { from: 1, count: 1 }, runs: 5 },
    { kind: 'traces', files: [resolve(root, 'fixtures/traces/noflush.dat')] },
  ],
};

function written(name: string, spec: object): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(spec));
  return path;
}

function databaseOf(name: string): string {
  return join(folder, `${name}.campaigns`);
}

async function exported(database: string, id = 'small'): Promise<string> {
  const said = await here(['campaign', 'export', id, '--stories', '--db', database]);
  expect(said.err).toBe('');
  return said.out;
}

/** A run that is not waited for. */
function begun(spec: string, database: string): ChildProcess {
  return spawn(
    process.execPath,
    [main, 'campaign', 'run', spec, '--db', database, '-q', '--jobs', '1'],
    {
      stdio: 'ignore',
    },
  );
}

/** Once so many records of a kind are there. */
async function until(database: string, kind: string, count: number): Promise<void> {
  for (;;) {
    const text = existsSync(database) ? readFileSync(database, 'utf8') : '';
    if (text.split(`"is":"${kind}"`).length > count) return;
    await new Promise((done) => setTimeout(done, 10));
  }
}

function gone(child: ChildProcess): Promise<unknown> {
  return new Promise((done) => child.once('exit', done));
}

const spec = written('small.json', small);
let undisturbed = '';

beforeAll(async () => {
  const database = databaseOf('undisturbed');
  const said = await lufcheck(['campaign', 'run', spec, '--db', database]);
  expect(said.err).toBe('');
  expect(said.code).toBe(0);
  expect(said.out).toContain('6 of 6 cells done, 3 violated');
  undisturbed = await exported(database);
});

test('its results are those of check, and of trace', () => {
  const lines = undisturbed.split('\n').filter((line) => line !== '');
  const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const verdicts = told.flatMap(({ name, outcome }) =>
    outcome === undefined ? [] : [[name, (outcome as { verdict: string }).verdict]],
  );
  expect(verdicts).toEqual([
    ['LUF-buddy:broken', 'violated'],
    ['LUF-buddy:mainline', 'holds'],
    ['LUF-write2:broken luf-v11', 'violated'],
    ['LUF-write2:broken immediate', 'holds'],
    ['LUF-buddy:broken seed 1, 5 runs of 200', expect.stringMatching(/violated|nothing found/)],
    [expect.stringContaining('noflush.dat'), 'trace violated'],
  ]);
});

test('killed at any moment, main process or worker, it loses nothing and does nothing twice', async () => {
  const database = databaseOf('killed');
  const first = begun(spec, database);
  await until(database, 'result', 1);
  first.kill('SIGKILL');
  await gone(first);
  const known = await here(['campaign', 'status', '--db', database]);
  expect(known.out).toContain('stopped (its process is gone)');
  const second = begun(spec, database);
  await until(database, 'result', 2);
  // Its worker: the only other process with this entry and that parent.
  const [worker] = childrenOf(second.pid);
  if (worker !== undefined) process.kill(worker, 'SIGKILL');
  await gone(second);
  expect(second.exitCode).toBe(0);
  expect(await exported(database)).toBe(undisturbed);
  const results = readFileSync(database, 'utf8').match(/"key":"[0-9a-f]{32}","subject"/g) ?? [];
  expect(new Set(results).size).toBe(results.length);
  expect(results).toHaveLength(6);
});

test('another campaign takes what is known, and computes only what is new', async () => {
  const database = databaseOf('undisturbed');
  const more = { ...small, name: 'more', cells: [...small.cells] };
  more.cells.push({ kind: 'variants', scenarios: ['LUF-buddy:strict'] });
  const said = await lufcheck([
    'campaign',
    'run',
    written('more.json', more),
    '--db',
    database,
    '--jobs',
    '1',
  ]);
  expect(said.code).toBe(0);
  const status = await here(['campaign', 'status', 'more', '--json', '--db', database]);
  expect(JSON.parse(status.out)).toMatchObject({
    campaigns: [{ total: { cells: 7, done: 7, violated: 3 } }],
  });
  expect(readFileSync(database, 'utf8').match(/"is":"result","id":"more"/g)).toHaveLength(1);
  const lines = (await exported(database, 'more')).split('\n');
  for (const line of undisturbed.split('\n').slice(1)) expect(lines).toContain(line);
});

test('a specification that does not fit is told with its place', async () => {
  const cells = [{ kind: 'matrix', design: ['luf-v11'] }];
  const wrong = written('wrong.json', { schema: 'lufcheck.campaign/1', name: 'w', cells });
  const said = await here(['campaign', 'run', wrong, '--db', databaseOf('none')]);
  expect(said).toMatchObject({ code: 2, out: '' });
  expect(said.err).toBe(
    `LUF-E501 ${wrong}: /cells/0: there is no "design"\n  hint: did you mean "designs"?\n`,
  );
  expect(existsSync(databaseOf('none'))).toBe(false);
});

function childrenOf(pid: number | undefined): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}
