// One debt, and everything that may happen to it: each mechanism that accuses or explains has a case
// here that comes out the other way without it.

import { describe, expect, test } from 'vitest';
import { judgeRecords, type Line, madeOf } from './testing/records.ts';

const ALL = 'ffffffffffffffff';
const M = 'ff11000003c51000';
const N = 'ff11000003c52000';
const INIT = 'ffffffff82b5a740';
const VA = 0x7f0000005000;
const page = (frame: number): string => (0xffd4000000000000n + BigInt(frame) * 64n).toString(16);
const FRAME = 0x2905;

/** Both CPUs run mm M, and three pages were met under both names. */
const beginning: Line[] = [
  [10, 0, '<idle>/0', 'switch_mm', { prev: INIT, next: M }],
  [11, 0, '<idle>/0', 'tlb_flush', { reason: 0, pages: ALL }],
  [20, 1, '<idle>/0', 'switch_mm', { prev: INIT, next: M }],
  [21, 1, '<idle>/0', 'tlb_flush', { reason: 0, pages: ALL }],
  ...[1, 2, 3].flatMap((frame): Line[] => [
    [30 + frame, 1, 'cg/7', 'mm_page_alloc', { pfn: frame, order: 0 }],
    [30 + frame, 1, 'cg/7', 'rmap_add_new_anon', { page: page(frame), mm: M, addr: frame * 4096 }],
  ]),
  [40, 0, 'rd/8', 'rmap_add_file', { ...fileFields(), page: page(0x2900), index: 9 }],
];

function fileFields(): Record<string, string | number> {
  return {
    page: page(FRAME),
    mm: M,
    vm_start: 0x7f0000000000,
    vm_pgoff: 0,
    vm_flags: 0x71,
    index: 5,
    mapping: 'ff1100000512f130',
  };
}

/** Reclaim on CPU 1 unmaps a page that CPU 0 may have cached, and frees it. */
const unmapped: Line[] = [
  [100, 1, 'kswapd0/3', 'unmap_one', { folio: page(FRAME), mm: M, addr: VA, ttu: 64 }],
  [101, 1, 'kswapd0/3', 'rmap_del', { ...fileFields(), cpus: 1 }],
  [102, 1, 'kswapd0/3', 'unmap_one_ret', { ret: 1 }],
];
const freed: Line[] = [[200, 1, 'kswapd0/3', 'mm_page_free', { pfn: FRAME, order: 0 }]];
const reused: Line[] = [[300, 1, 'cg/7', 'mm_page_alloc', { pfn: FRAME, order: 0 }]];

const flush = (time: number, more: object = {}): Line[] => [
  [time, 0, 'rd/8', 'flush_func', { mm: '0', start: 0, end: ALL, gen: 0, from: 1, ...more }],
  [time + 1, 0, 'rd/8', 'tlb_flush', { reason: 1, pages: ALL }],
];
const handlerLater = flush(400, { mm: M, gen: 5 });

async function frameReuse(
  ...lines: readonly (readonly Line[])[]
): Promise<{ word: string; violations: number; explained: number; undecided: number }> {
  const verdict = await judgeRecords(madeOf([beginning, ...lines]));
  const rule = verdict.rules.find(({ id }) => id === 'frame-reused-before-flush');
  const { violations = 0, explained = 0, undecided = 0 } = rule ?? {};
  return { word: verdict.verdict, violations, explained, undecided };
}

const violated = { word: 'violated', violations: 1, explained: 0, undecided: 0 };
const explained = { word: 'clean', violations: 0, explained: 1, undecided: 0 };
const paid = { word: 'clean', violations: 0, explained: 0, undecided: 0 };

