// What the reductions are worth together: one world searched with all of them and with none, in turns,
// each in a process of its own. Both sides are ours.

import { join } from 'node:path';
import { type Measured, measured } from './measure.ts';
import { packageRoot } from './package-root.ts';
import { type Row, reductionRows } from './rows.ts';

type Does = readonly ('load' | 'reclaim')[];

/** 3 CPUs, 2 pages, 3 frames, flushes not put off: each CPU's thread does this. */
export const reductionWorlds: Readonly<Record<string, { does: Does; size: 'full' | 'large' }>> = {
  'reductions-3x2x3': { does: ['reclaim', 'load'], size: 'full' },
  'reductions-3x2x3-long': { does: ['load', 'reclaim', 'load'], size: 'large' },
};

export interface Side {
  readonly verdict: string;
  readonly states: number;
  readonly transitions: number;
}

/** Rows of one world. @throws Error if the two sides do not agree on the verdict */
export async function benchReductions(id: string, repeat: number): Promise<Row[]> {
  const runner = join(packageRoot(), 'dist-bench/bench/reductions-side.js');
  const one = async (side: 'all' | 'none'): Promise<[Measured, Side]> => {
    const run = await measured(process.execPath, [runner, id, side]);
    return [run, JSON.parse(run.stdout) as Side];
  };
  const runs = { all: [] as Measured[], none: [] as Measured[] };
  let found: readonly [Side, Side] | undefined;
  for (let i = 0; i < repeat; i++) {
    const [reduced, all] = await one('all');
    const [plain, none] = await one('none');
    if (all.verdict !== none.verdict) {
      throw new Error(`${id}: ${all.verdict} with reductions, ${none.verdict} without`);
    }
    runs.all.push(reduced);
    runs.none.push(plain);
    found = [all, none];
  }
  if (found === undefined) throw new Error('nothing was run');
  return reductionRows(id, found, runs);
}
