import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { madvise_dontneed } from '../kernel/paths/madvise.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { mprotect } from '../kernel/paths/mprotect.ts';
import { swap_out } from '../kernel/paths/swap-out.ts';
import { load, store } from '../kernel/paths/user.ts';
import type { Setup, ThreadSetup } from '../kernel/scenario.ts';
import { immediateHolds, withoutLuf } from './designs.ts';
import { compaction, keeper } from './migrate-writable.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const where = 'linux-mm, threads of LUF v10 and v11';
const setup: Setup = {
  vmas: [{ mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'read-only' }],
  cached: [],
  loaded: [null, 0, 0],
};
const world = { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 0, swaps: 1 };
const swapper: ThreadSetup = thread('kswapd', 0, (k) => [swap_out(k, {})]);
const reader = (from: string): ThreadSetup =>
  thread('reader', 1, (k, cpu) => [hear(k, k.thread(from)), load(k, { cpu, ...place(0, 0) })]);

export const lufSwapWrite: Scenario = {
  id: 'LUF-swap-write',
  title: 'a store after swap-in, and a reader of the frame that was swapped out',
  provenance: { source: 'review of LUF v10, David Hildenbrand, May 2024', where },
  says: 'A private page is mapped read-only and swapped out lazily. One thread stores: it swaps the page in, writable, and tells another one, which still reads the old frame.',
  world,
  setup,
  threads: [
    swapper,
    reader('writer'),
    thread('writer', 2, (k, cpu) => [
      store(k, { cpu, ...place(0, 0) }),
      tell(k, k.thread('reader')),
    ]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'LUF v12 less the payment at the end of a fault',
      design: { design: lufV12, without: ['handle_mm_fault'] },
      expect: 'stale-read',
    },
    { id: 'repaired', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    {
      id: 'v11',
      says: 'LUF v11 as posted: do_swap_page has no hook',
      design: { design: lufV11 },
      expect: 'stale-read',
    },
    {
      id: 'mainline',
      says: 'no LUF at all: a window as long as one batch of reclaim',
      design: { design: mainline },
      expect: 'stale-read',
    },
    immediateHolds,
  ],
};

const caller = thread('caller', 2, (k) => [
  madvise_dontneed(k, place(0, 0)),
  tell(k, k.thread('reader')),
]);

export const lufDontneed: Scenario = {
  id: 'LUF-dontneed',
  title: 'MADV_DONTNEED of a page that was swapped out lazily',
  provenance: { source: 'review of LUF v10, Dave Hansen, May 2024, on what munmap misses', where },
  says: 'A private page is mapped read-only and swapped out lazily. madvise(MADV_DONTNEED) drops the swap entry; there is no translation that it would flush. A thread that knows of it should read zeroes.',
  world,
  setup,
  threads: [swapper, reader('caller'), caller],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'LUF v11 less the question whether reclaim left something pending',
      design: { design: lufV11, without: ['flush_tlb_batched_pending@zap_pte_range'] },
      expect: 'stale-read',
    },
    { id: 'repaired', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    {
      id: 'v12-broken',
      says: 'LUF v12 less that question and the payment at the end of a vma',
      design: {
        design: lufV12,
        without: ['flush_tlb_batched_pending@zap_pte_range', 'tlb_end_vma'],
      },
      expect: 'stale-read',
    },
    {
      id: 'v12-end-vma',
      says: 'LUF v12 less that question: the payment at the end of a vma is enough',
      design: { design: lufV12, without: ['flush_tlb_batched_pending@zap_pte_range'] },
      expect: 'holds',
    },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    {
      id: 'v11-migration',
      says: 'LUF v11 as posted, and the page is being migrated instead',
      design: { design: lufV11 },
      threads: [compaction, reader('caller'), caller],
      expect: 'holds',
    },
    {
      id: 'v11-migration-broken',
      says: 'the same less the question whether something is pending: the migration entry hides it',
      design: { design: lufV11, without: ['flush_tlb_batched_pending@zap_pte_range'] },
      threads: [compaction, reader('caller'), caller],
      expect: 'stale-read',
    },
    {
      id: 'v12-migration',
      says: 'LUF v12 as posted, and the page is being migrated instead',
      design: { design: lufV12 },
      threads: [compaction, reader('caller'), caller],
      expect: 'holds',
    },
    ...withoutLuf,
  ],
};

export const swapWriteout: Scenario = {
  id: 'swap-writeout',
  title: 'a store lands in a private page after its bytes went to swap',
  provenance: {
    source:
      '"mm: defer flush of writable TLB entries", Mel Gorman, 2015: why try_to_unmap_flush_dirty exists',
    where: 'mm/rmap.c, try_to_unmap_flush_dirty',
  },
  says: 'A CPU has a writable, dirty entry of private memory cached. Reclaim empties the page-table entry, writes the page to swap and drops it. The CPU stores once more, and looks for its store.',
  world: { ...world, cpus: 2 },
  setup: {
    ...setup,
    vmas: [
      { mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'writable and dirty' },
    ],
    loaded: [null, 0],
  },
  threads: [swapper, keeper],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'mainline that writes out before it flushes',
      design: { design: mainline, without: ['try_to_unmap_flush_dirty'] },
      expect: 'stale-read',
    },
    { id: 'repaired', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    {
      id: 'v12-broken',
      says: 'LUF v12 that writes out before it flushes',
      design: { design: lufV12, without: ['try_to_unmap_flush_dirty'] },
      expect: 'stale-read',
    },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    immediateHolds,
  ],
};

const protector = thread('protector', 2, (k) => [mprotect(k, { ...place(0, 0), writable: false })]);

export const lufSwapProtect: Scenario = {
  id: 'LUF-swap-mprotect',
  title: 'a page that is being made read-only is swapped out lazily',
  provenance: {
    source:
      'review of LUF v10, David Hildenbrand, 28 May 2024: an entry that reads read-only may still be cached writable',
    where: 'linux-mm, thread of [PATCH v10 00/12] LUF',
  },
  says: 'As LUF-migrate-mprotect, with reclaim in the place of migration. The entry is dirty, so reclaim flushes before the page is written out, whether or not it had deferred that.',
  world,
  setup: {
    ...setup,
    vmas: [
      { mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'writable and dirty' },
    ],
  },
  threads: [swapper, keeper, protector],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'v11-broken',
      says: 'LUF v11 that writes out before it flushes',
      design: { design: lufV11, without: ['try_to_unmap_flush_dirty'] },
      expect: 'lost-write',
    },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    ...withoutLuf,
  ],
};