describe('lazy TLB', () => {
  test('a CPU whose next flush handler finds it at work was not lazy', async () => {
    expect(await frameReuse(unmapped, freed, reused, handlerLater)).toEqual(violated);
  });
  test('a CPU that flushes as it leaves lazy mode may have been lazy all the time', async () => {
    const wakes: Line[] = [
      [390, 0, 'kworker/0:1/5', 'switch_mm', { prev: M, next: M }],
      [391, 0, 'kworker/0:1/5', 'tlb_flush', { reason: 0, pages: ALL }],
    ];
    expect(await frameReuse(unmapped, freed, reused, wakes, handlerLater)).toEqual(explained);
  });
  test('a CPU that goes on in the mm without a flush uses what it has', async () => {
    const goesOn: Line[] = [
      [390, 0, 'kworker/0:1/5', 'switch_mm', { prev: M, next: M }],
      [500, 0, 'rd/8', 'mm_page_free', { pfn: 77, order: 0 }],
    ];
    expect(await frameReuse(unmapped, freed, reused, goesOn)).toEqual(violated);
  });
  test('a lazy CPU that a flush handler takes to init_mm has left', async () => {
    const dropped: Line[] = [
      [390, 0, 'rcu_preempt/9', 'flush_func', { mm: M, start: 0, end: ALL, gen: 5, from: 1 }],
      [391, 0, 'rcu_preempt/9', 'switch_mm', { prev: '0', next: INIT }],
      [392, 0, 'rcu_preempt/9', 'tlb_flush', { reason: 0, pages: ALL }],
    ];
    expect(await frameReuse(unmapped, freed, reused, dropped)).toEqual(explained);
  });
  test('where the trace ends first it stays undecided', async () => {
    expect(await frameReuse(unmapped, freed, reused)).toEqual({ ...paid, undecided: 1 });
  });
});

describe('who runs', () => {
  const call: Line[] = [[350, 0, 'rd/8', 'sys_enter_munmap', { addr: 0, len: 4096 }]];
  const fault: Line[] = [
    [350, 0, 'rd/8', 'rmap_add_new_anon', { page: page(0x2906), mm: M, addr: 0x9000 }],
  ];
  test('a system call proves that its CPU is not lazy', async () => {
    expect(await frameReuse(unmapped, freed, reused, call)).toEqual(violated);
  });
  test('so does a page fault in the mm', async () => {
    expect(await frameReuse(unmapped, freed, reused, fault)).toEqual(violated);
  });
  test('a kernel thread that maps pages of a borrowed mm proves nothing', async () => {
    const borrowed = fault.map(([t, c, , ...rest]): Line => [t, c, 'khugepaged/8', ...rest]);
    expect((await frameReuse(unmapped, freed, reused, borrowed)).violations).toBe(0);
  });
  test('nor does an exiting task, which frees pages while its CPU is lazy', async () => {
    const exiting: Line[] = [
      [350, 0, 'rd/8', 'mm_page_free', { pfn: 0x2960, order: 0 }],
      [360, 0, 'rd/8', 'switch_mm', { prev: M, next: N }],
      [361, 0, 'rd/8', 'tlb_flush', { reason: 0, pages: ALL }],
    ];
    expect(await frameReuse(unmapped, freed, reused, exiting)).toEqual(explained);
  });
  test('unless it is seen alive afterwards', async () => {
    const alive: Line[] = [
      [350, 0, 'rd/8', 'mm_page_free', { pfn: 0x2960, order: 0 }],
      [360, 0, 'rd/8', 'switch_mm', { prev: M, next: N }],
      [361, 0, 'rd/8', 'tlb_flush', { reason: 0, pages: ALL }],
      [370, 1, 'rd/8', 'sys_enter_munmap', { addr: 0, len: 4096 }],
    ];
    expect(await frameReuse(unmapped, freed, reused, alive)).toEqual(violated);
  });
  test('at the moment itself order across CPUs is unknown', async () => {
    const same = call.map(([, ...rest]): Line => [300, ...rest]);
    expect((await frameReuse(unmapped, freed, reused, same)).violations).toBe(0);
  });
});

