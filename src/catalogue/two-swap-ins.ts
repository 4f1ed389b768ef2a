import { mainline } from '../kernel/designs/mainline.ts';
import { fork } from '../kernel/paths/fork.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { swap_out } from '../kernel/paths/swap-out.ts';
import { load, store } from '../kernel/paths/user.ts';
import { reaches } from '../kernel/witness.ts';
import { theId } from '../lang/expr.ts';
import { immediateHolds } from './designs.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';

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
  variants: [
    { id: 'mainline', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
    immediateHolds,
  ],
};
