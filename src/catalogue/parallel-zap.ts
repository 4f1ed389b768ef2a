import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { madvise_dontneed } from '../kernel/paths/madvise.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { migrate_pages } from '../kernel/paths/migrate.ts';
import { change_prot_numa } from '../kernel/paths/numa.ts';
import { load, store } from '../kernel/paths/user.ts';
import { immediateHolds } from './designs.ts';
import { keeper } from './migrate-writable.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';

export const parallelZap: Scenario = {
  id: '99baac21e458',
  title: 'the second of two MADV_DONTNEED finds nothing and flushes nothing',
  provenance: {
    source:
      '99baac21e458, "mm: fix MADV_[FREE|DONTNEED] TLB flush miss problem", Minchan Kim, 2017',
    where: 'the commit’s text',
  },
  says: 'Two threads discard the same page. The first empties the entry and will flush later. The second finds the entry empty, returns, and says so. A CPU with the old, writable entry stores into the frame that is on its way out.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 0 },
  setup: {
    vmas: [
      { mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'writable and dirty' },
    ],
    cached: [],
    loaded: [0, 0, 0],
  },
  threads: [
    thread('first', 0, (k) => [madvise_dontneed(k, place(0, 0))]),
    thread('second', 2, (k) => [madvise_dontneed(k, place(0, 0)), tell(k, k.thread('user'))]),
    thread('user', 1, (k, cpu) => [
      hear(k, k.thread('second')),
      store(k, { cpu, ...place(0, 0) }),
      load(k, { cpu, ...place(0, 0) }),
    ]),
  ],
  variants: [
    {
      id: 'broken',
      says: 'a gather that does not ask for others',
      design: { design: mainline, without: ['mm_tlb_flush_nested@tlb_finish_mmu'] },
      expect: 'lost-write',
    },
    { id: 'repaired', says: 'mainline since', design: { design: mainline }, expect: 'holds' },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    immediateHolds,
  ],
};

const scanners = (pending: 'count' | 'flag'): Scenario['threads'] => [
  thread('migration', 0, (k) => [
    migrate_pages(k, { reason: 'MR_NUMA_MISPLACED', mode: 'MIGRATE_ASYNC', of: place(0, 0) }),
  ]),
  keeper,
  thread('scanner', 2, (k) => [change_prot_numa(k, place(0, 0), { pending })]),
  thread('other scanner', 3, (k) => [change_prot_numa(k, place(0, 0), { pending })]),
];

export const pendingFlag: Scenario = {
  id: '16af97dc5a89',
  title: 'one scanner’s end hides the other one’s pending flush from migration',
  provenance: {
    source:
      '16af97dc5a89, "mm: migrate: prevent racy access to tlb_flush_pending", and a9b802500ebb, Nadav Amit, 2017',
    where: 'the commits’ texts',
  },
  says: 'Two NUMA scanners run at once; each marks the mm while its flush is pending. The mark is one flag: the first to finish clears it for both. Migration finds a hinting entry with nothing pending, flushes nothing and copies. A CPU stores into the source.',
  world: { cpus: 4, mms: 1, vas: 1, frames: 2, slots: 0 },
  setup: {
    vmas: [
      { mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'writable and dirty' },
    ],
    cached: [],
    loaded: [null, 0, null, null],
  },
  threads: scanners('count'),
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