describe('switching away', () => {
  const away: Line[] = [
    [150, 0, 'rd/8', 'switch_mm', { prev: M, next: N }],
    [151, 0, 'rd/8', 'tlb_flush', { reason: 0, pages: ALL }],
  ];
  test('before the frame is reused pays the debt', async () => {
    const back: Line[] = [
      [350, 0, 'x/9', 'switch_mm', { prev: N, next: M }],
      [351, 0, 'x/9', 'tlb_flush', { reason: 0, pages: ALL }],
    ];
    expect(await frameReuse(unmapped, away, freed, reused, back, handlerLater)).toEqual(paid);
  });
  test('an mm pointer that is used again does not inherit debts', async () => {
    const again: Line[] = [
      [250, 0, 'x/9', 'switch_mm', { prev: N, next: M }],
      [251, 0, 'x/9', 'tlb_flush', { reason: 0, pages: ALL }],
      [260, 0, 'new/12', 'rmap_add_file', { ...fileFields(), page: page(0x2960) }],
    ];
    expect(await frameReuse(unmapped, away, freed, again, reused, handlerLater)).toEqual(paid);
  });
});

describe('flushes', () => {
  test('a flush that the CPU carried out pays', async () => {
    expect(await frameReuse(unmapped, flush(150), freed, reused, handlerLater)).toEqual(paid);
  });
  test('a flush that someone only asked for does not', async () => {
    const asked: Line[] = [
      [150, 1, 'kswapd0/3', 'batch_flush', { cpus: 1 }],
      [160, 1, 'kswapd0/3', 'batch_flush_ret'],
    ];
    expect(await frameReuse(unmapped, asked, freed, reused, handlerLater)).toEqual(violated);
  });
  test('a handler that returned early did not flush', async () => {
    const early: Line[] = [
      [150, 0, 'rd/8', 'flush_func', { mm: '0', start: 0, end: ALL, gen: 0, from: 1 }],
      [160, 0, 'rd/8', 'mm_page_free', { pfn: 77, order: 0 }],
    ];
    expect(await frameReuse(unmapped, early, freed, reused, handlerLater)).toEqual(violated);
  });
  test('a handler whose own probe was missed did', async () => {
    const missed: Line[] = [[150, 0, 'rd/8', 'tlb_flush', { reason: 1, pages: ALL }]];
    expect(await frameReuse(unmapped, missed, freed, reused, handlerLater)).toEqual(paid);
  });
  const ranged = (time: number, start: number): Line[] => [
    [time, 0, 'rd/8', 'flush_func', { mm: M, start, end: start + 4096, gen: 4, from: 1 }],
    [time + 1, 0, 'rd/8', 'tlb_flush', { reason: 1, pages: 1 }],
  ];
  test('a ranged flush pays for its range', async () => {
    expect(await frameReuse(unmapped, ranged(150, VA), freed, reused, handlerLater)).toEqual(paid);
    expect(await frameReuse(unmapped, ranged(150, VA + 4096), freed, reused, handlerLater)).toEqual(
      violated,
    );
  });
  test('a flush at the very stamp of the unmap may have come after it', async () => {
    const same: Line[] = [
      [99, 0, 'rd/8', 'flush_func', { mm: '0', start: 0, end: ALL, gen: 0, from: 1 }],
      [100, 0, 'rd/8', 'tlb_flush', { reason: 1, pages: ALL }],
    ];
    expect(await frameReuse(same, unmapped, freed, reused, handlerLater)).toEqual(paid);
    const before = same.map(([t, ...rest]): Line => [t - 10, ...rest]);
    expect(await frameReuse(before, unmapped, freed, reused, handlerLater)).toEqual(violated);
  });
});

