import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { madvise_dontneed } from '../kernel/paths/madvise.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load } from '../kernel/paths/user.ts';
import type { ZapHow } from '../kernel/paths/zap.ts';
import type { ThreadSetup } from '../kernel/scenario.ts';
import { immediateHolds } from './designs.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

/** All on one CPU: the threads take turns, by preemption, and need no switch of page tables. */
const onOneCpu = (how: ZapHow): readonly ThreadSetup[] => [
  thread('caller', 0, (k) => [madvise_dontneed(k, place(0, 0), how)]),
  thread('slab', 0, (k) => [new_slab(k, {})]),
  thread('reader', 0, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]),
];

export const freeBeforeFlush: Scenario = {
  id: '29eb77825cc7',
  title: 'a machine with one CPU frees pages at once and flushes at the end',
  provenance: {
    source:
      '29eb77825cc7, "arch, mm: Remove tlb_fast_mode()", Peter Zijlstra, 2013: with preemptible gathers one CPU is enough',
    where: "the commit's text",
  },
  says: 'One thread discards a page; its gather frees the page at once, since there is no other CPU, and will flush at the end. It is preempted. The kernel reuses the frame, and another thread of the same process reads it through the entry that is still there.',
  world: { cpus: 1, mms: 1, vas: 1, frames: 2, slots: 0 },
  setup: {
    vmas: [
      { mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'writable and dirty' },
    ],
    cached: [],
    loaded: [0],
  },
  threads: onOneCpu({}),
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'free, then flush',
      design: { design: mainline },
      threads: onOneCpu({ frees: 'before the flush' }),
      expect: 'leak',
    },
    { id: 'repaired', says: 'flush, then free', design: { design: mainline }, expect: 'holds' },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    immediateHolds,
  ],
};
