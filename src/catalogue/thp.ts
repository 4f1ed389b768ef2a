import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { reclaim_lazyfree, type SplitHow } from '../kernel/paths/huge-memory.ts';
import { type CollapseHow, collapse_huge_page } from '../kernel/paths/khugepaged.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { pmap_promote_pde, pmap_remove_pde, type RemoveHow } from '../kernel/paths/pmap.ts';
import { load } from '../kernel/paths/user.ts';
import type { Setup, ThreadSetup, VmaSetup } from '../kernel/scenario.ts';
import type { World } from '../kernel/world.ts';
import { theId } from '../lang/expr.ts';
import { immediateHolds, withoutLuf } from './designs.ts';
import { keeper } from './migrate-writable.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';

const mm = theId('mm', 0);

/** Private memory: two small pages, as large together as one huge page. */
export function smallPages(first: VmaSetup['present'], second: VmaSetup['present']): VmaSetup[] {
  return [first, second].map((present, n) => ({
    mm: 0,
    va: n,
    frame: n,
    writable: true,
    shared: false,
    ...(present === undefined ? {} : { present }),
  }));
}
export const hugeWorld: World = { cpus: 2, mms: 1, vas: 2, frames: 4, slots: 0, huge: true };

const khugepaged = (how?: CollapseHow): ThreadSetup =>
  thread('khugepaged', 0, (k) => [collapse_huge_page(k, { mm }, how)]);

export const collapseFlush: Scenario = {
  id: '6a6ac72fd6ea',
  title: 'small entries survive in a TLB when their pages become a huge one',
  provenance: {
    source:
      '6a6ac72fd6ea, "powerpc/mm/radix: Use the right page size for flushing in pmdp_collapse_flush", Aneesh Kumar K.V, 2016: the machine is told the page size, and was told that of a huge page',
    where: 'arch/powerpc, radix__pmdp_collapse_flush',
  },
  says: 'khugepaged takes the page table of small pages out of reach, flushes, copies them to a huge page and maps that. A flush of huge entries only leaves a CPU with the small ones, and it goes on with the old pages.',
  world: hugeWorld,
  setup: {
    vmas: smallPages('writable and dirty', 'writable and dirty'),
    cached: [],
    loaded: [null, 0],
    huge: { frames: [2, 3] },
  },
  threads: [khugepaged(), keeper],
  variants: [
    {
      id: 'broken',
      says: 'the flush reaches huge entries only',
      design: { design: mainline },
      threads: [khugepaged({ flush: 'huge' }), keeper],
      expect: 'lost-write',
    },
    {
      id: 'repaired',
      says: 'mainline as it is: the flush is for small pages, the only ones there can be',
      design: { design: mainline },
      expect: 'holds',
    },
    { id: 'v11', says: lufV11.says, design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: lufV12.says, design: { design: lufV12 }, expect: 'holds' },
    immediateHolds,
  ],
};

const lazyfree = (how?: SplitHow): ThreadSetup =>
  thread('kswapd', 0, (k) => [reclaim_lazyfree(k, place(0, 0), how)]);
const wasHuge: Setup = {
  vmas: [0, 1].map((n) => ({ mm: 0, va: n, frame: n, writable: true, shared: false })),
  cached: [],
  loaded: [null, 0],
  huge: { frames: [0, 1], mapped: [{ mm: 0, as: 'writable' }] },
};

export const invalidateDirty: Scenario = {
  id: 'd52605d7cb30',
  title: 'the dirty bit of a huge entry is lost as the entry is split',
  provenance: {
    source:
      'd52605d7cb30, "mm: do not lose dirty and accessed bits in pmdp_invalidate()", Kirill A. Shutemov, 2018',
    where: 'mm/pgtable-generic.c, pmdp_invalidate',
  },
  says: 'A huge page is clean and free to be dropped (MADV_FREE); reclaim splits its entry. A store sets the dirty bit after the entry was read and before it was invalidated. The small entries come out clean, and a page is dropped with the store in it.',
  world: { ...hugeWorld, frames: 3 },
  setup: wasHuge,
  threads: [lazyfree(), keeper],
  variants: [
    {
      id: 'broken',
      says: 'the entry is read, and then overwritten',
      design: { design: mainline },
      threads: [lazyfree({ invalidate: 'read, then write' }), keeper],
      expect: 'stale-read',
    },
    {
      id: 'repaired',
      says: 'mainline as it is: one exchange tells what the entry was to the end',
      design: { design: mainline },
      expect: 'holds',
    },
    immediateHolds,
  ],
};

const remover = (how?: RemoveHow): ThreadSetup =>
  thread('remover', 0, (k) => [
    pmap_promote_pde(k, { mm }),
    pmap_remove_pde(k, { mm }, how),
    tell(k, k.thread('reader')),
  ]);
const told = thread('reader', 1, (k, cpu) => [
  hear(k, k.thread('remover')),
  load(k, { cpu, ...place(0, 1) }),
]);

export const promotion: Scenario = {
  id: 'freebsd-r312954',
  title: 'a superpage is unmapped, and small entries from before its promotion stay',
  provenance: {
    source: 'FreeBSD r312954, 2017: pmap_invalidate_pde_page() and PG_PROMOTED',
    where: 'sys/amd64/amd64/pmap.c',
  },
  says: 'Small pages that lie side by side are mapped as a superpage in place; CPUs keep the small translations, which are still right. munmap(2) of the superpage invalidates one address.',
  world: { ...hugeWorld, frames: 2 },
  setup: {
    vmas: smallPages('writable and dirty', 'writable and dirty'),
    cached: [],
    loaded: [null, 0],
    huge: { frames: [0, 1] },
  },
  threads: [remover(), told],
  variants: [
    {
      id: 'broken',
      says: 'one invalidation for the superpage',
      design: { design: immediate },
      threads: [remover({ flush: 'huge' }), told],
      expect: 'stale-permission',
    },
    {
      id: 'repaired',
      says: 'every page of a promoted range is invalidated',
      design: { design: immediate },
      expect: 'holds',
    },
  ],
};

export const promotionLegit: Scenario = {
  id: 'promoted-in-place',
  title: 'a CPU stores and loads by small and huge entries of the same page',
  provenance: {
    source: 'a correct kernel: reporting this would be a false alarm',
    where: 'FreeBSD, sys/amd64/amd64/pmap.c, pmap_promote_pde',
  },
  says: 'Small pages are promoted in place while threads use them. A TLB may hold small entries and a huge one for the same addresses; they lead to the same frames.',
  world: { ...hugeWorld, frames: 2, cpus: 3 },
  setup: {
    vmas: smallPages('writable and dirty', 'writable and dirty'),
    cached: [],
    loaded: [null, 0, 0],
    huge: { frames: [0, 1] },
  },
  threads: [
    thread('promoter', 0, (k) => [pmap_promote_pde(k, { mm })]),
    keeper,
    thread('reader', 2, (k, cpu) => [
      load(k, { cpu, ...place(0, 0) }),
      load(k, { cpu, ...place(0, 0) }),
    ]),
  ],
  variants: withoutLuf,
};
