// What commands take from the start of their process to its end, against what they may take.

import { join } from 'node:path';
import { type Measured, measured } from './measure.ts';
import { packageRoot } from './package-root.ts';
import { type Row, rowAgainstGoal } from './rows.ts';

/** Bugs with a verdict that is expected; the slowest is told. */
const bugs = ['LUF-write2:broken', 'LUF-write2:v11', 'LUF-munmap:broken', 'LUF-rwalias:broken'];
const COUNTEREXAMPLE_SECONDS = 1;
const CATALOGUE_SECONDS = 300;

async function lufcheck(...args: readonly string[]): Promise<Measured> {
  return measured(process.execPath, [join(packageRoot(), 'dist/cli/main.js'), ...args]);
}

/** Wall clock: worth something on a quiet machine only. */
export async function commandRows(repeat: number, say: (text: string) => void): Promise<Row[]> {
  const rows: Row[] = [];
  let [slowest, slowestCpu, which] = [0, 0, ''];
  for (const bug of bugs) {
    const runs: Measured[] = [];
    for (let i = 0; i < repeat; i++) runs.push(await lufcheck('check', bug, '--stories'));
    // A run in which nothing is found would be a fast one.
    for (const { stdout } of runs) {
      if (!stdout.includes('violated')) throw new Error(`no counterexample of ${bug}:\n${stdout}`);
    }
    const wall = Math.min(...runs.map((run) => run.wallSeconds));
    const cpu = Math.min(...runs.map((run) => run.cpuSeconds));
    say(`counterexample of ${bug}: ${cpu.toFixed(2)} s CPU, ${wall.toFixed(2)} s`);
    if (cpu > slowestCpu) [slowest, slowestCpu, which] = [wall, cpu, bug];
  }
  const first = `first counterexample from process start, the slowest of ${bugs.length} (${which})`;
  rows.push(rowAgainstGoal(`${first}: wall seconds`, slowest, COUNTEREXAMPLE_SECONDS));
  rows.push(rowAgainstGoal(`${first}: CPU seconds`, slowestCpu, COUNTEREXAMPLE_SECONDS));

  const pages = [await lufcheck('check', '--help'), await lufcheck('check', '--help-search')];
  const several = pages.some(({ stdout }) => stdout.includes('--jobs'));
  const matrix = ['check', '--matrix', ...(several ? ['--jobs', '2'] : [])];
  const run = await lufcheck(...matrix);
  say(`${matrix.join(' ')}: ${run.cpuSeconds.toFixed(2)} s CPU, ${run.wallSeconds.toFixed(2)} s`);
  const all = `every scenario by every design (lufcheck ${matrix.join(' ')})`;
  rows.push(rowAgainstGoal(`${all}: wall seconds`, run.wallSeconds, CATALOGUE_SECONDS));
  rows.push(
    rowAgainstGoal(`${all}: CPU seconds of two cores`, run.cpuSeconds / 2, CATALOGUE_SECONDS),
  );
  return rows;
}
