import { emit } from '../../events/emit.ts';
import { type Id, me, some } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { path, step } from '../../lang/program.ts';
import { maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { lock, unlock } from '../locks.ts';
import { filemap_get_folio } from './filemap.ts';

interface Args {
  readonly slot: Id<'slot'>;
  /** By write(2), or by io_uring or aio, which end in kiocb_end_write and not in file_end_write. */
  readonly by?: 'write' | 'io_uring';
}

/** write(2) of one whole page of a file. */
export const write: (k: Kernel, args: Args) => Code = path(
  {
    name: 'write',
    source: 'fs/read_write.c, mm/filemap.c, 6.12 (vfs_write, generic_perform_write)',
    leavesOut: 'partial pages, O_DIRECT, file systems that bypass write_begin',
    reads: ['content_of_slot'],
    writes: ['inode_lock', 'folio'],
    locals: { folio: maybe('frame') },
  },
  (k, { slot, by }, l) => {
    const folio = k.folio(l.folio.the());
    return [
      lock('inode_lock', 'inode lock', k.inodeLock(slot)),
      filemap_get_folio(k, { slot, out: l.folio }),
      k.hooks.cancel('mapping_write_begin', { file: some(slot) }),
      step(
        'copy_folio_from_iter_atomic',
        emit('frame.write', {
          frame: l.folio.the(),
          content: some(k.contentOf(slot)),
          thread: me,
        }),
      ),
      step('write_end', folio.dirty.set(true), folio.lock.clear()),
      unlock('inode_unlock', 'inode lock', k.inodeLock(slot)),
      k.hooks.cancel(by === 'io_uring' ? 'kiocb_end_write' : 'file_end_write', {
        file: some(slot),
      }),
      step('return from write', emit('call.return', { name: 'write', thread: me })),
    ];
  },
);
