import { mainline } from '../kernel/designs/mainline.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { munmap } from '../kernel/paths/munmap.ts';
import { load } from '../kernel/paths/user.ts';
import type { World } from '../kernel/world.ts';
import { immediateHolds } from './designs.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { flushedAfterwards } from './witnesses.ts';

const world: World = { cpus: 2, mms: 1, vas: 1, frames: 1, slots: 1, arch: 'sparc64' };

export const tsb: Scenario = {
  id: '23a01138efe2',
  title: 'a TLB is refilled from the second TLB that is flushed after it',
  provenance: {
    source: '23a01138efe2, "sparc: tsb must be flushed before tlb", Dave Kleikamp, 2013',
    where: "the commit's text; arch/sparc/mm/tlb.c, flush_tlb_pending",
  },
  says: 'sparc64 keeps a second TLB in memory, where each TLB miss looks first. munmap sends the TLB flush, and clears that table only afterwards. In between a CPU misses and takes the old entry back. Its thread is told of munmap and still reads.',
  world,
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
    cached: [0],
    loaded: [null, 0],
  },
  threads: [
    thread('caller', 0, (k) => [munmap(k, place(0, 0)), tell(k, k.thread('reader'))]),
    thread('reader', 1, (k, cpu) => [
      hear(k, k.thread('caller')),
      load(k, { cpu, ...place(0, 0) }),
    ]),
  ],
  reaches: [flushedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'first the TLBs, then the table in memory',
      design: { design: mainline },
      world: { ...world, mistakes: ['tsb-flushed-last'] },
      expect: 'stale-permission',
    },
    {
      id: 'repaired',
      says: 'first the table in memory, then the TLBs',
      design: { design: mainline },
      expect: 'holds',
    },
    immediateHolds,
  ],
};
