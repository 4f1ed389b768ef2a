import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { shrink_lazyfree } from '../kernel/paths/lazyfree.ts';
import { type FreeHow, madvise_free } from '../kernel/paths/madvise-free.ts';
import { madvise_cold } from '../kernel/paths/madvise-pageout.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { swap_out } from '../kernel/paths/swap-out.ts';
import { load, store } from '../kernel/paths/user.ts';
import type { Setup, ThreadSetup } from '../kernel/scenario.ts';
import type { UserKernel } from '../kernel/user-kernel.ts';
import type { Code } from '../lang/nodes.ts';
import { immediateHolds } from './designs.ts';
import { place, thread } from './places.ts';
import type { Scenario, Variant } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const at = place(0, 0);
const setup: Setup = {
  vmas: [{ mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'writable and dirty' }],
  cached: [],
  loaded: [null, 0, 0],
};
const reclaimer: ThreadSetup = thread('kswapd', 0, (k) => [shrink_lazyfree(k, {})]);
/** Stores and looks, having heard from another thread. */
const user = (from: string): ThreadSetup =>
  thread('user', 1, (k, cpu) => [
    hear(k, k.thread(from)),
    store(k, { cpu, ...at }),
    load(k, { cpu, ...at }),
  ]);
const telling = (name: string, cpu: number, code: (k: UserKernel) => Code): ThreadSetup =>
  thread(name, cpu, (k) => [code(k), tell(k, k.thread('user'))]);
const freeing = (how?: FreeHow): ThreadSetup =>
  telling('caller', 2, (k) => madvise_free(k, at, how));
const withLuf: readonly Variant[] = [
  { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
  { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
  immediateHolds,
];

export const madviseFree: Scenario = {
  id: 'madvise-free',
  title: 'an entry that MADV_FREE has made clean, and a CPU that still has it as dirty',
  provenance: {
    source:
      '854e9ed09ded, "mm: support madvise(MADV_FREE)", Minchan Kim, 2016: it gathers each entry that it makes clean, and flushes',
    where: 'mm/madvise.c, madvise_free_pte_range; madvise(2), MADV_FREE: a later store cancels it',
  },
  says: 'MADV_FREE makes an entry clean. A thread that knows of it stores, through a TLB entry that is still dirty: the page-table entry stays clean, and reclaim drops the page with what was stored.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 0 },
  setup,
  threads: [reclaimer, user('caller'), freeing()],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'MADV_FREE without a flush',
      design: { design: mainline },
      threads: [reclaimer, user('caller'), freeing({ flush: 'never' })],
      expect: 'stale-read',
    },
    { id: 'repaired', says: 'mainline', design: { design: mainline }, expect: 'holds' },
    {
      id: 'not-told',
      says: 'a thread that does not know of it: its store may go with the page, or not',
      design: { design: mainline },
      threads: [
        reclaimer,
        thread('user', 1, (k, cpu) => [store(k, { cpu, ...at }), load(k, { cpu, ...at })]),
        thread('caller', 2, (k, cpu) => [
          madvise_free(k, at),
          load(k, { cpu, ...at }),
          store(k, { cpu, ...at }),
          load(k, { cpu, ...at }),
        ]),
      ],
      expect: 'holds',
    },
    ...withLuf,
  ],
};

export const parallelFree: Scenario = {
  id: '99baac21e458-free',
  title: 'the second of two MADV_FREE finds a clean entry and flushes nothing',
  provenance: {
    source:
      '99baac21e458, "mm: fix MADV_[FREE|DONTNEED] TLB flush miss problem", Minchan Kim, 2017',
    where: "the commit's text",
  },
  says: 'Two threads free the same page lazily. The first makes the entry clean and will flush later. The second finds it clean, returns, and says so. A CPU that still has the entry as dirty stores, and reclaim drops the page.',
  world: { cpus: 4, mms: 1, vas: 1, frames: 2, slots: 0 },
  setup: { ...setup, loaded: [null, 0, null, null] },
  threads: [
    thread('first', 0, (k) => [madvise_free(k, at)]),
    telling('second', 2, (k) => madvise_free(k, at)),
    user('second'),
    { ...reclaimer, cpu: 3 },
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'a gather that does not ask for others',
      design: { design: mainline, without: ['mm_tlb_flush_nested@tlb_finish_mmu'] },
      expect: 'stale-read',
    },
    { id: 'repaired', says: 'mainline since', design: { design: mainline }, expect: 'holds' },
    ...withLuf,
  ],
};

const point = 'flush_tlb_batched_pending@madvise_free_pte_range';
const swapper: ThreadSetup = thread('kswapd', 0, (k) => [swap_out(k, {})]);

export const batchVsMadvise: Scenario = {
  id: '3ea277194daa-madvise',
  title: 'MADV_FREE skips its flush for an entry that reclaim has emptied and not flushed',
  provenance: {
    source:
      '3ea277194daa, "mm, mprotect: flush TLB if potentially racing with a parallel reclaim", Nadav Amit and Mel Gorman, 2017',
    where: "the commit's text: madvise among those that look at entries which reclaim has emptied",
  },
  says: 'A CPU has a writable, dirty entry cached. Reclaim makes the page-table entry a swap entry and will flush later. MADV_FREE drops the swap entry, has nothing to flush and returns. The CPU stores into a page that is on its way out.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 0, swaps: 1 },
  setup,
  threads: [swapper, user('caller'), freeing()],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'mainline before the commit',
      design: { design: mainline, without: [point] },
      expect: 'lost-write',
    },
    { id: 'repaired', says: 'mainline since', design: { design: mainline }, expect: 'holds' },
    {
      id: 'v11-broken',
      says: 'LUF v11 without what mainline learnt',
      design: { design: lufV11, without: [point] },
      expect: 'lost-write',
    },
    {
      id: 'v12-broken',
      says: 'LUF v12 without it: what it pays at the end of a vma is for what it deferred, and a writable entry is not',
      design: { design: lufV12, without: [point] },
      expect: 'lost-write',
    },
    ...withLuf,
    {
      id: 'cold-less-point',
      says: 'MADV_COLD, which promises nothing, without the question',
      design: {
        design: mainline,
        without: ['flush_tlb_batched_pending@madvise_cold_or_pageout_pte_range'],
      },
      threads: [swapper, user('caller'), telling('caller', 2, (k) => madvise_cold(k, at))],
      expect: 'holds',
    },
  ],
};
