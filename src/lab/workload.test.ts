import { expect, test } from 'vitest';
import { workloadText } from '../report/lab-workload-text.ts';
import { plainLook } from '../report/look.ts';
import type { Experiment } from './experiments.ts';
import { readResults } from './guest-output.ts';
import { type Workload, workloadPlan, workloadRuns } from './workload.ts';

const both: Experiment[] = [
  { id: 'stock', kind: 'stock', defers: false, settings: {}, records: false, programs: [] },
  { id: 'all-on', kind: 'all-on', defers: true, settings: {}, records: false, programs: [] },
];

test('stock and LUF come in turn, after the file was made', () => {
  const plan = workloadPlan(both, { runs: 2, work: 9, cpus: 4, records: false, timer: 700 });
  const ids = [...plan.matchAll(/^experiment (\S+)$/gm)].map(([, id]) => id);
  expect(ids).toEqual(['file', 'stock', 'all-on', 'stock', 'all-on']);
  expect(plan.match(/^set on Y$/gm)).toHaveLength(2);
  expect(plan.match(/^set timer_ms 700$/gm)).toHaveLength(4);
  expect(plan.match(/^run walk \/data\/walk 96 4 9 48$/gm)).toHaveLength(4);
});

test('the stock kernel is recorded once, last, for the prediction', () => {
  const plan = workloadPlan(both, { runs: 1, work: 9, cpus: 2, records: true, timer: 700 });
  expect(plan.endsWith('experiment recorded\nrecord\nrun walk /data/walk 96 2 4 48\nend\n')).toBe(
    true,
  );
});

const said = (id: string, work: string, interrupts: string, end = `end ${id}`) =>
  `experiment ${id}\n${work}\ninterrupts ${interrupts}\ncounter deferred 3\ncounter refused 1\ncounter kernel_flushes 4\n${end}\n`;

test('a run that did not end, or whose counts are none, is left out', () => {
  const { experiments } = readResults(
    said('stock', 'work pages=100 wrong=0', '10 60') +
      said('stock', 'work pages=-100 wrong=0', '10 60') +
      said('stock', 'work pages=100 wrong=0', '60 10') +
      said('all-on', 'work pages=100 wrong=0', '10 60') +
      said('stock', 'work pages=100 wrong=0', '10 60', ''),
  );
  expect(workloadRuns(experiments, 'stock')).toEqual([
    { pages: 100, wrong: 0, interrupts: 50, kernelFlushes: 5, deferred: 3, flushes: 0 },
  ]);
});

test('medians, ranges, and the share for each page', () => {
  const one = { pages: 1000, wrong: 0, interrupts: 90, kernelFlushes: 80, deferred: 0, flushes: 0 };
  const luf = { ...one, interrupts: 9, kernelFlushes: 0, deferred: 80, flushes: 7 };
  const work: Workload = {
    schema: 'lufcheck.lab-workload/1',
    release: '6.1',
    design: 'luf-v12',
    cpus: 2,
    accel: 'tcg',
    seconds: 9,
    timer: 1000,
    stock: [one, { ...one, interrupts: 110 }, { ...one, interrupts: 100 }],
    luf: [luf, luf, luf],
    warnings: [],
    failures: [],
    unloaded: true,
    complete: true,
  };
  const text = workloadText(work, plainLook).join('\n');
  expect(text).toContain('TLB shootdown interrupts      100 (90 to 110)        9');
  expect(text).toContain('100.0 on the stock kernel, 9.0 with LUF (-91 %)');
  const prediction = { seconds: 4, happened: { batched: 200, others: 10 }, predicted: 20 };
  expect(
    workloadText({ ...work, prediction }, { ...plainLook, columns: 300 }).join('\n'),
  ).toContain('200 interrupts for reclaim and 10 for all else would have been 20 and 10 (-86 %)');
  expect(workloadText({ ...work, prediction: 'events were lost' }, plainLook).join('\n')).toContain(
    'No prediction: events were lost',
  );
  expect(workloadText({ ...work, luf: [] }, plainLook).join('\n')).toContain('Nothing to compare');
});
