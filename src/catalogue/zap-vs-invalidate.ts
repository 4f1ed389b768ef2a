import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { fuse_notify_inval_inode } from '../kernel/paths/fuse.ts';
import { madvise_dontneed } from '../kernel/paths/madvise.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { load } from '../kernel/paths/user.ts';
import type { ZapHow } from '../kernel/paths/zap.ts';
import type { ThreadSetup } from '../kernel/scenario.ts';
import { immediateHolds } from './designs.ts';
import { filePage, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { flushedAfterwards, usedAfterwards } from './witnesses.ts';

const at = place(0, 0);

const threads = (how?: ZapHow): readonly ThreadSetup[] => [
  thread('zapper', 0, (k) => [madvise_dontneed(k, at, how)]),
  thread('daemon', 2, (k) => [
    fuse_notify_inval_inode(k, { slot: filePage(0) }),
    tell(k, k.thread('reader')),
  ]),
  thread('reader', 1, (k, cpu) => [hear(k, k.thread('daemon')), load(k, { cpu, ...at })]),
];

export const zapVsInvalidate: Scenario = {
  id: 'zap-vs-invalidate',
  title: 'a page is zapped and not flushed yet, and an invalidation finds it mapped nowhere',
  provenance: {
    source:
      'zap_present_folio_ptes drops the rmap of a clean page at once, the flush comes with the end of the gather; invalidate_inode_pages2_range unmaps what is mapped',
    where: 'mm/memory.c, mm/truncate.c, 6.12; found by a rule that fired in a scenario beside it',
  },
  says: 'MADV_DONTNEED empties the entry of a clean page of a file, which counts as mapped no more, and has not flushed. A daemon changes the file; the invalidation finds a page that nobody maps, drops it, and returns. A thread that was told still reads the old page through its TLB.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
    cached: [0],
    loaded: [null, 0, null],
  },
  threads: threads(),
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'mainline',
      says: 'mainline as it is',
      design: { design: mainline },
      expect: 'stale-read',
    },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'stale-read' },
    {
      ...immediateHolds,
      says: 'no batches anywhere: the gather is enough',
      expect: 'stale-read',
    },
    {
      id: 'repaired',
      says: 'a clean page is treated as a dirty one: flushed under the lock, and mapped until then',
      design: { design: mainline },
      threads: threads({ clean: 'as a dirty one' }),
      reaches: [flushedAfterwards],
      expect: 'holds',
    },
  ],
};
