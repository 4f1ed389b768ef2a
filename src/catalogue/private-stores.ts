// Stores to a private mapping of a file for which there is no entry yet: do_cow_fault. Small slips in it had
// shown nowhere else (docs/mutants.md).

import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { load, store } from '../kernel/paths/user.ts';
import { reaches } from '../kernel/witness.ts';
import { immediateHolds } from './designs.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';

export const privateStores: Scenario = {
  id: 'private-stores',
  title:
    'two threads store to a private page of a file that is not mapped yet; another process reads the file',
  provenance: {
    source: 'do_cow_fault: the copy is the own one, and the file stays as it is',
    where: 'mm/memory.c, 6.12; found by lufcheck mutate: no run came there',
  },
  says: 'Two threads of a process store to a page of a file that is mapped private and has no entry. Each makes a copy, and the one that comes second lets go of its own. A process that has the file mapped shared reads what the file says.',
  world: { cpus: 3, mms: 2, vas: 1, frames: 3, slots: 1 },
  setup: {
    vmas: [
      { mm: 0, va: 0, file: 0, writable: true, shared: false },
      { mm: 1, va: 0, file: 0, writable: false, shared: true, present: 'read-only' },
    ],
    cached: [0],
    loaded: [0, 0, 1],
  },
  threads: [
    thread('one', 0, (k, cpu) => [
      store(k, { cpu, ...place(0, 0) }),
      load(k, { cpu, ...place(0, 0) }),
    ]),
    thread('two', 1, (k, cpu) => [store(k, { cpu, ...place(0, 0) })]),
    thread('reader', 2, (k, cpu) => [load(k, { cpu, ...place(1, 0) })]),
  ],
  reaches: [
    reaches('frame.free', 'a copy that came second goes back', (_, k) =>
      k.pte(place(0, 0).mm, place(0, 0).va).frame.isSome(),
    ),
  ],
  variants: [
    { id: 'mainline', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    immediateHolds,
  ],
};
