import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { munmap } from '../kernel/paths/munmap.ts';
import { punch_hole } from '../kernel/paths/truncate.ts';
import { load } from '../kernel/paths/user.ts';
import { withoutLuf } from './designs.ts';
import { filePage, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { flushedAfterwards } from './witnesses.ts';

export const nestedZap: Scenario = {
  id: 'nested-zap',
  title: 'munmap meets an entry that a hole puncher has emptied and not flushed',
  provenance: {
    source:
      '99baac21e458, "mm: fix MADV_[FREE|DONTNEED] TLB flush miss problem", Minchan Kim, 2017: tlb_finish_mmu asks whether others gather',
    where: 'mm/mmu_gather.c, 6.12; docs/decisions/0002-truth.md: a false alarm, if nobody asked',
  },
  says: 'A hole is punched into a mapped file: its gather has emptied the entry and will flush after the page-table lock. munmap finds the entry empty. A thread that knows the address to be gone loads from it.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 1, truncation: true },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: true, shared: true, present: 'writable' }],
    cached: [0],
    loaded: [null, 0, null],
  },
  threads: [
    thread('puncher', 0, (k) => [punch_hole(k, { slot: filePage(0) })]),
    thread('caller', 2, (k) => [munmap(k, place(0, 0)), tell(k, k.thread('reader'))]),
    thread('reader', 1, (k, cpu) => [
      hear(k, k.thread('caller')),
      load(k, { cpu, ...place(0, 0) }),
    ]),
  ],
  reaches: [flushedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'munmap does not ask, nor wait for i_mmap_rwsem, which the model leaves out',
      design: { design: mainline, without: ['mm_tlb_flush_nested@tlb_finish_mmu'] },
      expect: 'stale-permission',
    },
    ...withoutLuf,
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
  ],
};
