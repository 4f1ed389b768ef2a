import { emit } from '../../events/emit.ts';
import { type Id, me } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, path, step } from '../../lang/program.ts';
import { bool } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { mapping_try_invalidate } from './invalidate.ts';

interface Page {
  /** A page of the block device's own page cache. */
  readonly slot: Id<'slot'>;
}

/** Whoever else has the device, over the fabric or below a loop device, writes it. */
export function write_beneath(_: Kernel, { slot }: Page): Code {
  return step('write on another initiator', emit('slot.change', { slot, thread: me }));
}

/** ioctl(BLKFLSBUF): forget what is cached of a device, as far as nobody uses it. */
export const blkdev_flushbuf: (k: Kernel, args: Page) => Code = path(
  {
    name: 'blkdev_flushbuf',
    source: 'block/ioctl.c, block/bdev.c, 6.12 (blkdev_flushbuf, invalidate_bdev)',
    leavesOut: 'the write-back of dirty pages; buffer heads',
    reads: ['page_cache'],
    writes: [],
    locals: { nrpages: bool },
  },
  (k, { slot }, l) => [
    step('mapping->nrpages', l.nrpages.set(k.cache(slot).isSome())),
    branch(l.nrpages, [mapping_try_invalidate(k, { slot })]),
    step('return from ioctl', emit('call.return', { name: 'ioctl', thread: me })),
  ],
);
