import { emit } from '../../events/emit.ts';
import { type Id, me } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { path, step } from '../../lang/program.ts';
import type { Kernel } from '../kernel.ts';
import { invalidate_inode_pages2_range } from './invalidate.ts';

/** The daemon of a FUSE file system changes a page and has the kernel forget what it cached. */
export const fuse_notify_inval_inode: (k: Kernel, args: { slot: Id<'slot'> }) => Code = path(
  {
    name: 'fuse_notify_inval_inode',
    source:
      'fs/fuse/dev.c, fs/fuse/inode.c, 6.12 (fuse_notify_inval_inode, fuse_reverse_inval_inode)',
    leavesOut: 'attributes; sizes; the write-back cache',
    reads: [],
    writes: [],
  },
  (k, { slot }) => [
    step('the daemon changes the file', emit('slot.change', { slot, thread: me })),
    invalidate_inode_pages2_range(k, { slot }),
    step('return from write to /dev/fuse', emit('call.return', { name: 'write', thread: me })),
  ],
);
