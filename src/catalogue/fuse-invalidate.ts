import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { fuse_notify_inval_inode } from '../kernel/paths/fuse.ts';
import { load } from '../kernel/paths/user.ts';
import { write } from '../kernel/paths/write.ts';
import { reaches } from '../kernel/witness.ts';
import { changedBy, mappedReadOnly, onePageWorld } from './file-pages.ts';
import { filePage, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

export const fuseInvalidate: Scenario = {
  id: 'LUF-remote',
  title: 'a FUSE daemon changes a file and has an empty cache invalidated',
  provenance: {
    source: 'review of LUF v11, Dave Hansen, 3 June 2024: files that change with no local write',
    where: 'linux-mm, thread of [PATCH v11 09/12]; the hook is in v12 16/26',
  },
  says: 'A reader has a page of a FUSE file mapped. Reclaim takes the page away lazily. The daemon changes the page, tells the kernel to forget it, and the kernel finds nothing cached. The daemon tells the reader, who looks.',
  world: onePageWorld,
  setup: mappedReadOnly,
  threads: changedBy('daemon', (k) => [fuse_notify_inval_inode(k, { slot: filePage(0) })]),
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'LUF v12 less the hook at the end of invalidate_inode_pages2_range',
      design: { design: lufV12, without: ['invalidate_inode_pages2_range'] },
      expect: 'stale-read',
    },
    {
      id: 'repaired',
      says: 'LUF v12 as posted: the hook is reached for an empty cache, too',
      design: { design: lufV12 },
      expect: 'holds',
    },
    {
      id: 'v12-refill',
      says: 'the same that pays when a slot is filled instead: nothing fills it',
      design: {
        design: lufV12,
        without: ['invalidate_inode_pages2_range'],
        plus: ['filemap_add_folio'],
      },
      expect: 'stale-read',
    },
    {
      id: 'v11',
      says: 'LUF v11 as posted: nothing on this way',
      design: { design: lufV11 },
      expect: 'stale-read',
    },
    {
      id: 'v11-published',
      says: 'LUF v11 with its debts published: still nothing on this way',
      design: { design: lufV11, plus: ['__remove_mapping'] },
      expect: 'stale-read',
    },
    {
      id: 'v11-repaired',
      says: "the same with v12's hook",
      design: { design: lufV11, plus: ['__remove_mapping', 'invalidate_inode_pages2_range'] },
      expect: 'holds',
    },
    {
      id: 'mainline',
      says: 'no LUF at all: a window as long as one batch of reclaim',
      design: { design: mainline },
      expect: 'stale-read',
    },
    {
      id: 'mainline-repaired',
      says: 'mainline that flushes its batch before a folio leaves the cache',
      design: { design: mainline, plus: ['__remove_mapping'] },
      expect: 'holds',
    },
    {
      id: 'immediate',
      says: 'every flush at once',
      design: { design: immediate },
      expect: 'holds',
    },
  ],
};

export const writtenAndInvalidated: Scenario = {
  id: 'written-and-invalidated',
  title: 'a process writes to a page that a FUSE daemon has invalidated',
  provenance: {
    source: 'invalidate_complete_folio2 leaves a dirty page alone',
    where: 'mm/truncate.c, 6.12; found by hand: a dirty page that was dropped went unseen',
  },
  says: 'A daemon changes a file and has its page invalidated. Meanwhile a process writes the page, and reads what it has written: it must not go with what was there before.',
  world: { cpus: 2, mms: 1, vas: 1, frames: 2, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
    cached: [0],
    loaded: [null, 0],
  },
  threads: [
    thread('daemon', 0, (k) => [fuse_notify_inval_inode(k, { slot: filePage(0) })]),
    thread('writer', 1, (k, cpu) => [
      write(k, { slot: filePage(0) }),
      load(k, { cpu, ...place(0, 0) }),
    ]),
  ],
  reaches: [
    reaches('frame.write', 'write(2) comes to the page that is about to be invalidated', (e, k) =>
      k.folio(e.frame).refs.isnt(0),
    ),
  ],
  variants: [
    { id: 'mainline', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
    {
      id: 'immediate',
      says: 'every flush at once',
      design: { design: immediate },
      expect: 'holds',
    },
  ],
};
