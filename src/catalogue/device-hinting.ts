import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { migrate_pages } from '../kernel/paths/migrate.ts';
import { change_prot_numa, type NumaScan } from '../kernel/paths/numa.ts';
import { load, store } from '../kernel/paths/user.ts';
import type { ThreadSetup } from '../kernel/scenario.ts';
import { immediateHolds } from './designs.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

interface How {
  readonly flush: NumaScan['flush'];
  readonly notifies?: boolean;
}
// The scan is over before the page migrates: that two of them race is another case.
const threads = ({ flush, notifies = false }: How): readonly ThreadSetup[] => [
  thread('migration', 0, (k) => [
    change_prot_numa(k, place(0, 0), { flush }),
    migrate_pages(k, {
      reason: 'MR_NUMA_MISPLACED',
      mode: 'MIGRATE_ASYNC',
      of: place(0, 0),
      notifies,
    }),
  ]),
  thread('accelerator', 1, (k, cpu) => [
    store(k, { cpu, ...place(0, 0) }),
    load(k, { cpu, ...place(0, 0) }),
  ]),
];

export const deviceHinting: Scenario = {
  id: '7066f0f933a1',
  title: 'a device stores into a page while NUMA balancing copies it',
  provenance: {
    source:
      '7066f0f933a1, "mm: thp: fix mmu_notifier in migrate_misplaced_transhuge_page()", Andrea Arcangeli, 2018',
    where: "the commit's text; one small page stands for the huge one",
  },
  says: 'A device walks the CPU page tables and has a writable entry cached. NUMA balancing arms the page-table entry and flushes the CPUs. Migration takes the hinting entry to be flushed and copies the page. The device stores into the source.',
  world: { cpus: 2, mms: 1, vas: 1, frames: 2, slots: 0, devices: true },
  setup: {
    vmas: [
      { mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'writable and dirty' },
    ],
    cached: [],
    loaded: [0, 0],
    devices: [1],
  },
  threads: threads({ flush: 'of CPUs only', notifies: true }),
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'nobody tells the device',
      design: { design: mainline },
      threads: threads({ flush: 'of CPUs only' }),
      expect: 'lost-write',
    },
    {
      id: 'repaired',
      says: 'migration tells it before the copy, as in 2018',
      design: { design: mainline },
      expect: 'holds',
    },
    {
      id: 'mainline',
      says: 'each flush of the CPUs is forwarded, as since 6bbd42e2df8f',
      design: { design: mainline },
      threads: threads({ flush: 'after the lock' }),
      expect: 'holds',
    },
    {
      id: 'v11',
      says: 'LUF v11 on such a kernel',
      design: { design: lufV11 },
      threads: threads({ flush: 'after the lock' }),
      expect: 'holds',
    },
    {
      id: 'v12',
      says: 'LUF v12 on such a kernel',
      design: { design: lufV12 },
      threads: threads({ flush: 'after the lock' }),
      expect: 'holds',
    },
    immediateHolds,
  ],
};
