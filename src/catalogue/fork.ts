import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { fork } from '../kernel/paths/fork.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { load, store } from '../kernel/paths/user.ts';
import { theId } from '../lang/expr.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { flushedAfterwards } from './witnesses.ts';

export const forkFlush: Scenario = {
  id: 'fork-flush',
  title: 'a thread of the parent stores into a page that it shares with the child',
  provenance: {
    source: 'kernel/fork.c: why dup_mmap ends with flush_tlb_mm',
    where: 'dup_mmap; Documentation/core-api/cachetlb.rst',
  },
  says: "Fork write-protects the parent's private pages and shares them with the child. Another thread of the parent has a writable, dirty entry cached. It is told that fork has returned, and stores. The child looks.",
  world: { cpus: 3, mms: 2, vas: 1, frames: 3, slots: 0 },
  setup: {
    vmas: [
      { mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'writable and dirty' },
    ],
    cached: [],
    loaded: [0, 0, 1],
  },
  threads: [
    thread('parent', 0, (k) => [
      fork(k, { from: theId('mm', 0), to: theId('mm', 1) }),
      tell(k, k.thread('sibling')),
      tell(k, k.thread('child')),
    ]),
    thread('sibling', 1, (k, cpu) => [
      hear(k, k.thread('parent')),
      store(k, { cpu, ...place(0, 0) }),
      load(k, { cpu, ...place(0, 0) }),
    ]),
    thread('child', 2, (k, cpu) => [
      hear(k, k.thread('parent')),
      load(k, { cpu, ...place(1, 0) }),
      store(k, { cpu, ...place(1, 0) }),
      load(k, { cpu, ...place(1, 0) }),
    ]),
  ],
  reaches: [flushedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'a fork that does not flush',
      design: { design: mainline, without: ['flush_tlb_mm@dup_mmap'] },
      expect: 'leak',
    },
    { id: 'repaired', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    {
      id: 'immediate',
      says: 'every flush at once',
      design: { design: immediate },
      expect: 'holds',
    },
  ],
};
