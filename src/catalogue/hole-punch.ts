import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { shmem_punch_hole } from '../kernel/paths/shmem.ts';
import { punch_hole } from '../kernel/paths/truncate.ts';
import { changedBy, mappedReadOnly, onePageWorld } from './file-pages.ts';
import { filePage } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

export const holePunch: Scenario = {
  id: 'LUF-hole-punch',
  title: 'a page is mapped again and reclaimed lazily while its hole is being punched',
  provenance: {
    source: 'LUF v12 16/26 and 20/26: the hooks in mm/truncate.c, also for an empty mapping',
    where: 'linux-mm, [RFC PATCH v12 00/26] LUF, 20 February 2025',
  },
  says: 'fallocate(FALLOC_FL_PUNCH_HOLE) zaps the page. A reader faults the cached page in once more, which no lock forbids, and reclaim takes it away lazily. The cache is empty when fallocate comes to empty it. The reader, told of the hole, looks.',
  world: { ...onePageWorld, truncation: true },
  setup: mappedReadOnly,
  threads: changedBy('puncher', (k) => [punch_hole(k, { slot: filePage(0) })], 1),
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'LUF v12 less the hook at the end of truncate_inode_pages_range',
      design: { design: lufV12, without: ['truncate_inode_pages_range'] },
      expect: 'stale-read',
    },
    { id: 'repaired', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    {
      id: 'v11-broken',
      says: 'LUF v11 with its debts published, less the hook that fallocate shares with write(2)',
      design: { design: lufV11, without: ['file_end_write'], plus: ['__remove_mapping'] },
      expect: 'stale-read',
    },
    {
      id: 'v11-repaired',
      says: 'LUF v11 with its debts published',
      design: { design: lufV11, plus: ['__remove_mapping'] },
      expect: 'holds',
    },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'stale-read' },
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

export const tmpfsHolePunch: Scenario = {
  id: 'LUF-tmpfs-hole-punch',
  title: 'the same in tmpfs, whose way of emptying a range has its own code',
  provenance: {
    source: 'LUF v12 16/26 and 20/26 change mm/truncate.c and not mm/shmem.c',
    where: 'mm/shmem.c, shmem_undo_range, 6.12',
  },
  says: 'As LUF-hole-punch, in tmpfs. Faults wait while a hole is being punched, but one that has looked just before goes on and maps the page after it was zapped. Reclaim puts the page into swap, and lazily so where writing to swap is done at once, as with zram or zswap (else the page is kept for now, and kept pages pay). shmem_undo_range finds a swap entry and frees that.',
  world: { ...onePageWorld, truncation: true, tmpfs: true },
  // Not yet in the page table: the reader's first load is the fault that has looked just before.
  setup: {
    ...mappedReadOnly,
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true }],
  },
  threads: changedBy('puncher', (k) => [shmem_punch_hole(k, { slot: filePage(0) })], 1),
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'v12',
      says: 'LUF v12 as posted: its hook is in truncate_inode_folio, and a swap entry has no folio',
      design: { design: lufV12 },
      expect: 'stale-read',
    },
    {
      id: 'repaired',
      says: 'LUF v12 with a hook at the end of shmem_undo_range',
      design: { design: lufV12, plus: ['shmem_undo_range'] },
      expect: 'holds',
    },
    {
      id: 'v11-published',
      says: 'LUF v11 with its debts published: file_end_write pays',
      design: { design: lufV11, plus: ['__remove_mapping'] },
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
