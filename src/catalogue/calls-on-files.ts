// What a program may ask of files, and what happens to pages.

import { blkdev_flushbuf } from '../kernel/paths/block-device.ts';
import { direct_write } from '../kernel/paths/direct-io.ts';
import {
  alloc_atomic,
  compact_zone,
  memory_failure_of_free_page,
  offline_pages,
  page_reporting_cycle,
} from '../kernel/paths/free-frames.ts';
import { fuse_notify_inval_inode } from '../kernel/paths/fuse.ts';
import { device_store } from '../kernel/paths/gup.ts';
import { iomap_write } from '../kernel/paths/iomap.ts';
import { madvise_pageout } from '../kernel/paths/madvise-pageout.ts';
import { migrate_pages } from '../kernel/paths/migrate.ts';
import { migrate_vma } from '../kernel/paths/migrate-device.ts';
import { nfs_file_read, nfs_lock, remote_write } from '../kernel/paths/nfs.ts';
import { collapse_file } from '../kernel/paths/page-tables.ts';
import { read } from '../kernel/paths/read.ts';
import { reclaim } from '../kernel/paths/reclaim.ts';
import { shmem_punch_hole } from '../kernel/paths/shmem.ts';
import { swap_out } from '../kernel/paths/swap-out.ts';
import { ftruncate, ftruncate_up, punch_hole } from '../kernel/paths/truncate.ts';
import { load, store } from '../kernel/paths/user.ts';
import { write } from '../kernel/paths/write.ts';
import { writeback } from '../kernel/paths/writeback.ts';
import { reaches } from '../kernel/witness.ts';
import {
  at,
  type Call,
  dropped,
  emptied,
  fileOf,
  loads,
  mapped,
  memory,
  mm,
  overwritten,
  readOnly,
  slot,
  stored,
  stores,
  written,
} from './program-alone.ts';

/** Files. */
export const files: readonly Call[] = [
  {
    id: 'write',
    says: 'write(2), and read(2)',
    on: fileOf(),
    does: (k) => [write(k, { slot }), read(k, { slot })],
    comes: [reaches('frame.write', 'bytes are written'), reaches('file.read', 'bytes are read')],
  },
  {
    ...{
      id: 'iomap',
      says: 'write(2) by iomap',
      on: fileOf(),
      does: (k) => [iomap_write(k, { slot })],
    },
    comes: [reaches('frame.write', 'bytes are written')],
  },
  {
    id: 'direct',
    says: 'a direct write below a mapping',
    on: readOnly,
    does: (k) => [direct_write(k, { slot })],
    comes: [reaches('slot.change', 'the device has the bytes'), dropped],
  },
  {
    id: 'writeback',
    says: 'writeback',
    on: mapped,
    does: (k) => [writeback(k, { slot })],
    comes: [written],
  },
  {
    ...{ id: 'reclaim', says: 'reclaim, and a load', on: mapped, comes: [written, dropped, loads] },
    does: (k, cpu) => [...reclaim(k), load(k, { cpu, ...at })],
  },
  {
    id: 'pageout',
    says: 'MADV_PAGEOUT',
    on: readOnly,
    does: (k) => [madvise_pageout(k, at)],
    comes: [dropped],
  },
  {
    ...{ id: 'truncate', says: 'ftruncate, longer again, and a load', comes: [dropped, loads] },
    on: fileOf({ present: 'read-only' }, { truncation: true }),
    does: (k, cpu) => [ftruncate(k, { slot }), ftruncate_up(k, { slot }), load(k, { cpu, ...at })],
  },
  {
    ...{ id: 'hole', says: 'a hole, and a load', comes: [dropped, loads] },
    on: fileOf({ present: 'read-only' }, { truncation: true }),
    does: (k, cpu) => [punch_hole(k, { slot }), load(k, { cpu, ...at })],
  },
  {
    ...{ id: 'tmpfs-hole', says: 'a hole in tmpfs, and a load', comes: [dropped, loads] },
    on: fileOf({ present: 'read-only' }, { truncation: true, tmpfs: true }),
    does: (k, cpu) => [shmem_punch_hole(k, { slot }), load(k, { cpu, ...at })],
  },
  {
    ...{ id: 'fuse', says: 'a FUSE daemon changes the file', on: readOnly },
    does: (k) => [fuse_notify_inval_inode(k, { slot })],
    comes: [reaches('slot.change', 'the file changes'), dropped],
  },
  {
    id: 'nfs-lock',
    says: 'an NFS file changes, and is locked',
    on: readOnly,
    does: (k) => [remote_write(k, { slot }), nfs_lock(k, { slot })],
    comes: [reaches('slot.promise', 'the lock is granted'), dropped],
  },
  {
    id: 'nfs-read',
    says: 'an NFS file changes, and is read',
    on: readOnly,
    does: (k) => [remote_write(k, { slot }), ...nfs_file_read(k, { slot })],
    comes: [dropped, reaches('file.read', 'bytes are read')],
  },
  {
    ...{
      id: 'flushbuf',
      says: 'BLKFLSBUF',
      on: { ...readOnly, setup: { ...readOnly.setup, vmas: [] } },
    },
    ...{ does: (k) => [blkdev_flushbuf(k, { slot })], comes: [dropped] },
  },
  {
    id: 'device',
    says: 'a device stores into a page of a file, which is written out',
    on: fileOf(),
    does: (k) => [device_store(k, { ...at, slot }), writeback(k, { slot })],
    comes: [reaches('device.write', 'the device stores'), written],
  },
  {
    id: 'collapse-file',
    says: 'khugepaged moves a page of a file',
    on: readOnly,
    does: (k) => [collapse_file(k, { ...at, slot, notifies: true })],
    comes: [reaches('slot.replace', 'the cache has the new page')],
  },
];

