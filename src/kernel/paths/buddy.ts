// Blocks of free pages: two buddies become one entry of the free lists; alloc.ts takes one of them and
// gives the other back. What each owes has to survive both.

import type { Id, MaybeRef } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { path, pickStep } from '../../lang/program.ts';
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
