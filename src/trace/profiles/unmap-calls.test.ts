// A call that takes an address away, and an entry there that reclaim has emptied: what makes its return
// wrong, and what makes it right.

import { expect, test } from 'vitest';
import { judgeRecords, type Line, madeOf } from '../check/testing/records.ts';
import type { TraceVerdict } from '../check/verdict.ts';

const ALL = 'ffffffffffffffff';
const M = 'ff11000003c51000';
const INIT = 'ffffffff82b5a740';
const VA = 0x7f0000005000;
const PAGE = 4096;
const page = (frame: number): string => (0xffd4000000000000n + BigInt(frame) * 64n).toString(16);
const FRAME = 0x2905;
const mapping = {
  ...{ page: page(FRAME), mm: M, vm_start: VA - 5 * PAGE, vm_pgoff: 0, vm_flags: 0x71, index: 5 },
  mapping: 'ff1100000512f130',
};

/** Both CPUs run mm M; reclaim on CPU 1 empties an entry that CPU 0 may have cached. */
const emptied: Line[] = [
  ...[0, 1].flatMap((cpu): Line[] => [
    [10 + cpu, cpu, '<idle>/0', 'switch_mm', { prev: INIT, next: M }],
    [10 + cpu, cpu, '<idle>/0', 'tlb_flush', { reason: 0, pages: ALL }],
  ]),
  ...[1, 2, 3].flatMap((frame): Line[] => [
    [30 + frame, 1, 'cg/7', 'mm_page_alloc', { pfn: frame, order: 0 }],
    [30 + frame, 1, 'cg/7', 'rmap_add_new_anon', { page: page(frame), mm: M, addr: frame * PAGE }],
  ]),
  [40, 0, 'rd/8', 'rmap_add_file', { ...mapping, page: page(0x2900), index: 9 }],
  [100, 1, 'kswapd0/3', 'unmap_one', { folio: page(FRAME), mm: M, addr: VA, ttu: 64 }],
  [101, 1, 'kswapd0/3', 'rmap_del', { ...mapping, cpus: 1 }],
  [102, 1, 'kswapd0/3', 'unmap_one_ret', { ret: 1 }],
];
const enters: Line = [200, 0, 'rd/8', 'sys_enter_munmap', { addr: VA, len: PAGE }];
const zapsTo = (end: number): Line => [201, 0, 'rd/8', 'zap', { mm: M, start: VA, end }];
const zaps = zapsTo(VA + PAGE);
const flushes: Line[] = [
  [202, 0, 'rd/8', 'flush_func', { mm: M, start: 0, end: ALL, gen: 5, from: 0 }],
  [203, 0, 'rd/8', 'tlb_flush', { reason: 3, pages: ALL }],
];
const returns: Line = [210, 0, 'rd/8', 'sys_exit_munmap', { ret: 0 }];
const goesOn: Line = [400, 0, 'rd/8', 'sys_enter_read', { fd: 0 }];

async function judged(...lines: Line[]): Promise<TraceVerdict> {
  return await judgeRecords(madeOf([emptied, lines, [goesOn]]));
}

const fired = ({ violations }: TraceVerdict): string[] => violations.map(({ rule }) => rule);

test('munmap returns, and nothing was flushed since reclaim emptied the entry', async () => {
  const verdict = await judged(enters, zaps, returns);
  expect(fired(verdict)).toEqual(['address-changed-before-flush']);
  expect(verdict.violations[0]?.reused.what).toBe('munmap(2) returned');
  expect(verdict.violations[0]?.cpus).toEqual([0]);
});

test.each<[string, Line[]]>([
  ['it flushes', [enters, zaps, ...flushes, returns]],
  ['it has not returned', [enters, zaps]],
  [
    'its range is another one',
    [enters, [201, 0, 'rd/8', 'zap', { mm: M, start: 0, end: PAGE }], returns],
  ],
  ['the address is emptied by another call', [zaps, returns]],
  [
    'it keeps what the address means',
    [
      [200, 0, 'rd/8', 'sys_enter_madvise', { start: VA }],
      zaps,
      [210, 0, 'rd/8', 'sys_exit_madvise', { ret: 0 }],
    ],
  ],
])('no alarm: %s', async (_, lines) => {
  expect(fired(await judged(...lines))).toEqual([]);
});

test('what is too large to be looked through is counted', async () => {
  const verdict = await judged(enters, zapsTo(VA + 2 ** 27), returns);
  expect(fired(verdict)).toEqual([]);
  expect(verdict.notes.filter((one) => one.startsWith('1 unmapped ranges'))).toHaveLength(1);
});
