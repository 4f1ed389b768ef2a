import { immediate } from '../kernel/designs/immediate.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { strict } from '../kernel/designs/strict.ts';
import { oom_reap_task_mm } from '../kernel/paths/madvise.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { load, store } from '../kernel/paths/user.ts';
import type { ZapHow } from '../kernel/paths/zap.ts';
import type { ThreadSetup } from '../kernel/scenario.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const threads = (how: ZapHow): readonly ThreadSetup[] => [
  thread('discarder', 0, (k) => [oom_reap_task_mm(k, place(0, 0), how)]),
  thread('reader', 1, (k, cpu) => [hear(k, k.thread('writer')), load(k, { cpu, ...place(0, 0) })]),
  thread('writer', 2, (k, cpu) => [store(k, { cpu, ...place(0, 0) }), tell(k, k.thread('reader'))]),
];

export const dontneedStore: Scenario = {
  id: 'dontneed-store',
  title: 'a store goes into fresh zeroes while MADV_DONTNEED has not flushed yet',
  provenance: {
    source: 'found by pairs of operations: private:store/madvise',
    where: 'mm/memory.c, zap_page_range_single: the flush comes after the page-table lock',
  },
  says: 'MADV_DONTNEED empties an entry and drops the page-table lock; its flush comes later. Another thread stores: a fault puts a zeroed page there. It tells a reader, whose CPU still reads the page that is being discarded: neither what was stored nor what could follow it.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 0 },
  setup: {
    vmas: [{ mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'read-only' }],
    cached: [],
    loaded: [null, 0, 0],
  },
  threads: threads({ gather: 'range' }),
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'mainline',
      says: 'mainline as it is, with no batch and no LUF involved',
      design: { design: mainline },
      expect: 'stale-read',
    },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'stale-read' },
    {
      id: 'strict',
      says: "Hansen's two rules: what a caller is about to flush is no debt in their sense",
      design: { design: strict },
      expect: 'stale-read',
    },
    {
      id: 'immediate',
      says: 'every flush of reclaim at once: this is not one of those',
      design: { design: immediate },
      expect: 'stale-read',
    },
    {
      id: 'repaired',
      says: 'the gather is flushed before the page-table lock is dropped (in no kernel)',
      design: { design: mainline },
      threads: threads({ gather: 'under the lock' }),
      expect: 'holds',
    },
  ],
};
