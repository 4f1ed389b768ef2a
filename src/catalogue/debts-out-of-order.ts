import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { free_pcppages_bulk } from '../kernel/paths/free-frames.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { mprotect } from '../kernel/paths/mprotect.ts';
import { reclaim } from '../kernel/paths/reclaim.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load } from '../kernel/paths/user.ts';
import type { VmaSetup } from '../kernel/scenario.ts';
import { handedOutUnasked } from './designs.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const readOnly: VmaSetup = {
  ...{ mm: 0, va: 0, file: 0, writable: false, shared: true },
  present: 'read-only',
};
const told = thread('reader', 1, (k, cpu) => [
  hear(k, k.thread('kernel')),
  load(k, { cpu, ...place(0, 0) }),
]);

/** Two debts, of which a flush in between has paid the older one, reach the zone in either order. */
export const debtsOutOfOrder: Scenario = {
  id: 'debts-out-of-order',
  title: 'an older debt, paid by now, comes to the buddy lists after a newer one',
  provenance: {
    source: 'free_unref_page and __free_one_page: the zone keeps the newest stamp of its debts',
    where:
      'mm/page_alloc.c, LUF v12 patches 10 and 11; found by hand: a stamp that was overwritten went unseen',
  },
  says: 'Reclaim takes a page away lazily. A flush of the process pays for it. Reclaim takes another page, whose debt is newer than that flush. Both frames come to the buddy lists, in either order, and the kernel takes one of them: the flush between the two debts has paid for one of them only.',
  world: { cpus: 2, mms: 1, vas: 2, frames: 3, slots: 2, keys: 2 },
  setup: {
    vmas: [readOnly, { ...readOnly, va: 1, file: 1 }],
    cached: [0, 1],
    loaded: [null, 0],
  },
  threads: [
    thread('kernel', 0, (k) => [
      ...reclaim(k),
      mprotect(k, { ...place(0, 1), writable: false }),
      ...reclaim(k),
      free_pcppages_bulk(k, {}),
      new_slab(k, {}),
    ]),
    thread('reader', 1, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]),
  ],
  reaches: [usedAfterwards],
  variants: [
    ...handedOutUnasked,
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    {
      id: 'v12-two-reclaimers',
      says: 'the one whose debt is older may be the one whose frame is freed later; LUF v12',
      design: { design: lufV12 },
      threads: [
        thread('other', 0, (k) => reclaim(k)),
        thread('kernel', 0, (k) => [
          mprotect(k, { ...place(0, 1), writable: false }),
          ...reclaim(k),
          new_slab(k, {}),
          tell(k, k.thread('reader')),
        ]),
        told,
      ],
      expect: 'holds',
    },
    {
      id: 'v12-two-cpus',
      says: 'two CPUs owe for one frame each, and no flush comes between; LUF v12',
      design: { design: lufV12 },
      world: { cpus: 3, mms: 2, vas: 1, frames: 3, slots: 2, keys: 2 },
      setup: {
        vmas: [readOnly, { ...readOnly, mm: 1, file: 1 }],
        cached: [0, 1],
        loaded: [null, 0, 1],
      },
      threads: [
        thread('kernel', 0, (k) => [
          ...reclaim(k, 2),
          free_pcppages_bulk(k, {}),
          free_pcppages_bulk(k, {}),
          new_slab(k, {}),
          tell(k, k.thread('reader')),
        ]),
        told,
      ],
      expect: 'holds',
    },
  ],
};
