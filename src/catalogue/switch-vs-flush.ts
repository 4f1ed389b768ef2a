import { mainline } from '../kernel/designs/mainline.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { munmap } from '../kernel/paths/munmap.ts';
import { load } from '../kernel/paths/user.ts';
import type { Setup } from '../kernel/scenario.ts';
import type { Mistake, World } from '../kernel/world.ts';
import { place, sleep, thread, wake } from './places.ts';
import type { Scenario } from './scenario.ts';
import { flushedAfterwards, usedAfterwards } from './witnesses.ts';

const vmas: Setup['vmas'] = [
  { mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' },
];
const caller = thread('caller', 0, (k) => [munmap(k, place(0, 0)), tell(k, k.thread('reader'))]);

const plain: World = { cpus: 2, mms: 1, vas: 1, frames: 1, slots: 1, switching: { asids: 1 } };
const wrong = (world: World, ...mistakes: Mistake[]): World => ({ ...world, mistakes });

/** The mask bit of a CPU that arrives, against a flush that reads the mask. */
export const maskOrder: Scenario = {
  id: 'CVE-2016-2069',
  title: 'a CPU walks new page tables before it can be seen to use them',
  provenance: {
    source:
      '71b3c126e611, "x86/mm: Add barriers and document switch_mm()-vs-flush synchronization", Andy Lutomirski, 2016; CVE-2016-2069',
    where: "the commit's text",
  },
  says: 'A CPU switches to an mm and starts to walk its tables while its bit in mm_cpumask is still in its store buffer, here: set by a later step. Another CPU unmaps, finds nobody to interrupt, and tells the thread that arrives.',
  world: plain,
  setup: { vmas, cached: [0], loaded: [0, null], running: ['caller', null] },
  threads: [
    caller,
    thread('reader', 1, (k, cpu) => [
      wake(k, cpu, 0, 'reader'),
      hear(k, k.thread('caller')),
      load(k, { cpu, ...place(0, 0) }),
    ]),
  ],
  reaches: [flushedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'the bit becomes visible after the page tables are loaded',
      design: { design: mainline },
      world: wrong(plain, 'mask-after-cr3'),
      expect: 'stale-permission',
    },
    {
      id: 'repaired',
      says: 'mainline since: the bit first, with a full barrier, then the generation, then CR3',
      design: { design: mainline },
      expect: 'holds',
    },
  ],
};

const trimming: World = { ...plain, switching: { asids: 1, lazyMask: true } };

/** Since 6.14 a flush looks at what a CPU has loaded, and not only at the mask. */
export const loadedMmFilter: Scenario = {
  id: 'CVE-2025-37964',
  title: 'a CPU between two address spaces is not interrupted for either',
  provenance: {
    source:
      'fea4e317f9e7, "x86/mm: Eliminate window where TLB flushes may be inadvertently skipped", Dave Hansen, 2025; CVE-2025-37964; the bug came with 209954cbc7d0 (6.14)',
    where: "the commit's text",
  },
  says: 'A CPU has left an mm, kept its entries under an ASID and its bit in the mask. It comes back and has read the generation, but its loaded_mm does not name the mm yet. A flush takes it for a CPU that runs something else.',
  world: trimming,
  setup: { vmas, cached: [0], loaded: [0, 0], running: ['caller', 'reader'] },
  threads: [
    caller,
    thread('reader', 1, (k, cpu) => [
      load(k, { cpu, ...place(0, 0) }),
      ...sleep(k, cpu, 'deep'),
      wake(k, cpu, 0, 'reader'),
      hear(k, k.thread('caller')),
      load(k, { cpu, ...place(0, 0) }),
    ]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: '6.14: only a CPU whose loaded_mm is the mm is interrupted',
      design: { design: mainline },
      world: wrong(trimming, 'loaded-mm-filter'),
      expect: 'stale-permission',
    },
    {
      id: 'repaired',
      says: 'LOADED_MM_SWITCHING is announced before the mask is set, and counts as using the mm',
      design: { design: mainline },
      expect: 'holds',
    },
    {
      id: '6.12',
      says: '6.12 asks the mask and the lazy flag only',
      design: { design: mainline },
      world: plain,
      expect: 'holds',
    },
  ],
};
