import { mainline } from '../kernel/designs/mainline.ts';
import { fork } from '../kernel/paths/fork.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { migrate_pages } from '../kernel/paths/migrate.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { swap_out } from '../kernel/paths/swap-out.ts';
import { load, store } from '../kernel/paths/user.ts';
import { reaches } from '../kernel/witness.ts';
import { theId } from '../lang/expr.ts';
import { immediateHolds } from './designs.ts';
import { place, thread } from './places.ts';
import type { Scenario, Variant } from './scenario.ts';

const asItIs: readonly Variant[] = [
  { id: 'mainline', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
  immediateHolds,
];

export const twoSwapIns: Scenario = {
  id: 'two-swap-ins',
  title: 'two threads fault on one page in swap, which another process still names',
  provenance: {
    source: 'do_swap_page, which looks at the entry again under its lock (pte_same)',
    where: 'mm/memory.c, 6.12; found by hand: without that look nothing went wrong anywhere',
  },
  says: "A private page is shared by fork and swapped out. Two threads of the child fault on it. One maps it, and copies it for its store; the other one finds it in the swap cache, and must notice that the entry is not the swap entry any more: or the page comes back, and the first one's store is gone.",
  world: { cpus: 3, mms: 2, vas: 1, frames: 4, slots: 0, swaps: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'read-only' }],
    cached: [],
    loaded: [null, 1, 1],
  },
  threads: [
    thread('parent', 0, (k) => [
      fork(k, { from: theId('mm', 0), to: theId('mm', 1) }),
      swap_out(k, {}),
      tell(k, k.thread('one')),
      tell(k, k.thread('two')),
    ]),
    thread('one', 1, (k, cpu) => [
      hear(k, k.thread('parent')),
      store(k, { cpu, ...place(1, 0) }),
      load(k, { cpu, ...place(1, 0) }),
    ]),
    thread('two', 2, (k, cpu) => [hear(k, k.thread('parent')), load(k, { cpu, ...place(1, 0) })]),
  ],
  reaches: [
    reaches(
      'swap.read',
      'a page that fork has shared is read back from swap',
      (e, k) => k.swap(e.swap).shared,
    ),
  ],
  variants: asItIs,
};

export const movedInSwapCache: Scenario = {
  id: 'moved-in-swap-cache',
  title: 'a page of the swap cache is moved, and another process finds it there',
  provenance: {
    source: '__folio_migrate_mapping, which gives the slot of the swap cache to the new page',
    where: 'mm/migrate.c, 6.12; found by hand: a slot that kept the old page went unseen',
  },
  says: 'A private page is shared by fork and swapped out. The parent reads it in again; the child still names its swap slot, so that the page stays in the swap cache. Compaction moves it. The child must find the new page there: the old one is free, and somebody else has it.',
  world: { cpus: 3, mms: 2, vas: 1, frames: 2, slots: 0, swaps: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'read-only' }],
    cached: [],
    loaded: [0, 1, null],
  },
  threads: [
    thread('parent', 0, (k, cpu) => [
      fork(k, { from: theId('mm', 0), to: theId('mm', 1) }),
      swap_out(k, {}),
      load(k, { cpu, ...place(0, 0) }),
      migrate_pages(k, { reason: 'MR_COMPACTION', mode: 'MIGRATE_ASYNC' }),
      tell(k, k.thread('child')),
      tell(k, k.thread('kernel')),
    ]),
    thread('child', 1, (k, cpu) => [hear(k, k.thread('parent')), load(k, { cpu, ...place(1, 0) })]),
    thread('kernel', 2, (k) => [hear(k, k.thread('parent')), new_slab(k, {})]),
  ],
  reaches: [
    reaches('frame.copy', 'a page of the swap cache is moved', (e, k) =>
      k.folio(e.from).swap.isSome(),
    ),
  ],
  variants: asItIs,
};