/** Pages that are swapped, moved or used for something else. */
export const pages: readonly Call[] = [
  {
    ...{
      id: 'swap',
      says: 'a page is swapped out and in',
      on: memory({ present: 'writable and dirty' }, { swaps: 1 }),
    },
    does: (k, cpu) => [swap_out(k, {}), load(k, { cpu, ...at })],
    comes: [reaches('swap.write', 'it is written'), reaches('swap.read', 'it is read'), loads],
  },
  {
    id: 'migrate',
    says: 'a page is moved, and a store',
    on: stored,
    does: (k, cpu) => [
      migrate_pages(k, { reason: 'MR_COMPACTION', mode: 'MIGRATE_ASYNC' }),
      store(k, { cpu, ...at }),
    ],
    comes: [reaches('frame.copy', 'it is copied'), stores],
  },
  {
    id: 'poison',
    says: 'a page is moved since its memory fails',
    on: stored,
    does: (k) => [migrate_pages(k, { reason: 'MR_MEMORY_FAILURE', mode: 'MIGRATE_SYNC' })],
    comes: [
      reaches('frame.write', 'the old frame is set aside', (e, k) =>
        k.pte(mm, at.va).frame.isnt(e.frame),
      ),
    ],
  },
  {
    ...{ id: 'collect', says: 'a driver collects a page, and gives it back', on: stored },
    ...{
      does: (k) => [migrate_vma(k, at)],
      comes: [emptied, reaches('pte.set', 'the entry is back')],
    },
  },
  {
    id: 'compact',
    says: 'compaction',
    on: stored,
    does: (k) => [compact_zone(k, {})],
    comes: [overwritten],
  },
  {
    id: 'offline',
    says: 'memory goes',
    on: stored,
    does: (k) => [offline_pages(k, {})],
    comes: [overwritten],
  },
  {
    ...{ id: 'report', says: 'the host is told', on: stored, comes: [overwritten] },
    does: (k) => [page_reporting_cycle(k, {})],
  },
  {
    ...{ id: 'hwpoison', says: 'free memory fails', on: stored, comes: [overwritten] },
    does: (k) => [memory_failure_of_free_page(k, {})],
  },
  {
    id: 'packet',
    says: 'an interrupt',
    on: stored,
    does: (k) => [alloc_atomic(k, {})],
    comes: [overwritten],
  },
];
