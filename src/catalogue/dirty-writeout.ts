import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { load, store } from '../kernel/paths/user.ts';
import { kswapd, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

export const dirtyWriteout: Scenario = {
  id: 'dirty-writeout',
  title: 'a store lands in a page after its bytes were written out',
  provenance: {
    source:
      '"mm: defer flush of writable TLB entries", Mel Gorman, 2015: why try_to_unmap_flush_dirty exists',
    where: 'mm/rmap.c, try_to_unmap_flush_dirty',
  },
  says: 'A CPU has a writable, dirty entry cached. Reclaim empties the page-table entry, writes the page out and drops it. The CPU stores once more through its entry, and reads the file again.',
  world: { cpus: 2, mms: 1, vas: 1, frames: 2, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: true, shared: true, present: 'writable and dirty' }],
    cached: [0],
    loaded: [null, 0],
  },
  threads: [
    kswapd,
    thread('writer', 1, (k, cpu) => [
      store(k, { cpu, ...place(0, 0) }),
      load(k, { cpu, ...place(0, 0) }),
    ]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'mainline that writes out before it flushes',
      design: { design: mainline, without: ['try_to_unmap_flush_dirty'] },
      expect: 'lost-write',
    },
    { id: 'repaired', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
    {
      id: 'v11-broken',
      says: 'LUF v11 that writes out before it flushes',
      design: { design: lufV11, without: ['try_to_unmap_flush_dirty'] },
      expect: 'lost-write',
    },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    {
      id: 'immediate',
      says: 'every flush at once',
      design: { design: immediate },
      expect: 'holds',
    },
  ],
};
