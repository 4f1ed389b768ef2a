import { emit } from '../../events/emit.ts';
import { type Id, me, no, none, some } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, each, path, type Stmts, step, waitStep, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { filemap_invalidate_lock, filemap_invalidate_unlock, lock, unlock } from '../locks.ts';
import { free_unref_folio } from './alloc.ts';
import { folio_mapped, isLast } from './folio.ts';
import { unmap_mapping_range } from './unmap-mapping.ts';
import type { ZapHow } from './zap.ts';

interface File {
  readonly slot: Id<'slot'>;
}

/** Takes a file page's folio out of the cache for good, wherever it is mapped. */
export const truncate_inode_pages_range: (k: Kernel, args: File) => Code = path(
  {
    name: 'truncate_inode_pages_range',
    source:
      'mm/truncate.c, 6.12 (find_lock_entries, truncate_cleanup_folio, truncate_inode_folio); the hooks are LUF v12',
    leavesOut:
      'pages that are cut in part; several folios; the second look at an emptied range; every folio has private data, as with buffer heads',
    reads: ['pte', 'free', 'content_of_slot'],
    writes: ['folio', 'page_cache'],
    locals: { folio: maybe('frame'), gone: bool, second: bool, mapped: bool, last: bool },
  },
  (k, { slot }, l) => {
    const scope = { file: some(slot) };
    const cached = k.folio(k.cache(slot).the());
    const folio = k.folio(l.folio.the());
    return [
      // First pass: what is not locked. Second pass: waits for what was.
      step(
        'find_lock_entries',
        when(
          k.cache(slot).isNone(),
          [l.gone.set(true)],
          [
            when(
              cached.lock.isNone(),
              [cached.lock.set(me), l.folio.set(k.cache(slot))],
              [l.second.set(true)],
            ),
          ],
        ),
      ),
      branch(l.second, [
        waitStep(
          'folio_lock',
          k.cache(slot).isNone().or(cached.lock.isNone()),
          when(
            k.cache(slot).isNone(),
            [l.gone.set(true)],
            [cached.lock.set(me), l.folio.set(k.cache(slot))],
          ),
        ),
      ]),
      branch(l.gone.not(), [
        step('folio_mapped', l.mapped.set(folio_mapped(k, l.folio.the()))),
        branch(l.mapped, [unmap_mapping_range(k, { slot, even_cows: false })]),
        k.hooks.cancel('folio_invalidate', scope),
        step(
          'filemap_remove_folio',
          emit('slot.remove', { slot, frame: l.folio.the() }),
          folio.dirty.set(false),
          k.cache(slot).clear(),
          folio.mapping.clear(),
        ),
        branch(l.second, [k.hooks.cancel('truncate_inode_folio', scope)]),
        step('folio_unlock', folio.lock.clear(), l.last.set(isLast(k, l.folio))),
        branch(l.last, [free_unref_folio(k, { folio: l.folio.the() })]),
      ]),
      k.hooks.cancel('truncate_inode_pages_range', scope),
    ];
  },
);

/** What every address that maps the page means now: the page, or a signal. */
export function fileEnds(k: Kernel, slot: Id<'slot'>, before: boolean): Stmts {
  return [
    each('mm', (mm) => [
      each('va', (va) => [
        when(k.vma(mm, va).file.is(slot), [
          emit('vma.change', {
            mm,
            va,
            content: before ? none('content') : some(k.contentOf(slot)),
            writable: k.vma(mm, va).writable,
            shared: k.vma(mm, va).shared,
            fresh: no,
            thread: me,
          }),
        ]),
      ]),
    ]),
    k.beyondEof(slot).set(before),
  ];
}

/** ftruncate(2) to a size that cuts the page off. */
export function ftruncate(k: Kernel, args: File, how?: ZapHow): Code {
  return ftruncatePath(k, { ...args, how });
}
const ftruncatePath: (k: Kernel, args: File & { how: ZapHow | undefined }) => Code = path(
  {
    name: 'ftruncate',
    source:
      'fs/open.c, fs/ext4/inode.c, mm/truncate.c, 6.12 (do_truncate, ext4_setattr, truncate_pagecache)',
    leavesOut: 'the journal, direct I/O in flight',
    reads: ['vma', 'content_of_slot'],
    writes: ['inode_lock', 'invalidate_lock', 'beyond_i_size'],
  },
  (k, { slot, how }) => [
    lock('inode_lock', 'inode lock', k.inodeLock(slot)),
    filemap_invalidate_lock(k, slot),
    // Twice: a store from here on may be lost, and what is written out until the blocks are freed
    // is gone as well.
    step('i_size_write', emit('slot.change', { slot, thread: me }), fileEnds(k, slot, true)),
    unmap_mapping_range(k, { slot, even_cows: true }, how),
    truncate_inode_pages_range(k, { slot }),
    // Again: private copies may have been made while the cache was being emptied.
    unmap_mapping_range(k, { slot, even_cows: true }, how),
    step('ext4_truncate', emit('slot.change', { slot, thread: me })),
    filemap_invalidate_unlock(k, slot),
    unlock('inode_unlock', 'inode lock', k.inodeLock(slot)),
    step('return from ftruncate', emit('call.return', { name: 'ftruncate', thread: me })),
  ],
);

/** ftruncate(2) to a size that includes the page again: it reads as zeroes. */
export const ftruncate_up: (k: Kernel, args: File) => Code = path(
  {
    name: 'ftruncate (longer)',
    source: 'fs/open.c, fs/ext4/inode.c, 6.12 (do_truncate, ext4_setattr)',
    leavesOut: 'pagecache_isize_extended: the page that held the old end',
    reads: ['vma', 'content_of_slot'],
    writes: ['inode_lock', 'beyond_i_size'],
  },
  (k, { slot }) => [
    lock('inode_lock', 'inode lock', k.inodeLock(slot)),
    step('i_size_write', fileEnds(k, slot, false)),
    unlock('inode_unlock', 'inode lock', k.inodeLock(slot)),
    step('return from ftruncate', emit('call.return', { name: 'ftruncate', thread: me })),
  ],
);

/** fallocate(2) that punches the page out: it reads as zeroes from then on. */
export const punch_hole: (k: Kernel, args: File) => Code = path(
  {
    name: 'fallocate',
    source:
      'fs/open.c, fs/ext4/inode.c, mm/truncate.c, 6.12 (vfs_fallocate, ext4_punch_hole, truncate_pagecache_range)',
    leavesOut: 'the journal, direct I/O in flight, holes that are not whole pages',
    reads: [],
    writes: ['inode_lock', 'invalidate_lock'],
  },
  (k, { slot }) => [
    lock('inode_lock', 'inode lock', k.inodeLock(slot)),
    filemap_invalidate_lock(k, slot),
    // Twice, as in ftruncate.
    step('ext4_punch_hole', emit('slot.change', { slot, thread: me })),
    unmap_mapping_range(k, { slot, even_cows: false }),
    truncate_inode_pages_range(k, { slot }),
    step('ext4_ext_remove_space', emit('slot.change', { slot, thread: me })),
    filemap_invalidate_unlock(k, slot),
    unlock('inode_unlock', 'inode lock', k.inodeLock(slot)),
    // vfs_fallocate brackets the file system with file_start_write and file_end_write.
    k.hooks.cancel('file_end_write', { file: some(slot) }),
    step('return from fallocate', emit('call.return', { name: 'fallocate', thread: me })),
  ],
);
