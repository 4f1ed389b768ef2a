// What goes wrong around a campaign: cells that bring their workers down, Ctrl-C, a second process, cancel.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { here } from './run-here.ts';
import { lufcheck } from './run-program.ts';

const root = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'lufcheck-'));
const example = resolve(root, 'examples/hasty-munmap.ts');

writeFileSync(
  join(folder, 'mine.ts'),
  `import { type Scenario, thread } from 'lufcheck';
import { hasty } from ${JSON.stringify(example)};
const odd = (code: () => never) => [thread('odd', 0, code)];
const ends = (): never => process.exit(9);
const takesAll = (): never => {
  const all: unknown[] = [];
  for (;;) all.push(new Uint8Array(1e6).fill(1));
};
const hangs = (): never => { for (;;); };
const how = [ends, takesAll, undefined];
export const mine: Scenario = {
  ...hasty,
  id: 'mine',
  variants: hasty.variants.slice(0, 3).map((one, i) =>
    how[i] === undefined ? one : { ...one, threads: odd(how[i]) }),
};
export const stuck: Scenario = {
  ...hasty,
  id: 'stuck',
  variants: hasty.variants.slice(0, 1).map((one) => ({ ...one, threads: odd(hangs) })),
};
`,
);

function written(name: string, more: object): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify({ schema: 'lufcheck.campaign/1', name: 'c', ...more }));
  return path;
}

test('a cell that ends its worker, or takes its memory, costs itself alone', async () => {
  const spec = join(folder, 'crash.ts');
  writeFileSync(
    spec,
    `import type { CampaignSpec } from 'lufcheck';
const of = ['mine'].map((scenario) => \`mine.ts:\${scenario}\`);
export const crash: CampaignSpec = {
  schema: 'lufcheck.campaign/1',
  name: 'c',
  memory: 300,
  retries: 0,
  cells: [{ kind: 'variants', scenarios: of }],
};
`,
  );
  const args = ['--db', join(folder, 'crash.campaigns')];
  const said = await lufcheck(['campaign', 'run', spec, ...args, '--jobs', '1']);
  expect(said.code).toBe(3);
  expect(said.out).toContain('1 of 3 cells done, 1 violated, 2 set aside');
  const shown = await here(['campaign', 'show', ...args, '--json']);
  const { cells: told } = JSON.parse(shown.out) as {
    cells: { aside?: string; deaths: unknown[] }[];
  };
  expect(told.map(({ aside }) => aside)).toEqual([
    '1 worker died of it: it ended by itself (exit code 9)',
    expect.stringMatching(/^1 worker died of it: it held \d+ MiB, more than 300$/),
    undefined,
  ]);
  expect(told.map(({ deaths }) => deaths.length)).toEqual([1, 1, 0]);
});

/** Runs it until its worker is at work on the cell that never ends. */
async function stuckRun(database: string): Promise<ReturnType<typeof spawn>> {
  const cells = [{ kind: 'variants', scenarios: ['mine.ts:stuck'] }];
  const spec = written('stuck.json', { cells });
  const main = resolve(root, 'dist/cli/main.js');
  const args = ['campaign', 'run', spec, '--db', database, '-q', '--jobs', '1'];
  const child = spawn(process.execPath, [main, ...args], { stdio: 'ignore' });
  const isRunning = (): boolean =>
    existsSync(database) && readFileSync(database, 'utf8').includes('"state":"running"');
  while (!isRunning()) await new Promise((done) => setTimeout(done, 20));
  return child;
}

function ended(child: ReturnType<typeof spawn>): Promise<number | null> {
  return new Promise((done) => child.once('exit', done));
}

test('a second process is told who writes; status reads beside it; Ctrl-C stops, also what hangs', async () => {
  const database = join(folder, 'busy.campaigns');
  const child = await stuckRun(database);
  const other = await here(['campaign', 'resume', '--db', database]);
  expect(other.code).toBe(2);
  expect(other.err).toContain(`is being written by process ${child.pid} on `);
  const status = await here(['campaign', 'status', '--db', database]);
  expect(status.out).toContain('c  running: 0 of 1 cell done');
  child.kill('SIGINT');
  expect(await ended(child)).toBe(3);
  const after = await here(['campaign', 'status', '--db', database]);
  expect(after.out).toContain('c  stopped: 0 of 1 cell done');
});

test('cancel ends a running campaign; it is not gone on with', async () => {
  const database = join(folder, 'cancelled.campaigns');
  const child = await stuckRun(database);
  const said = await here(['campaign', 'cancel', '--db', database]);
  expect(said).toMatchObject({ code: 0, err: expect.stringContaining('asked to end') });
  expect(await ended(child)).toBe(3);
  const again = await here(['campaign', 'cancel', '--db', database]);
  expect(again).toMatchObject({ code: 2, err: expect.stringContaining('is cancelled already') });
  const resumed = await here(['campaign', 'resume', '--db', database]);
  expect(resumed).toMatchObject({ code: 2, err: expect.stringContaining('was cancelled') });
});

test('an option that a verb does nothing with is refused', async () => {
  const said = await here(['campaign', 'status', '--jobs', '2']);
  expect(said).toMatchObject({
    code: 2,
    err: expect.stringContaining('it is for run, resume, worker and report'),
  });
});
