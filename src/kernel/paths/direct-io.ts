import { emit } from '../../events/emit.ts';
import { type Id, me, some } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, path, step } from '../../lang/program.ts';
import { bool } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { lock, unlock } from '../locks.ts';
import { invalidate_inode_pages2_range } from './invalidate.ts';

/** How a direct write may be issued and written; the kernel's own way is the first of each. */
export interface DirectHow {
  /** By write(2), which ends in file_end_write, or by io_uring or aio, which does not. */
  readonly by: 'write' | 'io_uring';
  /** Whether the second invalidation is skipped for an empty cache (`mapping->nrpages`). */
  readonly gated: boolean;
}

/** A write of one page with O_DIRECT: the bytes go to the device, past the page cache. */
export function direct_write(
  k: Kernel,
  args: { slot: Id<'slot'> },
  how: Partial<DirectHow> = {},
): Code {
  return directPath(k, { ...args, how: { by: 'write', gated: true, ...how } });
}

const directPath: (k: Kernel, args: { slot: Id<'slot'>; how: DirectHow }) => Code = path(
  {
    name: 'direct_write',
    source:
      'mm/filemap.c, fs/iomap/direct-io.c, 6.12 (kiocb_invalidate_pages, iomap_dio_complete, kiocb_invalidate_post_direct_write)',
    leavesOut:
      'the write-back of dirty pages before it; falling back to the page cache; an io_uring write completes in its caller',
    reads: ['page_cache'],
    writes: ['inode_lock'],
    locals: { nrpages: bool },
  },
  (k, { slot, how }, l) => [
    lock('inode_lock', 'inode lock', k.inodeLock(slot)),
    invalidate_inode_pages2_range(k, { slot }),
    step('submit_bio', emit('slot.change', { slot, thread: me })),
    how.gated
      ? [
          step('mapping->nrpages', l.nrpages.set(k.cache(slot).isSome())),
          branch(l.nrpages, [invalidate_inode_pages2_range(k, { slot })]),
        ]
      : [invalidate_inode_pages2_range(k, { slot })],
    unlock('inode_unlock', 'inode lock', k.inodeLock(slot)),
    k.hooks.cancel(how.by === 'write' ? 'file_end_write' : 'kiocb_end_write', {
      file: some(slot),
    }),
    step('return from write', emit('call.return', { name: 'write', thread: me })),
  ],
);
