import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { type NfsHow, nfs_file_read, nfs_lock, remote_write } from '../kernel/paths/nfs.ts';
import { load } from '../kernel/paths/user.ts';
import type { ThreadSetup } from '../kernel/scenario.ts';
import type { UserKernel } from '../kernel/user-kernel.ts';
import { reaches } from '../kernel/witness.ts';
import type { Code } from '../lang/nodes.ts';
import { immediateHolds } from './designs.ts';
import { mappedReadOnly, onePageWorld, readerOf } from './file-pages.ts';
import { filePage, kswapd, place, thread } from './places.ts';
import type { Scenario, Variant } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const provenance = {
  source: 'review of LUF v11, Dave Hansen, 3 June 2024: NFS locks and an empty page cache',
  where: 'linux-mm, thread of [PATCH v11 09/12]; fs/nfs/inode.c, nfs_set_cache_invalid',
};
const slot = filePage(0);
const server = thread('server', 2, (k) => [remote_write(k, { slot })]);
const notGated: NfsHow = { gated: false };

const always: readonly Variant[] = [
  {
    id: 'v12',
    says: 'LUF v12 as posted: with no page cached, NFS calls nothing that has a hook',
    design: { design: lufV12 },
    expect: 'stale-read',
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
];

// Who takes the lock or reads sleeps until the server answers, and a CPU that comes back from
// another task catches up with the flushes it missed. So the one who looks is another thread, which
// waits for a flag in memory and never leaves its CPU.
const told = (name: string, learns: (k: UserKernel) => readonly Code[]): ThreadSetup[] => [
  kswapd,
  server,
  readerOf(name),
  thread(name, 2, (k) => [...learns(k), tell(k, k.thread('reader'))]),
];
const locking = (how?: NfsHow): ThreadSetup[] =>
  told('locker', (k) => [nfs_lock(k, { slot }, how)]);
const reading = (how?: NfsHow): ThreadSetup[] =>
  told('other', (k) => nfs_file_read(k, { slot }, how));

/** Number 14 of the review's scenarios, with a lock. */
export const nfsLock: Scenario = {
  id: 'LUF-nfs-lock',
  title: 'an NFS lock is granted, and a mapping of the file still shows what it was before',
  provenance,
  says: "A reader has a page of an NFS file mapped; it was the only one cached, and reclaim took it away lazily. The server's file changes. Another thread of the process takes a lock with fcntl, which drops what is cached of the file: nothing is. It tells the reader, who looks.",
  world: onePageWorld,
  setup: mappedReadOnly,
  threads: locking(),
  reaches: [usedAfterwards],
  variants: [
    ...always,
    {
      id: 'repaired',
      says: 'LUF v12 on an NFS client that does not look at nrpages',
      design: { design: lufV12 },
      threads: locking(notGated),
      expect: 'holds',
    },
    {
      id: 'v11-repaired',
      says: 'LUF v11 on an NFS client that does not look at nrpages: zapping asks what is pending',
      design: { design: lufV11 },
      threads: locking(notGated),
      expect: 'holds',
    },
    {
      id: 'v12-hook',
      says: 'LUF v12 with a hook of its own in nfs_sync_mapping, before the look at nrpages',
      design: { design: lufV12, plus: ['nfs_sync_mapping'] },
      expect: 'holds',
    },
    {
      id: 'v12-refill',
      says: 'LUF v12 that pays when a slot is filled: the load fills none',
      design: { design: lufV12, plus: ['filemap_add_folio'] },
      expect: 'stale-read',
    },
  ],
};

export const nfsRead: Scenario = {
  id: 'LUF-nfs-read',
  title: 'read(2) of an NFS file returns new bytes, and then a mapping of it old ones',
  provenance,
  says: 'As with the lock, but another thread reads the file with read(2), gets what the server has now, and tells the reader of the mapping.',
  world: onePageWorld,
  setup: mappedReadOnly,
  threads: reading(),
  reaches: [usedAfterwards],
  variants: [
    ...always,
    {
      id: 'v12-not-gated',
      says: 'LUF v12 on an NFS client that does not look at nrpages: the file changed after the client asked for its attributes, and the page comes new all the same',
      design: { design: lufV12 },
      threads: reading(notGated),
      expect: 'stale-read',
    },
    {
      id: 'repaired',
      says: 'LUF v12 that pays when a slot is filled: read(2) fills it',
      design: { design: lufV12, plus: ['filemap_add_folio'] },
      expect: 'holds',
    },
    {
      id: 'v11-repaired',
      says: 'LUF v11 with its debts published, that pays when a slot is filled',
      design: { design: lufV11, plus: ['__remove_mapping', 'filemap_add_folio'] },
      expect: 'holds',
    },
  ],
};

/** The file changes a second time, while the client is about to drop what it has of the first. */
export const nfsChangedAgain: Scenario = {
  id: 'nfs-changed-again',
  title: 'an NFS file changes while the client drops what it had cached of it',
  provenance: {
    source:
      '17dfeb911339, "NFS: Fix races in nfs_revalidate_mapping", Jeff Layton, 2014: the flag is cleared before the pages are dropped, and whoever finds it cleared waits',
    where: 'fs/nfs/inode.c, nfs_clear_invalid_mapping; found by hand: either left out went unseen',
  },
  says: 'The server changes a file twice. A client that reads it after the first change drops the page it has cached; a mapping brings it in again. Who is told of the second change and reads the file must get that.',
  world: { ...onePageWorld, cpus: 2 },
  setup: { ...mappedReadOnly, loaded: [null, 0] },
  threads: [
    thread('server', 0, (k) => [
      remote_write(k, { slot }),
      remote_write(k, { slot }),
      tell(k, k.thread('told')),
    ]),
    thread('first', 0, (k) => nfs_file_read(k, { slot })),
    thread('told', 0, (k) => [hear(k, k.thread('server')), ...nfs_file_read(k, { slot })]),
    thread('mapper', 1, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]),
  ],
  reaches: [
    reaches(
      'slot.change',
      'the file changes while the client drops its page',
      (e, k) => k.nfs(e.slot).invalidating,
    ),
  ],
  variants: [
    { id: 'mainline', says: mainline.says, design: { design: mainline }, expect: 'holds' },
    immediateHolds,
  ],
};
