import { emit } from '../../events/emit.ts';
import { type Id, me } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { path, step } from '../../lang/program.ts';
import { maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { filemap_invalidate_lock_shared, filemap_invalidate_unlock_shared } from '../locks.ts';
import { filemap_get_folio, folio_unlock } from './filemap.ts';

/** read(2) of one whole page of a file: how a thread learns a content without a mapping. */
export const read: (k: Kernel, args: { slot: Id<'slot'> }) => Code = path(
  {
    name: 'read',
    source: 'fs/read_write.c, mm/filemap.c, 6.12 (vfs_read, filemap_read)',
    leavesOut:
      'a folio that is up to date is copied without its lock; short reads at the end of the file; readahead',
    reads: [],
    writes: ['folio', 'invalidate_lock'],
    locals: { folio: maybe('frame') },
  },
  (k, { slot }, l) => [
    // filemap_create_folio; a cached folio needs no lock, but then nothing waits for this one.
    k.world.truncation === true ? filemap_invalidate_lock_shared(k, slot) : [],
    filemap_get_folio(k, { slot, out: l.folio }),
    k.world.truncation === true ? filemap_invalidate_unlock_shared(k, slot) : [],
    step('copy_folio_to_iter', emit('file.read', { slot, frame: l.folio.the(), thread: me })),
    folio_unlock(k, l.folio.the()),
    step('return from read', emit('call.return', { name: 'read', thread: me })),
  ],
);
