import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { madvise_dontneed, oom_reap_task_mm } from '../kernel/paths/madvise.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load, store } from '../kernel/paths/user.ts';
import type { ZapHow } from '../kernel/paths/zap.ts';
import { immediateHolds } from './designs.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

export const parallelZap: Scenario = {
  id: '99baac21e458',
  title: 'the second of two MADV_DONTNEED finds nothing and flushes nothing',
  provenance: {
    source:
      '99baac21e458, "mm: fix MADV_[FREE|DONTNEED] TLB flush miss problem", Minchan Kim, 2017',
    where: "the commit's text",
  },
  says: 'Two threads discard the same page. The first empties the entry and will flush later. The second finds the entry empty, returns, and says so. A CPU with the old, writable entry stores into the frame that is on its way out.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 0 },
  setup: {
    vmas: [
      { mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'writable and dirty' },
    ],
    cached: [],
    loaded: [0, 0, 0],
  },
  threads: [
    thread('first', 0, (k) => [madvise_dontneed(k, place(0, 0))]),
    thread('second', 2, (k) => [madvise_dontneed(k, place(0, 0)), tell(k, k.thread('user'))]),
    thread('user', 1, (k, cpu) => [
      hear(k, k.thread('second')),
      store(k, { cpu, ...place(0, 0) }),
      load(k, { cpu, ...place(0, 0) }),
    ]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'a gather that does not ask for others',
      design: { design: mainline, without: ['mm_tlb_flush_nested@tlb_finish_mmu'] },
      expect: 'lost-write',
    },
    { id: 'repaired', says: 'mainline since', design: { design: mainline }, expect: 'holds' },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    immediateHolds,
  ],
};

const reaper = (how: ZapHow): Scenario['threads'][number] =>
  thread('oom_reaper', 0, (k) => [oom_reap_task_mm(k, place(0, 0), how), new_slab(k, {})]);
const victim = thread('victim', 1, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]);

export const oomReaper: Scenario = {
  id: 'CVE-2017-18202',
  title: 'the OOM reaper frees the pages of a process that still runs, without a flush',
  provenance: {
    source:
      'CVE-2017-18202, 687cb0884a71, "mm, oom_reaper: gather each vma to prevent leaking TLB entry", Wang Nan, 2017',
    where: "the commit's text",
  },
  says: 'The reaper zaps a process as if all of its threads had ended, and the architecture skips the flush. A thread still runs, with its translations. The frame is reused, and the thread reads it.',
  world: { cpus: 2, mms: 1, vas: 1, frames: 2, slots: 0 },
  setup: {
    vmas: [
      { mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'writable and dirty' },
    ],
    cached: [],
    loaded: [null, 0],
  },
  threads: [reaper({ gather: 'range' }), victim],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'a gather of the whole mm, on an architecture that skips its flush (arm64)',
      design: { design: mainline },
      threads: [reaper({ gather: 'whole mm' }), victim],
      expect: 'leak',
    },
    {
      id: 'repaired',
      says: 'a gather for each vma',
      design: { design: mainline },
      expect: 'holds',
    },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    immediateHolds,
  ],
};