describe('ptep_clear_flush, which flushes before page_remove_rmap tells', () => {
  const begins: Line[] = [
    [100, 1, 'cg/7', 'clear_flush', { mm: M, addr: VA, pte: '8000000002905067' }],
  ];
  const tells: Line[] = [[130, 1, 'cg/7', 'rmap_del', { ...fileFields(), cpus: 1 }]];
  test('is no violation', async () => {
    expect(await frameReuse(begins, flush(110), tells, freed, reused, handlerLater)).toEqual(paid);
  });
  test('is one if CPU 0 was passed over', async () => {
    expect(await frameReuse(begins, tells, freed, reused, handlerLater)).toEqual(violated);
  });
  test('one flush of a huge page covers what khugepaged removes after it', async () => {
    const start = 0x7f0000000000;
    const collapses: Line[] = [
      [100, 1, 'khugepaged/6', 'flush_range', { mm: M, start, end: start + 2 ** 21, cpus: 1 }],
    ];
    const removes: Line[] = [
      [130, 1, 'khugepaged/6', 'rmap_del', { ...fileFields(), page: page(0x2961), index: 4 }],
      [131, 1, 'khugepaged/6', 'rmap_del', { ...fileFields(), cpus: 1 }],
    ];
    const all = [flush(110, { mm: M }), removes, freed, reused, handlerLater];
    expect(await frameReuse(collapses, ...all)).toEqual(paid);
    const elsewhere: Line[] = [
      [99, 1, 'cg/7', 'clear_flush', { mm: M, addr: 0x1000 }],
      ...collapses.map(([t, c, w, e, f]): Line => [t, c, w, e, { ...f, end: start + 2 ** 20 }]),
    ];
    expect((await frameReuse(elsewhere, ...all)).violations).toBe(1);
  });
});

