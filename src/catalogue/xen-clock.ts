import { xenClock, xenClockWith } from '../kernel/designs/xen-clock.ts';
import { reclaim } from '../kernel/paths/reclaim.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load } from '../kernel/paths/user.ts';
import type { VmaSetup } from '../kernel/scenario.ts';
import { withoutLuf } from './designs.ts';
import { kswapd, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const readOnly = (n: number): VmaSetup => ({
  mm: 0,
  va: n,
  file: n,
  writable: false,
  shared: true,
  present: 'read-only',
});

export const staleStamp: Scenario = {
  id: 'XSA-241',
  title: 'the time stamp of a freed page is older than its last mapping',
  provenance: {
    source:
      'XSA-241, 2017: the clock is read, and a round of flushes passes before it is written to the page',
    where: 'the advisory; xen/arch/x86/mm.c, page_set_tlbflush_timestamp',
  },
  says: "A page that goes free notes the flush clock. It read the clock early; in between another page's new owner flushes a CPU, which caches the page's mapping once more before that goes. When the page is handed out, the CPU looks flushed since: its old entry stays.",
  world: { cpus: 3, mms: 1, vas: 2, frames: 4, slots: 2, versions: 1, generations: 3 },
  setup: { vmas: [readOnly(0), readOnly(1)], cached: [0, 1], loaded: [null, 0, null] },
  threads: [
    kswapd,
    thread('reader', 1, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]),
    thread('allocator', 2, (k) => [...reclaim(k), new_slab(k, {}), new_slab(k, {})]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'the clock is read before the last mapping is gone',
      design: {
        design: xenClockWith({
          id: 'xen-clock-early',
          says: 'Freed pages carry a time that was read before their last mapping went.',
          stamp: 'before its last mapping goes',
        }),
      },
      expect: 'leak',
    },
    {
      id: 'repaired',
      says: 'the clock is read and written in one go when the page is free',
      design: { design: xenClock },
      expect: 'holds',
    },
    ...withoutLuf,
  ],
};
