import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load } from '../kernel/paths/user.ts';
import { kswapd, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

export const reclaimWritable: Scenario = {
  id: 'reclaim-writable',
  title: 'a page that was mapped writable is freed before its flush',
  provenance: {
    source:
      '"mm: send one IPI per CPU to TLB flush all entries after unmapping pages", Mel Gorman, 2015: what the batch must keep',
    where: 'mm/rmap.c, try_to_unmap_flush',
  },
  says: 'Reclaim takes a page that is mapped writable, so nothing of it is deferred past the free. The frame goes to the kernel. A reader of the mapping looks.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: true, shared: true, present: 'writable' }],
    cached: [0],
    loaded: [null, 0, null],
  },
  threads: [
    kswapd,
    thread('reader', 1, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]),
    thread('slab', 2, (k) => [new_slab(k, {})]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'mainline that forgets the flush of its batch',
      design: { design: mainline, without: ['try_to_unmap_flush'] },
      expect: 'leak',
    },
    { id: 'repaired', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
    {
      id: 'v11-broken',
      says: 'LUF v11 that forgets the flush of what it must not defer',
      design: { design: lufV11, without: ['try_to_unmap_flush'] },
      expect: 'leak',
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
