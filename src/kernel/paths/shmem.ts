import { emit } from '../../events/emit.ts';
import { type Id, me, some } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, path, step, waitStep, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { lock, unlock } from '../locks.ts';
import { free_unref_folio } from './alloc.ts';
import { folio_mapped, isLast } from './folio.ts';
import { fileEnds } from './truncate.ts';
import { unmap_mapping_range } from './unmap-mapping.ts';

interface File {
  readonly slot: Id<'slot'>;
}

/** Takes a page of a tmpfs file away for good, from the cache or from swap. */
const shmem_undo_range: (k: Kernel, args: File) => Code = path(
  {
    name: 'shmem_undo_range',
    source: 'mm/shmem.c, 6.12 (shmem_undo_range, shmem_free_swap); the hook is LUF v12',
    leavesOut: 'pages that are cut in part; huge pages; the second look at an emptied range',
    reads: ['pte', 'free', 'content_of_slot'],
    writes: ['folio', 'page_cache'],
    locals: { folio: maybe('frame'), gone: bool, mapped: bool, last: bool },
  },
  (k, { slot }, l) => {
    const cached = k.folio(k.cache(slot).the());
    const folio = k.folio(l.folio.the());
    const freed = emit('slot.change', { slot, thread: me });
    return [
      waitStep(
        'folio_lock, or shmem_free_swap',
        k.cache(slot).isNone().or(cached.lock.isNone()),
        when(
          k.cache(slot).isNone(),
          [l.gone.set(true), freed],
          [cached.lock.set(me), l.folio.set(k.cache(slot))],
        ),
      ),
      branch(l.gone.not(), [
        step('folio_mapped', l.mapped.set(folio_mapped(k, l.folio.the()))),
        branch(l.mapped, [unmap_mapping_range(k, { slot, even_cows: false })]),
        step(
          'filemap_remove_folio',
          emit('slot.remove', { slot, frame: l.folio.the() }),
          freed,
          folio.dirty.set(false),
          k.cache(slot).clear(),
          folio.mapping.clear(),
        ),
        k.hooks.cancel('truncate_inode_folio', { file: some(slot) }),
        step('folio_unlock', folio.lock.clear(), l.last.set(isLast(k, l.folio))),
        branch(l.last, [free_unref_folio(k, { folio: l.folio.the() })]),
      ]),
      k.hooks.cancel('shmem_undo_range', { file: some(slot) }),
    ];
  },
);

/** fallocate(2) that punches a page out of a tmpfs file. */
export const shmem_punch_hole: (k: Kernel, args: File) => Code = path(
  {
    name: 'shmem_fallocate',
    source: 'fs/open.c, mm/shmem.c, 6.12 (vfs_fallocate, shmem_fallocate)',
    leavesOut: 'seals; holes that are not whole pages',
    reads: [],
    writes: ['inode_lock', 'invalidate_lock'],
  },
  (k, { slot }) => [
    lock('inode_lock', 'inode lock', k.inodeLock(slot)),
    step('inode->i_private = &shmem_falloc', k.invalidateLock(slot).writer.set(me)),
    unmap_mapping_range(k, { slot, even_cows: false }),
    shmem_undo_range(k, { slot }),
    step('inode->i_private = NULL', k.invalidateLock(slot).writer.clear()),
    unlock('inode_unlock', 'inode lock', k.inodeLock(slot)),
    k.hooks.cancel('file_end_write', { file: some(slot) }),
    step('return from fallocate', emit('call.return', { name: 'fallocate', thread: me })),
  ],
);

/** ftruncate(2) to a size that cuts the page off, in tmpfs: no lock keeps faults out meanwhile. */
export const shmem_truncate: (k: Kernel, args: File) => Code = path(
  {
    name: 'shmem_setattr',
    source: 'fs/open.c, mm/shmem.c, 6.12 (do_truncate, shmem_setattr, shmem_truncate_range)',
    leavesOut: 'seals, quotas; that nothing is looked for in a file that has no page',
    reads: ['vma', 'content_of_slot'],
    writes: ['inode_lock', 'beyond_i_size'],
  },
  (k, { slot }) => [
    lock('inode_lock', 'inode lock', k.inodeLock(slot)),
    step('i_size_write', emit('slot.change', { slot, thread: me }), fileEnds(k, slot, true)),
    unmap_mapping_range(k, { slot, even_cows: true }),
    shmem_undo_range(k, { slot }),
    // Again, as in truncate_pagecache: private copies may have been made meanwhile.
    unmap_mapping_range(k, { slot, even_cows: true }),
    unlock('inode_unlock', 'inode lock', k.inodeLock(slot)),
    step('return from ftruncate', emit('call.return', { name: 'ftruncate', thread: me })),
  ],
);