describe('what the recording lacks', () => {
  test('a probe that may have been switched off proves nothing by its silence', async () => {
    // Code patching goes through poking_mm; the flush probes are not seen again.
    const patching: Line[] = [
      [350, 1, 'trace-cmd/20', 'switch_mm', { prev: '0', next: N }],
      [360, 0, 'rd/8', 'sys_enter_munmap', { addr: 0, len: 4096 }],
    ];
    expect((await frameReuse(unmapped, freed, reused, patching)).violations).toBe(0);
  });
  test('lost records leave open debts unknown', async () => {
    const records = madeOf([beginning, unmapped, freed, reused, handlerLater]);
    const lossy = records.map((one) =>
      one.event === 'flush_func' ? { ...one, lostBefore: 3 } : one,
    );
    const verdict = await judgeRecords(lossy);
    expect(verdict).toMatchObject({ verdict: 'unknown', lost: 3, violations: [] });
    expect(verdict.reasons[0]).toMatchObject({ cpu: 0, time: '1.000400000' });
  });
  test('CPU masks can be inferred from what was loaded where', async () => {
    const { cpus: _, ...fields } = fileFields();
    const without = unmapped.map(
      (line): Line =>
        line[3] === 'rmap_del' ? [line[0], line[1], line[2], line[3], fields] : line,
    );
    const verdict = await judgeRecords(madeOf([beginning, without, freed, reused, handlerLater]));
    expect(verdict.violations[0]?.cpus).toEqual([0]);
    expect(verdict.notes.join()).toContain('rmap_del has no field cpus');
  });
  test.each(['tlb_flush', 'switch_mm', 'rmap_del'])(
    'without %s no rule is judged',
    async (probe) => {
      const records = madeOf([beginning, unmapped, freed, reused, handlerLater]);
      const verdict = await judgeRecords(records.filter(({ event }) => event !== probe));
      expect(verdict.verdict).toBe('unknown');
      expect(verdict.reasons.map(({ text }) => text).join()).toContain(probe);
    },
  );
  test('on a CPU that told nothing of its tasks yet, an entry may have been empty since its first record', async () => {
    // The entry was emptied before CPU 0 flushed; of that only what comes after tells.
    const begun: Line[] = [
      [22, 2, '<idle>/0', 'switch_mm', { prev: INIT, next: N }],
      [23, 2, '<idle>/0', 'tlb_flush', { reason: 0, pages: ALL }],
      [50, 1, 'cg/7', 'flush_range', { mm: N, start: 0, end: 4096, freed: 0, cpus: 4 }],
    ];
    const removed: Line[] = [[101, 2, 'kswapd0/3', 'rmap_del', { ...fileFields(), cpus: 1 }]];
    const told: Line[] = [[95, 2, 'kswapd0/3', 'unmap_one_ret', { ret: 1 }]];
    const rest = [removed, freed, reused, handlerLater];
    expect(await frameReuse(begun, flush(90), ...rest)).toEqual(paid);
    expect(await frameReuse(begun, flush(90), told, ...rest)).toEqual(violated);
  });
  test('that a frame was handed out again need not have been recorded', async () => {
    // Let go unflushed, and mapped there again: what was let go is over, whoever has seen it.
    const slot = { i_ino: 12, index: 5, s_dev: 3, order: 0 };
    const left: Line[] = [
      [150, 1, 'kswapd0/3', 'mm_filemap_delete_from_page_cache', { pfn: FRAME, ...slot }],
    ];
    const again: Line[] = [
      [310, 1, 'kswapd0/3', 'unmap_one', { folio: page(FRAME), mm: M, addr: VA, ttu: 64 }],
      [311, 1, 'kswapd0/3', 'rmap_del', { ...fileFields(), cpus: 1 }],
      [312, 1, 'kswapd0/3', 'unmap_one_ret', { ret: 1 }],
      [313, 1, 'kswapd0/3', 'mm_filemap_delete_from_page_cache', { pfn: FRAME, ...slot }],
    ];
    const filled: Line[] = [
      [320, 0, 'rd/8', 'mm_filemap_add_to_page_cache', { pfn: 0x2950, ...slot }],
      [330, 0, 'rd/8', 'rmap_add_file', { ...fileFields(), page: page(0x2950) }],
    ];
    const told = async (...lines: readonly (readonly Line[])[]): Promise<string[]> => {
      const { violations } = await judgeRecords(madeOf([beginning, ...lines, handlerLater]));
      return [...new Set(violations.map(({ rule }) => rule))].sort();
    };
    expect(await told(unmapped, left, freed, again, filled)).toEqual([]);
    expect(await told(unmapped, left, freed, filled)).toEqual([
      'pte-rewritten-before-flush',
      'slot-refilled-before-flush',
    ]);
  });
  test('clocks that differ between CPUs put close events in no order', async () => {
    const records = madeOf([beginning, unmapped, freed, reused, handlerLater]);
    expect((await judgeRecords(records, { clock: 'local' })).violations).toEqual([]);
  });
  test.each([
    [{ release: '6.15.2' }, 'INVLPGB'],
    [{ truncated: true, warnings: ['lost its index: CPU numbers are guesses'] }, 'which CPU'],
  ])('a recording that cannot be judged at all: %j', async (facts, why) => {
    const records = madeOf([beginning, unmapped, freed, reused, handlerLater]);
    const verdict = await judgeRecords(records, facts);
    expect(verdict).toMatchObject({ verdict: 'unknown', violations: [] });
    expect(verdict.reasons.map(({ text }) => text).join()).toContain(why);
  });
  test('a trace without a usable event is an error', async () => {
    const other = madeOf([[[1, 0, 'a/1', 'sched_switch', {}]]]);
    await expect(judgeRecords(other)).rejects.toMatchObject({ code: 'LUF-E204' });
    await expect(judgeRecords([])).rejects.toMatchObject({ code: 'LUF-E204' });
  });
});

