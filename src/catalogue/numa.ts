import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { migrate_pages } from '../kernel/paths/migrate.ts';
import { change_prot_numa, type NumaScan } from '../kernel/paths/numa.ts';
import type { Setup } from '../kernel/scenario.ts';
import { immediateHolds } from './designs.ts';
import { keeper } from './migrate-writable.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const migration = thread('migration', 0, (k) => [
  migrate_pages(k, { reason: 'MR_NUMA_MISPLACED', mode: 'MIGRATE_ASYNC', of: place(0, 0) }),
]);
const hinting: Setup = {
  vmas: [{ mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'writable and dirty' }],
  cached: [],
  loaded: [null, 0, null],
};
const scanner = (flush: NumaScan['flush']): Scenario['threads'][number] =>
  thread('scanner', 2, (k) => [change_prot_numa(k, place(0, 0), { flush })]);

export const numaUnflushed: Scenario = {
  id: '0c5f83c23ca7',
  title: 'a scanner arms an entry for hinting without a flush, and migration trusts the entry',
  provenance: {
    source: '0c5f83c23ca7, "mm: numa: do not clear PTE for pte_numa update", Mel Gorman, 2013',
    where: "the commit's text; the lost store is what follows where migration skips such entries",
  },
  says: 'The scanner of NUMA balancing rewrites an entry, and no flush follows. CPUs disagree about the rights from then on. Migration takes the hinting entry to be flushed already and copies the page. A CPU stores into the source.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 0 },
  setup: hinting,
  threads: [migration, keeper, scanner('after the lock')],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'a scanner that does not flush',
      design: { design: mainline },
      threads: [migration, keeper, scanner('never')],
      expect: 'lost-write',
    },
    { id: 'repaired', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
    immediateHolds,
  ],
};

const scanners = (pending: 'count' | 'flag'): Scenario['threads'] => [
  migration,
  keeper,
  thread('scanner', 2, (k) => [change_prot_numa(k, place(0, 0), { pending })]),
  thread('other scanner', 3, (k) => [change_prot_numa(k, place(0, 0), { pending })]),
];

export const pendingFlag: Scenario = {
  id: '16af97dc5a89',
  title: "one scanner's end hides the other one's pending flush from migration",
  provenance: {
    source:
      '16af97dc5a89, "mm: migrate: prevent racy access to tlb_flush_pending", and a9b802500ebb, Nadav Amit, 2017',
    where: "the commits' texts",
  },
  says: 'Two NUMA scanners run at once; each marks the mm while its flush is pending. The mark is one flag: the first to finish clears it for both. Migration finds a hinting entry with nothing pending, flushes nothing and copies. A CPU stores into the source.',
  world: { cpus: 4, mms: 1, vas: 1, frames: 2, slots: 0 },
  setup: { ...hinting, loaded: [null, 0, null, null] },
  threads: scanners('count'),
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'a flag for all',
      design: { design: mainline },
      threads: scanners('flag'),
      expect: 'lost-write',
    },
    { id: 'repaired', says: 'a count', design: { design: mainline }, expect: 'holds' },
    {
      id: 'v11',
      says: 'LUF v11 as posted: it takes a hinting entry for a read-only one',
      design: { design: lufV11 },
      expect: 'lost-write',
    },
    {
      id: 'v12',
      says: 'LUF v12 as posted: the same',
      design: { design: lufV12 },
      expect: 'lost-write',
    },
    immediateHolds,
  ],
};
