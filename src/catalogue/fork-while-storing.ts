// fork(2) beside threads of the parent that store: until it has flushed, some CPU stores to what the child
// has, too. Slips in that flush had shown nowhere else.

import { fork } from '../kernel/paths/fork.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { load, store } from '../kernel/paths/user.ts';
import { theId } from '../lang/expr.ts';
import { asItIs } from './designs.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { flushedAfterwards } from './witnesses.ts';

const family = { from: theId('mm', 0), to: theId('mm', 1) };
const page = (va: number) =>
  ({
    ...{ mm: 0, va, frame: va, writable: true, shared: false },
    present: 'writable and dirty',
  }) as const;

export const forkWhileStoring: Scenario = {
  id: 'fork-while-storing',
  title: 'two threads of the parent store while it forks, and one of them gets a copy',
  provenance: {
    source: 'dup_mmap: the flush comes before mmap_lock is dropped, and with it any fault',
    where: 'kernel/fork.c, 6.12; found by hand: a flush after the lock went unseen',
  },
  says: "Fork write-protects a page of the parent. One of its threads stores and faults: it gets a copy. Another one may still have the page writable on its CPU; if it may store there when the copy has been made, what it stores is the child's alone.",
  world: { cpus: 3, mms: 2, vas: 1, frames: 3, slots: 0 },
  setup: { vmas: [page(0)], cached: [], loaded: [null, 0, 0] },
  threads: [
    thread('parent', 0, (k) => [fork(k, family)]),
    thread('one', 1, (k, cpu) => [store(k, { cpu, ...place(0, 0) })]),
    thread('two', 2, (k, cpu) => [
      store(k, { cpu, ...place(0, 0) }),
      load(k, { cpu, ...place(0, 0) }),
    ]),
  ],
  reaches: [flushedAfterwards],
  variants: asItIs,
};

export const forkTwoPages: Scenario = {
  id: 'fork-two-pages',
  title: 'fork shares two pages, and a thread of the parent stores to one of them',
  provenance: {
    source: 'dup_mmap ends with flush_tlb_mm: one flush for all that it has write-protected',
    where: 'kernel/fork.c, 6.12; found by hand: a flush of the last page only went unseen',
  },
  says: 'Fork write-protects two pages of the parent and flushes once. A thread of the parent that has a writable entry of either stores there: the child must not find it.',
  world: { cpus: 3, mms: 2, vas: 2, frames: 3, slots: 0 },
  setup: { vmas: [page(0), page(1)], cached: [], loaded: [null, 0, 1] },
  threads: [
    thread('parent', 0, (k) => [fork(k, family), tell(k, k.thread('child'))]),
    thread('sibling', 1, (k, cpu) => [store(k, { cpu, ...place(0, 0) })]),
    thread('child', 2, (k, cpu) => [hear(k, k.thread('parent')), load(k, { cpu, ...place(1, 0) })]),
  ],
  reaches: [flushedAfterwards],
  variants: asItIs,
};
