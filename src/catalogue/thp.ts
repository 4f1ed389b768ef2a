import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { strict } from '../kernel/designs/strict.ts';
import { type GupFastHow, gup_fast_device_store } from '../kernel/paths/gup-fast.ts';
import {
  madvise_dontneed_huge,
  reclaim_lazyfree,
  type SplitHow,
  type ZapHugeHow,
} from '../kernel/paths/huge-memory.ts';
import {
  type CollapseHow,
  collapse_huge_page,
  madvise_collapse,
} from '../kernel/paths/khugepaged.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { migrate_pages } from '../kernel/paths/migrate.ts';
import { pmap_promote_pde, pmap_remove_pde, type RemoveHow } from '../kernel/paths/pmap.ts';
import { load, store } from '../kernel/paths/user.ts';
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

const collapser = (how?: CollapseHow): ThreadSetup =>
  thread('writer', 2, (k, cpu) => [
    hear(k, k.thread('compaction')),
    madvise_collapse(k, { mm, onSuccess: [store(k, { cpu, ...place(0, 0) })] }, how),
    tell(k, k.thread('reader')),
  ]);
const compacts = thread('compaction', 0, (k) => [
  migrate_pages(k, { reason: 'MR_COMPACTION', mode: 'MIGRATE_ASYNC', of: place(0, 0) }),
  tell(k, k.thread('writer')),
]);
const reader = (from: string, va: number): ThreadSetup =>
  thread('reader', 1, (k, cpu) => [hear(k, k.thread(from)), load(k, { cpu, ...place(0, va) })]);

export const lufCollapse: Scenario = {
  id: 'LUF-collapse',
  title: 'a page that was migrated lazily becomes part of a huge page, and writable by that',
  provenance: {
    source: 'LUF never defers the flush of a large folio; what of small ones that become large',
    where: '[RFC PATCH v12 16/26], can_luf_init(); nobody asked on the list',
  },
  says: 'A page is mapped read-only and migrated lazily; a CPU still reads the old frame. Collapse puts a writable huge entry in the place of the small ones: the next store comes without a fault, and so past every hook of LUF in the fault handler. What saves it is that collapse flushes the range whatever it found there.',
  world: { ...hugeWorld, cpus: 3, frames: 5 },
  setup: {
    vmas: smallPages('read-only', 'writable'),
    cached: [],
    loaded: [null, 0, 0],
    huge: { frames: [2, 3] },
  },
  threads: [compacts, collapser(), reader('writer', 0)],
  variants: [
    {
      id: 'v12-broken',
      says: 'LUF v12, and a collapse without its flush',
      design: { design: lufV12 },
      threads: [compacts, collapser({ flush: 'nothing' }), reader('writer', 0)],
      expect: 'stale-read',
    },
    {
      id: 'v12-huge-only',
      says: 'LUF v12, and a collapse that flushes huge entries only',
      design: { design: lufV12 },
      threads: [compacts, collapser({ flush: 'huge' }), reader('writer', 0)],
      expect: 'stale-read',
    },
    { id: 'v11', says: lufV11.says, design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: lufV12.says, design: { design: lufV12 }, expect: 'holds' },
    { id: 'strict', says: strict.says, design: { design: strict }, expect: 'holds' },
    ...withoutLuf,
  ],
};

export const collapseRace: Scenario = {
  id: 'collapse-and-migrate',
  title: 'a page is migrated while its range is collapsed and a thread stores',
  provenance: {
    source: 'correct kernels: reporting this would be a false alarm',
    where:
      'mm/khugepaged.c: the anon_vma lock, the page locks and reference counts keep them apart',
  },
  says: 'Migration, collapse and a store meet at one page. Whoever comes second to the page finds it locked, isolated or gone, and gives up.',
  world: { ...hugeWorld, frames: 5 },
  setup: {
    vmas: smallPages('writable and dirty', 'writable'),
    cached: [],
    loaded: [null, 0],
    huge: { frames: [2, 3] },
  },
  threads: [
    thread('compaction', 0, (k) => [
      migrate_pages(k, { reason: 'MR_COMPACTION', mode: 'MIGRATE_ASYNC', of: place(0, 0) }),
    ]),
    keeper,
    khugepaged(),
  ],
  variants: [
    ...withoutLuf,
    { id: 'v11', says: lufV11.says, design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: lufV12.says, design: { design: lufV12 }, expect: 'holds' },
  ],
};

