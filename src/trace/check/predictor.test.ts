// One debt that a stranger's flush paid, and everything by which it would have been paid in time anyhow.

import { describe, expect, test } from 'vitest';
import { checkRecords } from './check-trace.ts';
import { type Line, type MadeRecord, madeOf, recordsOf } from './testing/records.ts';
import { type Plant, StockKernel } from './testing/stock-kernel.ts';
import type { TraceVerdict } from './verdict.ts';

const ALL = 'ffffffffffffffff';
const M = 'ff11000003c51000';
const N = 'ff11000003c52000';
const INIT = 'ffffffff82b5a740';
const VA = 0x7f0000005000;
const FRAME = 0x2905;
const page = (frame: number): string => (0xffd4000000000000n + BigInt(frame) * 64n).toString(16);

const mapped = {
  page: page(FRAME),
  mm: M,
  vm_start: 0x7f0000000000,
  vm_pgoff: 0,
  vm_flags: 0x71,
  index: 5,
  mapping: 'ff1100000512f130',
};

/** CPUs 0 and 2 run mm M; every probe has been seen. */
const beginning: Line[] = [
  ...[0, 2].flatMap((cpu): Line[] => [
    [10 + cpu, cpu, '<idle>/0', 'switch_mm', { prev: INIT, next: M }],
    [10 + cpu, cpu, '<idle>/0', 'tlb_flush', { reason: 0, pages: ALL }],
  ]),
  [20, 1, '<idle>/0', 'switch_mm', { prev: INIT, next: N }],
  [20, 1, '<idle>/0', 'tlb_flush', { reason: 0, pages: ALL }],
  [21, 1, 'cg/7', 'batch_flush', { cpus: 0 }],
  [22, 1, 'cg/7', 'flush_range', { mm: N, start: 0, end: ALL }],
  [23, 1, 'cg/7', 'flush_func', { mm: N, start: 0, end: ALL, gen: 1, from: 1 }],
  [24, 1, 'cg/7', 'tlb_flush', { reason: 2, pages: ALL }],
  ...[1, 2, 3].flatMap((frame): Line[] => [
    [30 + frame, 1, 'cg/7', 'mm_page_alloc', { pfn: frame, order: 0 }],
    [30 + frame, 1, 'cg/7', 'rmap_add_new_anon', { page: page(frame), mm: N, addr: frame * 4096 }],
  ]),
  [40, 0, 'rd/8', 'rmap_add_file', { ...mapped, page: page(0x2900), index: 9 }],
];
const unmapped: Line[] = [
  [100, 1, 'kswapd0/3', 'unmap_one', { folio: page(FRAME), mm: M, addr: VA, ttu: 64 }],
  [101, 1, 'kswapd0/3', 'rmap_del', { ...mapped, cpus: 1 }],
  [102, 1, 'kswapd0/3', 'unmap_one_ret', { ret: 1 }],
];
/** `by` asks for a flush of M, and CPU 0 carries it out. */
const flushBy = (by: string, time: number): Line[] => [
  [time, 2, by, 'flush_range', { mm: M, start: 0, end: ALL }],
  [time + 1, 0, 'rd/8', 'flush_func', { mm: M, start: 0, end: ALL, gen: 5, from: 2 }],
  [time + 2, 0, 'rd/8', 'tlb_flush', { reason: 1, pages: ALL }],
];
const stranger = flushBy('rd/9', 150);
const freed: Line[] = [[200, 1, 'kswapd0/3', 'mm_page_free', { pfn: FRAME, order: 0 }]];
const reused: Line[] = [[300, 1, 'cg/7', 'mm_page_alloc', { pfn: FRAME, order: 0 }]];
/** CPU 0 is found at work in M. */
const goesOn: Line[] = [[400, 0, 'rd/8', 'sys_enter_read', { fd: 0 }]];

function made(lines: readonly (readonly Line[])[]): MadeRecord[] {
  return madeOf(lines).sort((a, b) => a.time - b.time);
}

async function predict(records: readonly MadeRecord[], more: object = {}): Promise<TraceVerdict> {
  return await checkRecords('made', recordsOf(records, { cpus: 3, ...more }), { predict: true });
}

async function found(...lines: readonly (readonly Line[])[]): Promise<number> {
  const { verdict, prediction } = await predict(made([beginning, ...lines]));
  expect(verdict).toBe('clean');
  expect(prediction?.lacks).toBe(undefined);
  return prediction?.possible.length ?? 0;
}

test('a frame that only the flush of a stranger kept from early reuse is possible, not violated', async () => {
  const { verdict, violations, prediction } = await predict(
    made([beginning, unmapped, stranger, freed, reused, goesOn]),
  );
  expect(verdict).toBe('clean');
  expect(violations).toEqual([]);
  expect(prediction?.possible).toMatchObject([
    {
      rule: 'frame-reused-before-flush',
      frame: FRAME,
      unmapped: { task: 'kswapd0/3', what: 'try_to_unmap_one' },
      freed: { task: 'kswapd0/3' },
      reused: { task: 'cg/7' },
      flushes: [{ cpu: 0, asked: { task: 'rd/9', what: 'flush_tlb_mm_range' } }],
      proofs: [{ cpu: 0 }],
    },
  ]);
  expect(prediction?.possible[0]?.reordering).toContain(
    'flush_tlb_mm_range by rd/9 only after 1.000300000',
  );
});

test('in the order that it warns of, it is a violation', async () => {
  const later = flushBy('rd/9', 350);
  const { verdict } = await predict(made([beginning, unmapped, freed, reused, later, goesOn]));
  expect(verdict).toBe('violated');
});

