// Blocks of free pages: two buddies become one entry of the free lists, and one of them may be taken
// while the other goes back. What each owes has to survive both.

import { emit } from '../../events/emit.ts';
import { type Id, type MaybeRef, me, none } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { path, pickStep, type Stmts, step, when } from '../../lang/program.ts';
import { maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';

type WithBlocks = Kernel & { readonly buddy: (head: Id<'frame'>) => MaybeRef<'frame'> };
export function withBlocks(k: Kernel): WithBlocks {
  const { buddy } = k;
  if (buddy === undefined) throw new Error('nothing merges in this world');
  return { ...k, buddy };
}

/** Two single free frames leave their per-CPU lists and become one block. */
export const merge_into_block: (k: WithBlocks, args: Record<never, never>) => Code = path(
  {
    name: 'free_pcppages_bulk',
    source: 'mm/page_alloc.c, 6.12 (free_pcppages_bulk, __free_one_page)',
    leavesOut:
      'which frames are buddies: any two; orders above 1; that the two are freed one by one',
    reads: [],
    writes: ['free', 'buddy'],
    locals: { head: maybe('frame') },
  },
  (k, _, l) => [
    pickStep('__free_one_page', {
      pick: ['frame'],
      among: ({ frame }) => k.free.has(frame).and(k.buddy(frame).isNone()),
      does: ({ frame }) => [k.hooks.free_pcppages_bulk(frame), l.head.set(frame)],
      otherwise: [],
    }),
    pickStep('__free_one_page: merge', {
      pick: ['frame'],
      among: ({ frame }) => {
        const head = l.head.the();
        const single = k.free.has(head).and(k.buddy(head).isNone());
        return l.head
          .isSome()
          .and(l.head.is(frame).not())
          .and(single)
          .and(k.free.has(frame))
          .and(k.buddy(frame).isNone());
      },
      does: ({ frame }) => [
        k.hooks.free_pcppages_bulk(frame),
        k.hooks.merge_buddies(l.head.the(), frame),
        k.buddy(l.head.the()).set(frame),
        k.free.remove(frame.only()),
      ],
      otherwise: [],
    }),
  ],
);

/** The kernel takes a page for data of its own, from the buddy lists; a block is split for it. */
export const new_slab_from_block: (k: WithBlocks, args: Record<never, never>) => Code = path(
  {
    name: 'new_slab',
    source: 'mm/slub.c, mm/page_alloc.c, 6.12 (rmqueue_buddy, __rmqueue_smallest, expand)',
    leavesOut: 'per-CPU lists on the way; orders above 1; which half is taken: the head',
    reads: [],
    writes: ['free', 'buddy', 'folio'],
    locals: { page: maybe('frame') },
  },
  (k, _, l) => {
    const taken = (frame: Id<'frame'>): Stmts => [
      k.hooks.rmqueue(frame, 'rmqueue'),
      k.free.remove(frame.only()),
      l.page.set(frame),
    ];
    return [
      pickStep('__rmqueue_smallest', {
        pick: ['frame'],
        among: ({ frame }) => k.free.has(frame).and(k.hooks.may_take(frame, 'task')),
        does: ({ frame }) => [
          taken(frame),
          when(k.buddy(frame).isSome(), [
            k.hooks.expand(frame, k.buddy(frame).the()),
            k.free.set(k.free.with(k.buddy(frame).the())),
            k.buddy(frame).clear(),
          ]),
        ],
      }),
      k.hooks.prep_new_page(l.page.the(), 'rmqueue'),
      step('post_alloc_hook', emit('frame.alloc', { frame: l.page.the() })),
      step(
        'store to the new object',
        emit('frame.write', { frame: l.page.the(), content: none('content'), thread: me }),
      ),
    ];
  },
);
