import { emit } from '../../events/emit.ts';
import { type Id, me, some } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { path, step } from '../../lang/program.ts';
import { maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { lock, unlock } from '../locks.ts';
import { filemap_get_folio } from './filemap.ts';

/** write(2) of one whole page on a file system that does not use `write_begin` (XFS and others). */
export const iomap_write: (k: Kernel, args: { slot: Id<'slot'> }) => Code = path(
  {
    name: 'write (iomap)',
    source: 'fs/iomap/buffered-io.c, 6.12 (iomap_file_buffered_write, iomap_write_iter)',
    leavesOut: 'partial pages, extents that went stale before the folio was locked',
    reads: ['content_of_slot'],
    writes: ['inode_lock', 'folio'],
    locals: { folio: maybe('frame') },
  },
  (k, { slot }, l) => {
    const folio = k.folio(l.folio.the());
    return [
      lock('inode_lock', 'inode lock', k.inodeLock(slot)),
      filemap_get_folio(k, { slot, out: l.folio }),
      k.hooks.cancel('iomap_write_begin', { file: some(slot) }),
      step(
        'copy_folio_from_iter_atomic',
        emit('frame.write', {
          frame: l.folio.the(),
          content: some(k.contentOf(slot)),
          thread: me,
        }),
      ),
      step('iomap_write_end', folio.dirty.set(true), folio.lock.clear()),
      unlock('inode_unlock', 'inode lock', k.inodeLock(slot)),
      k.hooks.cancel('file_end_write', { file: some(slot) }),
      step('return from write', emit('call.return', { name: 'write', thread: me })),
    ];
  },
);