const discards = (how?: ZapHugeHow): ThreadSetup =>
  thread('caller', 0, (k) => [madvise_dontneed_huge(k, { mm }, how), tell(k, k.thread('reader'))]);

export const zapHuge: Scenario = {
  id: 'thp-zap',
  title: 'a huge page is discarded, and the gather flushes small entries',
  provenance: {
    source:
      'include/asm-generic/tlb.h, 6.12: cleared_pmds and tlb_get_unmap_size(), for machines that are told the page size of a flush',
    where: 'mm/huge_memory.c, zap_huge_pmd and tlb_remove_pmd_tlb_entry',
  },
  says: 'madvise(MADV_DONTNEED) empties a huge entry. If the gather believes that small ones went, a CPU of a machine that tells page sizes apart keeps the huge one, and reads what is gone.',
  world: hugeWorld,
  setup: { ...wasHuge },
  threads: [discards(), reader('caller', 1)],
  variants: [
    {
      id: 'broken',
      says: 'the gather flushes small entries only',
      design: { design: mainline },
      threads: [discards({ flush: 'small' }), reader('caller', 1)],
      expect: 'stale-read',
    },
    { id: 'repaired', says: mainline.says, design: { design: mainline }, expect: 'holds' },
    { id: 'v11', says: lufV11.says, design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: lufV12.says, design: { design: lufV12 }, expect: 'holds' },
    immediateHolds,
  ],
};

const arm64: World = { ...hugeWorld, arch: 'arm64' };
const driver = (how?: GupFastHow): ThreadSetup =>
  thread('driver', 1, (k, cpu) => [
    gup_fast_device_store(k, place(0, 0), how),
    load(k, { cpu, ...place(0, 0) }),
  ]);
const notWaiting = khugepaged({ flush: 'every size', walkers: 'ignored' });

export const collapseGupFast: Scenario = {
  id: '70cbc3cc78a9+2ba99c5e0881',
  title: 'a page is pinned without a lock while its range is collapsed',
  provenance: {
    source:
      '70cbc3cc78a9, "mm: gup: fix the fast GUP race against THP collapse", Yang Shi, 2022; 2ba99c5e0881, "mm/khugepaged: fix GUP-fast interaction by sending IPI", Jann Horn, 2022',
    where: 'mm/gup.c, gup_fast_pte_range; mm/khugepaged.c, collapse_huge_page',
  },
  says: 'A walk with interrupts off has read an entry. Collapse takes the page table out of reach and flushes; where that is a broadcast, nothing waits for the walk. Collapse counts the references, copies, and the walk pins the old page, whose entry is still as it was read. A device stores there.',
  world: arm64,
  setup: {
    vmas: smallPages('writable and dirty', 'writable and dirty'),
    cached: [],
    loaded: [null, 0],
    huge: { frames: [2, 3] },
  },
  threads: [khugepaged(), driver()],
  variants: [
    {
      id: 'broken',
      says: 'the walk looks only at the PTE again, and collapse does not wait for it',
      design: { design: mainline },
      threads: [notWaiting, driver({ recheck: 'PTE' })],
      expect: 'lost-write',
    },
    {
      id: 'recheck',
      says: 'the walk looks at the PMD again as well (70cbc3cc78a9)',
      design: { design: mainline },
      threads: [notWaiting, driver()],
      expect: 'holds',
    },
    {
      id: 'wait',
      says: 'collapse waits for walks with interrupts off (2ba99c5e0881)',
      design: { design: mainline },
      threads: [khugepaged(), driver({ recheck: 'PTE' })],
      expect: 'holds',
    },
    {
      id: 'repaired',
      says: 'mainline as it is: both',
      design: { design: mainline },
      expect: 'holds',
    },
    {
      id: 'interrupts',
      says: 'neither, where the flush interrupts every CPU: it comes after the walk',
      design: { design: mainline },
      world: hugeWorld,
      threads: [notWaiting, driver({ recheck: 'PTE' })],
      expect: 'holds',
    },
    { id: 'v12', says: lufV12.says, design: { design: lufV12 }, expect: 'holds' },
    immediateHolds,
  ],
};
