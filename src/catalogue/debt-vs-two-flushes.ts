import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { reclaim } from '../kernel/paths/reclaim.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load } from '../kernel/paths/user.ts';
import type { VmaSetup } from '../kernel/scenario.ts';
import { immediateHolds } from './designs.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { flushedAfterwards } from './witnesses.ts';

const writable = (va: number): VmaSetup => ({
  ...{ mm: 0, va, file: va, writable: true, shared: true },
  present: 'writable',
});

/** Two flushes are under way while a third task makes a debt: one that ends must not hide the other. */
export const debtVsTwoFlushes: Scenario = {
  id: 'debt-vs-two-flushes',
  title: 'a debt is made while two flushes are under way, and one of them is over',
  provenance: {
    source: 'rmap_flush_start and rmap_flush_end of LUF v11: on_flushing is a count',
    where: 'mm/rmap.c, [PATCH v11 09/12]; found by hand: a flag in its place went unseen',
  },
  says: 'Two tasks reclaim a page each that is mapped writable, and flush. A third one reclaims a read-only page, takes its frame and uses it. It must pay at once while either flush is under way: the one that ends later would count the new debt as paid, whose CPU it has flushed before.',
  world: { cpus: 2, mms: 1, vas: 3, frames: 3, slots: 3, versions: 1, generations: 3 },
  setup: {
    vmas: [
      { mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' },
      writable(1),
      writable(2),
    ],
    cached: [0, 1, 2],
    loaded: [null, 0],
  },
  threads: [
    thread('one', 0, (k) => [...reclaim(k), tell(k, k.thread('two'))]),
    thread('two', 0, (k) => [
      ...reclaim(k),
      hear(k, k.thread('one')),
      tell(k, k.thread('allocator')),
    ]),
    // The frame is wanted when both are over: what they have taken off the debt is seen by then.
    thread('allocator', 0, (k) => [
      ...reclaim(k),
      hear(k, k.thread('two')),
      new_slab(k, {}),
      tell(k, k.thread('reader')),
    ]),
    thread('reader', 1, (k, cpu) => [
      hear(k, k.thread('allocator')),
      load(k, { cpu, ...place(0, 0) }),
    ]),
  ],
  reaches: [flushedAfterwards],
  variants: [
    { id: 'v11', says: lufV11.says, design: { design: lufV11 }, expect: 'holds' },
    immediateHolds,
  ],
};
