import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { madvise_pageout } from '../kernel/paths/madvise-pageout.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { load } from '../kernel/paths/user.ts';
import { write } from '../kernel/paths/write.ts';
import { filePage, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { flushedAfterwards } from './witnesses.ts';

const reader = (from: string): Scenario['threads'][number] =>
  thread('reader', 1, (k, cpu) => [hear(k, k.thread(from)), load(k, { cpu, ...place(0, 0) })]);

export const lufPageout: Scenario = {
  id: 'LUF-pageout',
  title: 'MADV_PAGEOUT of a file page, then write(2)',
  provenance: {
    source:
      'LUF v11 and v12 against mm/madvise.c: the pages are reclaimed within the walk, before the end of the vma',
    where:
      'linux-mm, [PATCH v11 00/12] and [RFC PATCH v12 00/26] LUF; madvise_pageout_page_range, reclaim_pages',
  },
  says: 'A thread pages out a file page that is mapped read-only, which LUF leaves unflushed, writes the file, and tells a reader whose CPU still has the old frame.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
    cached: [0],
    loaded: [null, 0, 0],
  },
  threads: [
    thread('caller', 2, (k) => [
      madvise_pageout(k, place(0, 0)),
      write(k, { slot: filePage(0) }),
      tell(k, k.thread('reader')),
    ]),
    reader('caller'),
  ],
  reaches: [flushedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'LUF v11 less its payment at the end of write(2)',
      design: { design: lufV11, without: ['file_end_write'] },
      expect: 'stale-read',
    },
    { id: 'repaired', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    {
      id: 'v12-broken',
      says: 'LUF v12 less what it pays before write(2) copies, and at the end of a vma',
      design: { design: lufV12, without: ['mapping_write_begin', 'tlb_end_vma'] },
      expect: 'stale-read',
    },
    {
      id: 'v12-end-vma',
      says: 'LUF v12 less the payment of write(2): MADV_PAGEOUT has paid at the end of the vma',
      design: { design: lufV12, without: ['mapping_write_begin'] },
      expect: 'holds',
    },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    {
      id: 'v12-meanwhile',
      says: 'as v12-end-vma, and another thread writes while the page is being paged out',
      design: { design: lufV12, without: ['mapping_write_begin'] },
      threads: [
        thread('pager', 0, (k) => [madvise_pageout(k, place(0, 0))]),
        thread('writer', 2, (k) => [write(k, { slot: filePage(0) }), tell(k, k.thread('reader'))]),
        reader('writer'),
      ],
      expect: 'stale-read',
    },
    { id: 'mainline', says: 'no LUF at all', design: { design: mainline }, expect: 'holds' },
    {
      id: 'immediate',
      says: 'every flush at once',
      design: { design: immediate },
      expect: 'holds',
    },
  ],
};
