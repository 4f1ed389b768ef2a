import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { fork } from '../kernel/paths/fork.ts';
import { madvise_dontneed } from '../kernel/paths/madvise.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { swap_out } from '../kernel/paths/swap-out.ts';
import { load, store } from '../kernel/paths/user.ts';
import { theId } from '../lang/expr.ts';
import { withoutLuf } from './designs.ts';
import { compaction, keeper } from './migrate-writable.ts';
import { place, thread } from './places.ts';
import type { Scenario, Variant } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const provenance = {
  source: 'correct kernels: reporting one of these would be a false alarm',
  where: 'docs/decisions/0002-truth.md, private memory that several addresses show',
};
const everywhere: readonly Variant[] = [
  ...withoutLuf,
  { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
];

export const forkSwap: Scenario = {
  id: 'fork-and-swap',
  title: 'a child reads and writes a page that fork shared and reclaim swaps out',
  provenance,
  says: 'A private page is shared by fork while reclaim takes it. The child reads it, stores and reads again: it swaps the page in, copies it, or keeps it as its last user.',
  world: { cpus: 3, mms: 2, vas: 1, frames: 4, slots: 0, swaps: 2 },
  setup: {
    vmas: [
      { mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'writable and dirty' },
    ],
    cached: [],
    loaded: [null, null, 1],
  },
  threads: [
    thread('parent', 0, (k) => [
      fork(k, { from: theId('mm', 0), to: theId('mm', 1) }),
      tell(k, k.thread('child')),
    ]),
    thread('child', 2, (k, cpu) => [
      hear(k, k.thread('parent')),
      load(k, { cpu, ...place(1, 0) }),
      store(k, { cpu, ...place(1, 0) }),
      load(k, { cpu, ...place(1, 0) }),
    ]),
    thread('kswapd', 0, (k) => [swap_out(k, {})]),
  ],
  reaches: [usedAfterwards],
  variants: everywhere,
};

export const migrateDiscard: Scenario = {
  id: 'migrate-and-discard',
  title: 'a page is discarded while it migrates and a thread stores',
  provenance,
  says: 'MADV_DONTNEED, migration and a store of a thread that knows of neither meet at one private page. The store may go with what is discarded, or into the zeroes that follow.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 3, slots: 0 },
  setup: {
    vmas: [
      { mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'writable and dirty' },
    ],
    cached: [],
    loaded: [null, 0, 0],
  },
  threads: [compaction, keeper, thread('caller', 2, (k) => [madvise_dontneed(k, place(0, 0))])],
  reaches: [usedAfterwards],
  variants: everywhere,
};