describe('an entry that hardware could not use owes nothing', () => {
  const clears = (more: object = {}): Line[] => [
    [100, 1, 'cg/7', 'clear_flush', { mm: M, addr: VA, ...more }],
    [130, 1, 'cg/7', 'rmap_del', { ...fileFields(), cpus: 1 }],
    ...freed,
    ...reused,
    ...handlerLater,
  ];
  const mapped: Line[] = [[60, 1, 'cg/7', 'rmap_add_file', fileFields()]];
  const changes = (time: number, start: number, more: Line[] = []): Line[] => [
    [time, 0, 'rd/8', 'change_prot', { mm: M, start, end: start + 0x4000 }],
    ...more,
  ];
  const returns: Line = [55, 0, 'rd/8', 'sys_exit_mprotect', { ret: 0 }];
  const violations = async (release: string, ...lines: readonly (readonly Line[])[]) => {
    const verdict = await judgeRecords(madeOf([beginning, ...lines]), { release });
    const { violations: found } = verdict;
    const said = verdict.notes.some((one) => one.includes('whether hardware could use'));
    return { found: found.length > 0, said };
  };
  const accused = { found: true, said: false };
  const silent = { found: false, said: true };

  test('where the probe of ptep_clear_flush reads it', async () => {
    expect(await violations('6.1.0', clears({ pte: '2905067' }))).toEqual(accused);
    // _PAGE_PROTNONE is bit 8.
    expect(await violations('6.1.0', clears({ pte: '2905160' }))).toEqual({
      found: false,
      said: false,
    });
  });
  test('where it does not, only what was mapped and not changed since is sure', async () => {
    const elsewhere = changes(50, 0x10000);
    expect(await violations('6.1.0', elsewhere, mapped, clears())).toEqual(accused);
    expect(await violations('6.1.0', elsewhere, clears())).toEqual(silent);
    expect(await violations('6.1.0', mapped, clears())).toEqual(silent);
    expect(await violations('6.1.0', mapped, changes(70, VA), clears())).toEqual(silent);
    const asked: Line[] = [[101, 1, 'cg/7', 'flush_range', { mm: M, start: VA, end: VA + 4096 }]];
    const [begins, ...rest] = clears();
    if (begins === undefined) throw new Error('no line');
    expect(await violations('6.1.0', mapped, [begins], asked, rest)).toEqual(accused);
  });
  test('copy on write tells that it could', async () => {
    const [begins, ...rest] = clears();
    if (begins === undefined) throw new Error('no line');
    const copies = (more: object): Line[] => [
      [110, 1, 'cg/7', 'rmap_add_new_anon', { page: page(0x77), mm: M, addr: VA, ...more }],
    ];
    expect(await violations('6.1.0', [begins], copies({ vm_flags: 0x73 }), rest)).toEqual(accused);
    expect(await violations('6.1.0', [begins], copies({ vm_flags: 0x70 }), rest)).toEqual(silent);
    const uprobe = [changes(50, 0x10000), mapped, copies({ vm_flags: 0x73 })];
    const late = clears().map(([t, ...one]): Line => [t === 100 ? 120 : t, ...one]);
    expect(await violations('6.1.0', ...uprobe, late)).toEqual(silent);
  });
  test('an entry set while a change goes on may be changed after that', async () => {
    expect(await violations('6.1.0', changes(50, VA, [returns]), mapped, clears())).toEqual(
      accused,
    );
    expect(await violations('6.1.0', changes(50, VA), mapped, clears())).toEqual(silent);
  });
  test('since 6.4 reclaim spares it too', async () => {
    const elsewhere = changes(50, 0x10000);
    const reclaims = [unmapped, freed, reused, handlerLater];
    expect(await violations('6.1.0', elsewhere, ...reclaims)).toEqual(accused);
    expect(await violations('6.12.0', elsewhere, ...reclaims)).toEqual(silent);
    expect(await violations('6.12.0', elsewhere, mapped, ...reclaims)).toEqual(accused);
    expect(await violations('6.12.0', mapped, changes(70, VA), ...reclaims)).toEqual(silent);
  });
  test('a mapping without rights has none', async () => {
    const none: Line[] = [[60, 1, 'cg/7', 'rmap_add_file', { ...fileFields(), vm_flags: 0x70 }]];
    expect(await violations('6.1.0', changes(50, 0x10000), none, clears())).toEqual(silent);
  });
});

test('memory of huge entries is not followed, and a recording that has some is not clean', async () => {
  const verdictOn = async (order: number) =>
    await judgeRecords(
      madeOf([
        beginning,
        unmapped,
        flush(150),
        freed,
        reused,
        [[310, 1, 'cg/7', 'mm_page_free', { pfn: 1024, order }]],
        handlerLater,
      ]),
    );
  const { verdict, reasons } = await verdictOn(9);
  expect(verdict).toBe('unknown');
  expect(reasons.map(({ text }) => text).join()).toMatch(/huge entries map is not followed/);
  expect(await verdictOn(8)).toMatchObject({ verdict: 'clean', reasons: [] });
});
