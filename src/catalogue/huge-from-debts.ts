import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { collapse_huge_page } from '../kernel/paths/khugepaged.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { mprotect } from '../kernel/paths/mprotect.ts';
import { reclaim } from '../kernel/paths/reclaim.ts';
import { load } from '../kernel/paths/user.ts';
import type { Setup, ThreadSetup } from '../kernel/scenario.ts';
import type { World } from '../kernel/world.ts';
import { withoutLuf } from './designs.ts';
import { hugeWorld, mm, smallPages } from './huge-pages.ts';
import { place, thread } from './places.ts';
import type { Scenario, Variant } from './scenario.ts';
import { flushedAfterwards, usedAfterwards } from './witnesses.ts';

const world: World = { ...hugeWorld, cpus: 2, mms: 2, slots: 1 };
const readOnly = { va: 0, writable: false, shared: true, present: 'read-only' } as const;
const setup: Setup = {
  vmas: [
    ...smallPages('writable and dirty', 'writable and dirty'),
    { mm: 1, file: 0, ...readOnly },
  ],
  cached: [3],
  loaded: [null, 1],
  huge: { frames: [2, 3] },
};
const threads = (folios: number): readonly ThreadSetup[] => [
  thread('kswapd', 0, (k) => [...reclaim(k, folios), tell(k, k.thread('khugepaged'))]),
  thread('khugepaged', 0, (k) => [hear(k, k.thread('kswapd')), collapse_huge_page(k, { mm })]),
  thread('reader', 1, (k, cpu) => [load(k, { cpu, ...place(1, 0) })]),
];
/** The other file is mapped on a CPU of its own, which may hold its translation at any time. */
const both: Pick<Variant, 'world' | 'setup' | 'threads'> = {
  world: { ...world, cpus: 3, mms: 3, slots: 2, frames: 5, keys: 2 },
  setup: {
    ...setup,
    vmas: [...setup.vmas, { mm: 2, file: 1, ...readOnly }],
    cached: [2, 3],
    loaded: [null, 1, 2],
  },
  threads: threads(2),
};

/**
 * A page that both processes map is taken away, then one that only the second one maps. The second one
 * flushes in between: its CPU has paid for the first page, and not for the second.
 */
const flushedBetween = {
  world: { ...world, cpus: 3, mms: 3, slots: 2, keys: 2 },
  setup: {
    vmas: [
      ...smallPages('writable and dirty', 'writable and dirty'),
      { mm: 1, file: 0, ...readOnly },
      { mm: 2, file: 0, ...readOnly },
      { mm: 2, file: 1, ...readOnly, va: 1 },
    ],
    cached: [2, 3],
    loaded: [null, 1, 2],
  },
  threads: [
    thread('khugepaged', 0, (k) => [
      ...reclaim(k),
      mprotect(k, { ...place(2, 1), writable: false }),
      ...reclaim(k),
      collapse_huge_page(k, { mm }),
      tell(k, k.thread('reader')),
    ]),
    thread('reader', 2, (k, cpu) => [
      hear(k, k.thread('khugepaged')),
      load(k, { cpu, ...place(2, 1) }),
    ]),
  ],
  // The reader is told when the huge page is there: by then whoever had the old page is flushed.
  reaches: [flushedAfterwards],
} satisfies Partial<Variant>;

export const hugeFromDebts: Scenario = {
  id: 'huge-from-debts',
  title: 'khugepaged takes a block of free frames, and the second one owes a flush',
  provenance: {
    source: 'prep_new_page and luf_takeoff, for each page of a block that is handed out as one',
    where:
      'mm/page_alloc.c, LUF v11 and v12; found by hand: a debt of the second frame went unseen',
  },
  says: 'Reclaim takes a page of a file away lazily. Its frame is the second half of the block that khugepaged gets for a huge page, and copies private memory into. Whoever has the file mapped must not read that.',
  world,
  setup,
  threads: threads(1),
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'v12-broken',
      says: 'LUF v12 that hands out a frame without asking for its debt',
      design: { design: lufV12, without: ['luf_takeoff'] },
      expect: 'leak',
    },
    { id: 'v11', says: lufV11.says, design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: lufV12.says, design: { design: lufV12 }, expect: 'holds' },
    ...[lufV11, lufV12].flatMap((design): Variant[] => [
      {
        id: `${design.id}-first`,
        says: `the first frame owes a flush, the second none; ${design.id}`,
        design: { design },
        setup: { ...setup, huge: { frames: [3, 2] } },
        expect: 'holds',
      },
      {
        id: `${design.id}-both`,
        says: `both frames owe a flush, by two CPUs; ${design.id}`,
        design: { design },
        ...both,
        expect: 'holds',
      },
    ]),
    ...['newer first', 'older first'].map(
      (order, n): Variant => ({
        id: `v12-${order.replace(' ', '-')}`,
        says: `both frames owe a flush, and one CPU has been flushed in between; ${order}; LUF v12`,
        design: { design: lufV12 },
        ...flushedBetween,
        setup: { ...flushedBetween.setup, huge: { frames: n === 0 ? [3, 2] : [2, 3] } },
        expect: 'holds',
      }),
    ),
    ...withoutLuf,
  ],
};
