import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { munmap_hugetlb, type UnshareHow } from '../kernel/paths/hugetlb.ts';
import { madvise_dontneed } from '../kernel/paths/madvise.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { migrate_pages } from '../kernel/paths/migrate.ts';
import { type CollectHow, migrate_vma } from '../kernel/paths/migrate-device.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load, store } from '../kernel/paths/user.ts';
import type { ThreadSetup, VmaSetup } from '../kernel/scenario.ts';
import { immediateHolds } from './designs.ts';
import { place, thread } from './places.ts';
import type { Scenario, Variant } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const at = place(0, 0);
const dirty: VmaSetup = {
  mm: 0,
  va: 0,
  frame: 0,
  writable: true,
  shared: false,
  present: 'writable and dirty',
};
const withLuf: readonly Variant[] = [
  { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
  { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
  immediateHolds,
];

const collecting = (how?: CollectHow): readonly ThreadSetup[] => [
  thread('driver', 0, (k) => [migrate_vma(k, at, how)]),
  thread('caller', 2, (k) => [madvise_dontneed(k, at), tell(k, k.thread('user'))]),
  thread('user', 1, (k, cpu) => [
    hear(k, k.thread('caller')),
    store(k, { cpu, ...at }),
    load(k, { cpu, ...at }),
  ]),
];
export const deviceCollect: Scenario = {
  id: '60bae7370896',
  title: 'a page is collected for a device, and its entry is flushed after the page-table lock',
  provenance: {
    source:
      '60bae7370896, "mm/migrate_device.c: flush TLB while holding PTL", Alistair Popple, 2022',
    where: "the commit's text: a race with madvise, munmap and others",
  },
  says: 'A driver replaces an entry by a migration entry and drops the page-table lock. MADV_DONTNEED drops the migration entry, has nothing to flush and returns. A CPU that still has the old, writable entry stores.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 0 },
  setup: { vmas: [dirty], cached: [], loaded: [null, 0, null] },
  threads: collecting(),
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'flushed after the lock',
      design: { design: mainline },
      threads: collecting({ flush: 'after the lock' }),
      expect: 'lost-write',
    },
    { id: 'repaired', says: 'mainline since', design: { design: mainline }, expect: 'holds' },
    ...withLuf,
  ],
};

const unmapping = (how?: UnshareHow): readonly ThreadSetup[] => [
  thread('caller', 0, (k) => [munmap_hugetlb(k, at, how), new_slab(k, {})]),
  thread('user', 1, (k, cpu) => [load(k, { cpu, ...at })]),
];
export const hugetlbUnshare: Scenario = {
  id: 'CVE-2021-4002',
  title: 'hugetlb gives up a shared page table and does not flush',
  provenance: {
    source:
      'CVE-2021-4002, a4a118f2eead, "hugetlbfs: flush TLBs correctly after huge_pmd_unshare", Nadav Amit, 2021',
    where: "the commit's text; one small page stands for what the shared table maps",
  },
  says: 'munmap of a huge page gives up the page table that it shares with another process. It takes that for no change of an entry and gathers nothing. The page goes free and has a new owner; a CPU still reads it.',
  world: { cpus: 2, mms: 1, vas: 1, frames: 2, slots: 0 },
  setup: { vmas: [dirty], cached: [], loaded: [null, 0] },
  threads: unmapping(),
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'a table that is given up is not gathered',
      design: { design: mainline },
      threads: unmapping({ unshared: 'not gathered' }),
      expect: 'leak',
    },
    { id: 'repaired', says: 'mainline since', design: { design: mainline }, expect: 'holds' },
    ...withLuf,
  ],
};

export const hugetlbReused: Scenario = {
  ...hugetlbUnshare,
  id: 'hugetlb-reused',
  title: 'a page of hugetlb is let go, and somebody else waits for a free frame',
  provenance: {
    source: 'force_flush in __unmap_hugepage_range: flushed before the page is put',
    where: 'mm/hugetlb.c, 6.12; found by hand: a page that was put first went unseen',
  },
  says: 'munmap of a huge page gives up the page table that it shares. Another CPU takes the first frame that goes free, and stores to it: by then nobody must read it.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 1, slots: 0 },
  setup: { vmas: [dirty], cached: [], loaded: [null, 0, null] },
  threads: [
    thread('caller', 0, (k) => [munmap_hugetlb(k, at)]),
    thread('user', 1, (k, cpu) => [load(k, { cpu, ...at })]),
    thread('kernel', 2, (k) => [new_slab(k, {})]),
  ],
  variants: [
    { id: 'mainline', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
    ...withLuf,
  ],
};

export const collectBesideMigration: Scenario = {
  id: 'collect-beside-migration',
  title: 'a driver and compaction want the same page, and a thread stores to it',
  provenance: {
    source: 'migrate_vma_collect_pmd passes over a page that somebody else has locked',
    where:
      'mm/migrate_device.c, 6.12; found by hand: a driver that took it all the same went unseen',
  },
  says: 'A driver collects a page while compaction moves it. Each must leave it alone while the other one has it locked: or one gives back an entry for the frame that the other one has left.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 0 },
  setup: { vmas: [dirty], cached: [], loaded: [null, 0, null] },
  threads: [
    thread('driver', 2, (k) => [migrate_vma(k, at)]),
    thread('compaction', 0, (k) => [
      migrate_pages(k, { reason: 'MR_COMPACTION', mode: 'MIGRATE_ASYNC' }),
    ]),
    thread('user', 1, (k, cpu) => [store(k, { cpu, ...at }), load(k, { cpu, ...at })]),
  ],
  reaches: [usedAfterwards],
  variants: [
    { id: 'mainline', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
    immediateHolds,
  ],
};
