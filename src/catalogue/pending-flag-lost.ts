import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline, mainlineWithFlag } from '../kernel/designs/mainline.ts';
import { nadavGen } from '../kernel/designs/nadav-gen.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { mprotect } from '../kernel/paths/mprotect.ts';
import { munmap } from '../kernel/paths/munmap.ts';
import { reclaim } from '../kernel/paths/reclaim.ts';
import { store } from '../kernel/paths/user.ts';
import { immediateHolds } from './designs.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { flushedAfterwards } from './witnesses.ts';

/** Two addresses so far apart that their entries lie in different page tables. */
export const pendingFlagLost: Scenario = {
  id: '5ee2fa2f0636',
  title: 'who has flushed what was pending forgets what became pending meanwhile',
  provenance: {
    source: '5ee2fa2f0636, "mm/rmap: fix potential batched TLB flush race", Huang Ying, 2022',
    where: "the commit's text and the mail of November 2021",
  },
  says: 'Reclaim has batched one page of the mm. munmap, under the lock of that page table, flushes and then notes that nothing is pending. In between reclaim empties an entry of another page table. mprotect of that one finds nothing to flush and returns; a CPU stores through its old entry.',
  world: { cpus: 4, mms: 1, vas: 2, frames: 2, slots: 2, splitPtl: true },
  setup: {
    vmas: [
      { mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' },
      { mm: 0, va: 1, file: 1, writable: true, shared: true, present: 'writable and dirty' },
    ],
    cached: [0, 1],
    loaded: [null, null, 0, null],
  },
  threads: [
    thread('kswapd', 0, (k) => reclaim(k, 2)),
    thread('unmapper', 1, (k) => [munmap(k, place(0, 0))]),
    thread('caller', 3, (k) => [
      mprotect(k, { ...place(0, 1), writable: false }),
      tell(k, k.thread('writer')),
    ]),
    thread('writer', 2, (k, cpu) => [
      hear(k, k.thread('caller')),
      store(k, { cpu, ...place(0, 1) }),
    ]),
  ],
  reaches: [flushedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'a flag, cleared after the flush',
      design: { design: mainlineWithFlag },
      expect: 'stale-permission',
    },
    {
      id: 'repaired',
      says: 'two counts; only what was pending before the flush counts as flushed',
      design: { design: mainline },
      expect: 'holds',
    },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    { id: 'nadav-gen', says: nadavGen.says, design: { design: nadavGen }, expect: 'holds' },
    immediateHolds,
  ],
};
