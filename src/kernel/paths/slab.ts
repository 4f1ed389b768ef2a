import { emit } from '../../events/emit.ts';
import { me, none } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { path, step } from '../../lang/program.ts';
import { maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { alloc_pages } from './alloc.ts';

/** The kernel takes a page for data of its own, and writes it. It never gives the page back. */
export const new_slab: (k: Kernel, args: Record<never, never>) => Code = path(
  {
    name: 'new_slab',
    source: 'mm/slub.c, 6.12 (allocate_slab, then any user of the slab)',
    leavesOut: 'everything about slabs but that they overwrite the page',
    reads: [],
    writes: [],
    locals: { page: maybe('frame') },
  },
  (k, _, l) => [
    alloc_pages(k, { out: l.page }),
    step(
      'store to the new object',
      emit('frame.write', { frame: l.page.the(), content: none('content'), thread: me }),
    ),
  ],
);
