import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { type GupFastHow, gup_fast_device_store } from '../kernel/paths/gup-fast.ts';
import { migrate_pages } from '../kernel/paths/migrate.ts';
import { load } from '../kernel/paths/user.ts';
import type { ThreadSetup } from '../kernel/scenario.ts';
import type { World } from '../kernel/world.ts';
import { immediateHolds, withoutLuf } from './designs.ts';
import { hugeWorld, khugepaged, smallPages } from './huge-pages.ts';
import { keeper } from './migrate-writable.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

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
  reaches: [usedAfterwards],
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
  reaches: [usedAfterwards],
  variants: [
    ...withoutLuf,
    { id: 'v11', says: lufV11.says, design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: lufV12.says, design: { design: lufV12 }, expect: 'holds' },
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
  reaches: [usedAfterwards],
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
