import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load } from '../kernel/paths/user.ts';
import type { Mistake, World } from '../kernel/world.ts';
import { kswapd, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const world: World = { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 1, devices: true };
const wrong = (...mistakes: Mistake[]): World => ({ ...world, mistakes });

export const secondaryTlb: Scenario = {
  id: '6bbd42e2df8f',
  title: 'a batch of reclaim is flushed on the CPUs and not in a device',
  provenance: {
    source:
      '6bbd42e2df8f, "mmu_notifiers: call invalidate_range() when invalidating TLBs", Alistair Popple, 2023; the variant with the call in the batch\'s flush is from its review',
    where: 'linux-mm, cover letter of v4 of the series',
  },
  says: 'A device walks the CPU page tables and caches what it finds. Reclaim empties the entry, flushes the CPUs of its batch, and frees the page, which gets a new owner. The device goes on reading.',
  world,
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
    cached: [0],
    loaded: [null, 0, 0],
    devices: [2],
  },
  threads: [
    kswapd,
    thread('slab', 1, (k) => [new_slab(k, {})]),
    thread('accelerator', 2, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'batched flushes are not forwarded',
      design: { design: mainline },
      world: wrong('notifier-missing'),
      expect: 'leak',
    },
    {
      id: 'at-batch-flush',
      says: 'forwarded when the batch is flushed, where no mm is known any more',
      design: { design: mainline },
      world: wrong('notifier-at-batch-flush'),
      expect: 'leak',
    },
    {
      id: 'repaired',
      says: 'forwarded as each entry joins the batch',
      design: { design: mainline },
      expect: 'holds',
    },
    { id: 'v11', says: lufV11.says, design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: lufV12.says, design: { design: lufV12 }, expect: 'holds' },
    { id: 'immediate', says: immediate.says, design: { design: immediate }, expect: 'holds' },
  ],
};