describe('nothing is possible', () => {
  test('where the flush was asked for by who unmapped, freed or took the frame', async () => {
    for (const by of ['kswapd0/3', 'renamed/3', 'cg/7']) {
      expect(await found(unmapped, flushBy(by, 150), freed, reused, goesOn)).toBe(0);
    }
  });
  test('where one of them asked as well', async () => {
    const too = flushBy('kswapd0/3', 170);
    expect(await found(unmapped, stranger, too, freed, reused, goesOn)).toBe(0);
    const taker = flushBy('cg/7', 250);
    expect(await found(unmapped, stranger, freed, taker, reused, goesOn)).toBe(0);
    const batch: Line[] = [[170, 1, 'kswapd0/3', 'batch_flush', { cpus: 1 }]];
    expect(await found(unmapped, stranger, batch, freed, reused, goesOn)).toBe(0);
  });
  test('where the entry may have been emptied before the request', async () => {
    const early = flushBy('kswapd0/3', 100);
    expect(await found(unmapped, early, stranger, freed, reused, goesOn)).toBe(0);
  });
  test('where the CPU left the mm meanwhile', async () => {
    const away: Line[] = [
      [160, 0, 'rd/8', 'switch_mm', { prev: M, next: N }],
      [161, 0, 'rd/8', 'tlb_flush', { reason: 0, pages: 0 }],
      [162, 0, 'x/10', 'switch_mm', { prev: N, next: M }],
      [163, 0, 'x/10', 'tlb_flush', { reason: 0, pages: 0 }],
    ];
    expect(await found(unmapped, stranger, away, freed, reused, goesOn)).toBe(0);
  });
  test('where the CPU may have been lazy', async () => {
    expect(await found(unmapped, stranger, freed, reused)).toBe(0);
    const wakes: Line[] = [
      [390, 0, 'kworker/0:1/5', 'switch_mm', { prev: M, next: M }],
      [391, 0, 'kworker/0:1/5', 'tlb_flush', { reason: 0, pages: ALL }],
    ];
    expect(await found(unmapped, stranger, freed, reused, wakes, goesOn)).toBe(0);
  });
  test('where another flush came too, of which nobody knows who asked', async () => {
    const other: Line[] = [[170, 0, 'rd/8', 'tlb_flush', { reason: 1, pages: ALL }]];
    expect(await found(unmapped, stranger, other, freed, reused, goesOn)).toBe(0);
  });
  test('where the entry was set again', async () => {
    const again: Line[] = [[120, 0, 'rd/8', 'rmap_add_file', mapped]];
    expect(await found(unmapped, again, stranger, freed, reused, goesOn)).toBe(0);
  });
});

test('a flush that its own task asked for only after freeing comes in time by chance too', async () => {
  const late = flushBy('kswapd0/3', 250);
  expect(await found(unmapped, freed, late, reused, goesOn)).toBe(1);
});

describe('refused, with the reason', () => {
  const lines = made([beginning, unmapped, stranger, freed, reused, goesOn]);
  const without = (event: string): MadeRecord[] => lines.filter((one) => one.event !== event);
  test.each([
    ['no batch_flush', without('batch_flush'), {}],
    ['no flush_range', without('flush_range'), {}],
    ['flush_func has no field from', lines.map(withoutFrom), {}],
    ['not the same on all CPUs', lines, { clock: 'local' }],
    ['microseconds', lines, { timeResolution: 1000 }],
  ])('%s', async (reason, records, facts) => {
    const { prediction } = await predict(records, facts);
    expect(prediction?.possible).toEqual([]);
    expect(prediction?.lacks?.join()).toContain(reason);
  });
});

function withoutFrom(record: MadeRecord): MadeRecord {
  const { from: _, ...fields } = record.fields;
  return { ...record, fields };
}

/** What lufcheck's recorder says: both probes were on, whether they ever fired or not. */
const recorder = {
  recorder: {
    version: '',
    profile: 'full',
    pageArray: undefined,
    flushCeiling: undefined,
    pcid: false,
    invlpgb: false,
    online: '',
    probes: [],
    events: ['luf/batch_flush', 'luf/flush_range'],
    refused: [],
  },
};

function random(plant: Plant, seed: number, steps: number): MadeRecord[] {
  return new StockKernel({ seed, plant, cpus: 2 + (seed % 3), steps }).records;
}

test.each([7919, 23757, 39595, 71271, 87109])(
  'of a random kernel that keeps its TLBs right nothing is possible, seed %i',
  async (seed) => {
    const { prediction } = await predict(random('none', seed, 2000), recorder);
    expect(prediction).toEqual({ possible: [], omitted: 0 });
  },
);

describe('a kernel that skips a flush, in a run that happens to go well', () => {
  test.each<[Plant, number, number]>([
    ['skip-batch', 87109, 1000],
    ['skip-batch', 71271, 500],
  ])('%s, seed %i', async (plant, seed, steps) => {
    const { verdict, prediction } = await predict(random(plant, seed, steps), recorder);
    expect(verdict).toBe('clean');
    expect(prediction?.possible.length).toBeGreaterThan(0);
  });

  test('what munmap leaves out is wrong when it returns, and needs no prediction', async () => {
    const { verdict } = await predict(random('skip-range', 15838, 1000), recorder);
    expect(verdict).toBe('violated');
  });

  test('and goes wrong when it goes on', async () => {
    const { verdict } = await predict(random('skip-batch', 71271, 700), recorder);
    expect(verdict).toBe('violated');
  });
});

test('the same recording without --predict says the same but for that', async () => {
  const records = random('skip-batch', 71271, 700);
  const { prediction, ...rest } = await predict(records, recorder);
  expect(prediction?.possible.length).toBeGreaterThan(0);
  const plain = await checkRecords('made', recordsOf(records, { cpus: 3, ...recorder }));
  expect(plain).toEqual(rest);
});
