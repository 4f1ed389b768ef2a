import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { madvise_dontneed } from '../kernel/paths/madvise.ts';
import { load, store } from '../kernel/paths/user.ts';
import { writeback } from '../kernel/paths/writeback.ts';
import type { ZapHow } from '../kernel/paths/zap.ts';
import type { Setup, ThreadSetup } from '../kernel/scenario.ts';
import { filePage, kswapd, place, thread } from './places.ts';
import type { Scenario, Variant } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const slot = filePage(0);
const setup: Setup = {
  vmas: [{ mm: 0, va: 0, file: 0, writable: true, shared: true, present: 'writable and dirty' }],
  cached: [0],
  loaded: [null, 0, 0],
};
const world = { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 1 };
const writer: ThreadSetup = thread('writer', 1, (k, cpu) => [
  store(k, { cpu, ...place(0, 0) }),
  load(k, { cpu, ...place(0, 0) }),
]);
const flusher = (flush: 'under-lock' | 'never'): ThreadSetup =>
  thread('flusher', 2, (k) => [writeback(k, { slot }, { flush })]);

const asItIs: readonly Variant[] = [
  { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
  { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
  { id: 'immediate', says: 'every flush at once', design: { design: immediate }, expect: 'holds' },
];

export const mkclean: Scenario = {
  id: 'folio_mkclean',
  title: 'a page is written out while a CPU can still store to it unnoticed',
  provenance: {
    source:
      'd08b3851da41, "mm: tracking shared dirty pages", Peter Zijlstra, 2006: why page_mkclean exists',
    where: 'mm/rmap.c, page_vma_mkclean_one',
  },
  says: 'Writeback write-protects a mapped page, declares it clean and stores its bytes. A CPU with a writable, dirty entry stores once more. The page is clean, so reclaim drops it. The writer looks.',
  world,
  setup,
  threads: [kswapd, writer, flusher('under-lock')],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'mainline that write-protects without a flush',
      design: { design: mainline },
      threads: [kswapd, writer, flusher('never')],
      expect: 'lost-write',
    },
    { id: 'repaired', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
    {
      id: 'v12-broken',
      says: 'LUF v12 that write-protects without a flush: its own hook does not help',
      design: { design: lufV12 },
      threads: [kswapd, writer, flusher('never')],
      expect: 'lost-write',
    },
    {
      id: 'v12-less-hook',
      says: 'LUF v12 less its hook in folio_mkclean, which nothing here needs',
      design: { design: lufV12, without: ['folio_mkclean'] },
      expect: 'holds',
    },
    ...asItIs,
  ],
};

const zapping = (dirty: Required<ZapHow>['dirty']): ThreadSetup[] => [
  kswapd,
  writer,
  flusher('under-lock'),
  thread('zapper', 2, (k) => [madvise_dontneed(k, place(0, 0), { dirty })]),
];

export const zapVsMkclean: Scenario = {
  id: '1cf35d47712d',
  title: 'zapping lets go of the dirty record before CPUs stop writing',
  provenance: {
    source:
      '1cf35d47712d, "mm: split tlb_flush_mmu() into tlb flushing and memory freeing parts", Linus Torvalds, 2014',
    where: "the commit's text; the report by Dave Hansen before it",
  },
  says: 'Zapping empties a dirty entry of a shared file page, marks the page dirty and drops the page-table lock with its flush still to come. Writeback finds no entry to protect, writes the page and declares it clean. A CPU stores through its old entry. The page is dropped; the writer looks.',
  world,
  setup,
  threads: zapping('before-rmap'),
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'mainline that flushes a dirty page with the rest of the gather',
      design: { design: mainline },
      threads: zapping('with-the-rest'),
      expect: 'stale-read',
    },
    {
      id: 'rmap-first',
      says: 'mainline from 3.15 to 6.1: the flush is under the lock, but the page counts as unmapped before it, and writeback takes no lock for a page that is not mapped (5df397dec7c4)',
      design: { design: mainline },
      threads: zapping('under-lock'),
      expect: 'stale-read',
    },
    { id: 'repaired', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
    // LUF v12 holds as well, in over a million states: too many for every run.
    ...asItIs.filter((one) => one.id !== 'v12'),
  ],
};
