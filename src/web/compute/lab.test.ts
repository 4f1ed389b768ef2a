import { expect, test } from 'vitest';
import { type LabFile, type RunShown, readLabFile } from './lab-file.ts';
import { labLines, savingsOf, workloadBars } from './lab-model.ts';

const row = {
  ...{ id: 'stock', complete: true, rounds: 6, reached: 0, wrongRounds: 0, staleReads: 0 },
  ...{ seenBy: [], programs: 'nothing', rules: 'nothing', firing: [], model: 'nothing' },
  ...{ deferred: 0, flushes: 0, interrupts: 200, failures: [], agree: true, because: '' },
};
const run = {
  ...{ schema: 'lufcheck.lab-run/1', version: '0', date: '2026-11-23T08:32:13.969Z' },
  ...{ release: '6.1', design: 'luf-v12', cpus: 2, accel: 'tcg', rounds: 3 },
  ...{ programs: ['alias'], warnings: [], failures: [], unloaded: true, complete: true },
  rows: [
    row,
    { ...row, id: 'all-on', interrupts: 20 },
    {
      ...{ ...row, id: 'less-zap_pte_range', removed: 'zap_pte_range', interrupts: 30 },
      ...{ programs: 'wrong', seenBy: ['munmap'], rules: 'unknown', model: 'wrong', agree: false },
      ...{
        witness: 'check LUF-munmap:v12 --without zap_pte_range',
        because: 'nothing was recorded',
      },
    },
    {
      ...{ ...row, id: 'fault_ptep_clear_flush', removed: 'fault_ptep_clear_flush' },
      ...{ interrupts: 150, complete: false },
    },
  ],
};
const opened = (value: unknown): LabFile => readLabFile('a.json', JSON.stringify(value));
const shown = (value: unknown): RunShown => {
  const file = opened(value);
  if (file.kind !== 'run') throw new Error('no run');
  return file.run;
};

test('three answers side by side; what is not known is neither wrong nor right', () => {
  const lines = labLines(shown(run));
  expect(lines.map(({ name }) => name).slice(0, 2)).toEqual([
    'the stock kernel',
    'every flush point on',
  ]);
  expect(lines[2]).toMatchObject({
    programs: { kind: 'violated', text: 'stale bytes', by: ['munmap'] },
    rules: { kind: 'bounded', text: 'no verdict' },
    model: { kind: 'violated', text: 'goes wrong' },
    witness: ['check', 'LUF-munmap:v12', '--without', 'zap_pte_range'],
    agreement: { text: 'one witness only' },
  });
  const differing = { ...run.rows[2], model: 'nothing' };
  expect(labLines(shown({ ...run, rows: [differing] }))[0]?.agreement.text).toBe('differ');
  expect(lines[3]).toMatchObject({ model: undefined, agreement: { text: 'did not end' } });
});

test('what newer runs tell besides: repairs, what was not asked, what was not tried', () => {
  const rows = [
    { ...run.rows[2], kind: 'less', model: 'not asked', outcome: 'not tried', tried: 4 },
    { ...row, id: 'plus-nfs', kind: 'repaired', added: 'nfs' },
    { ...row, id: 'unseen', kind: 'unseen', outcome: 'differ', agree: false },
  ];
  const [less, repaired, unseen] = labLines(shown({ ...run, rows }));
  expect(less).toMatchObject({ model: { text: 'not asked' }, agreement: { text: 'not tried' } });
  expect(repaired).toMatchObject({ name: 'every flush point on, and nfs', model: undefined });
  expect(unseen?.agreement.text).toBe('differ');
  expect(savingsOf(shown({ ...run, rows })).map(({ name }) => name)).toEqual([
    'without zap_pte_range',
  ]);
});

test('shootdowns are held against the stock kernel; its faults save nothing', () => {
  expect(savingsOf(shown(run))).toEqual([
    { name: 'the stock kernel', interrupts: 200, change: undefined },
    { name: 'every flush point on', interrupts: 20, change: -90 },
    { name: 'without zap_pte_range', interrupts: 30, change: -85 },
  ]);
  const uncounted = run.rows.map(({ interrupts: _, ...rest }) => rest);
  expect(savingsOf(shown({ ...run, rows: uncounted }))).toEqual([]);
});

test('a workload is compared for the same number of pages; runs that are missing have no bar', () => {
  const one = { pages: 1000, wrong: 0, interrupts: 90, kernelFlushes: 80, deferred: 0, flushes: 0 };
  const work = {
    ...{ ...run, schema: 'lufcheck.lab-workload/1', seconds: 9 },
    stock: [one, { ...one, interrupts: 110 }],
    luf: [{ ...one, interrupts: 20, pages: 2000 }],
  };
  const file = opened(work);
  expect(file.kind === 'workload' && workloadBars(file.work)).toMatchObject([
    { rate: 100, least: 90, most: 110, change: undefined },
    { name: 'luf-v12', rate: 10, runs: 1, change: -90 },
  ]);
  const none = opened({ ...work, stock: [] });
  expect(none.kind === 'workload' && workloadBars(none.work)).toMatchObject([
    { name: 'luf-v12', change: undefined },
  ]);
});

test('what is no run is refused, and so is one that is damaged, with its place', () => {
  for (const text of ['', '[]', 'null', '{"schema":"lufcheck.rules/1"}', '{"schema":7}']) {
    expect(() => readLabFile('a.json', text)).toThrow(
      expect.objectContaining({ code: 'LUF-E202', where: 'a.json' }),
    );
  }
  for (const [damage, place] of [
    [{ rows: 'none' }, 'rows'],
    [{ rows: [null] }, 'rows[0]'],
    [{ rows: [{ ...row, programs: 'fine' }] }, 'rows[0].programs'],
    [{ rows: [{ ...row, staleReads: -1 }] }, 'rows[0].staleReads'],
    [{ warnings: [{}] }, 'warnings'],
  ] as const) {
    expect(() => opened({ ...run, ...damage })).toThrow(
      expect.objectContaining({ code: 'LUF-E203', message: expect.stringContaining(place) }),
    );
  }
});
