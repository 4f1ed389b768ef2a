import { emit } from '../../events/emit.ts';
import { type Id, type MaybeRef, me, no, none } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { type Codes, path, pickStep, type Stmts, step, when } from '../../lang/program.ts';
import type { Kernel } from '../kernel.ts';

/** Takes any free frame. It has no owner's bytes in it yet: what it held is still there. */
export const alloc_pages: (
  k: Kernel,
  args: {
    out: MaybeRef<'frame'>;
    /** What an interrupt does between the free lists and the first use, with `current` as it was. */
    interrupt?: Codes;
  },
) => Code = path(
  {
    name: 'alloc_pages',
    source: 'mm/page_alloc.c, 6.12',
    leavesOut: 'zones, per-CPU lists and their order: any free frame may be taken; direct reclaim',
    reads: [],
    writes: ['free', 'folio', 'buddy'],
  },
  (k, { out, interrupt }) => [
    k.hooks.get_page_from_freelist(),
    pickStep('rmqueue', {
      pick: ['frame'],
      among: ({ frame }) => k.free.has(frame).and(k.hooks.may_take(frame, 'task')),
      does: ({ frame }) => [
        k.hooks.rmqueue(frame, 'rmqueue'),
        k.free.remove(frame.only()),
        out.set(frame),
        expand(k, frame),
      ],
    }),
    interrupt ?? [],
    k.hooks.prep_new_page(out.the(), 'rmqueue'),
    step(
      'post_alloc_hook',
      emit('frame.alloc', { frame: out.the() }),
      k.folio(out.the()).dirty.set(no),
    ),
  ],
);

/** `expand`: the head of a block is taken, and its tail goes back to the lists in the same step. */
function expand(k: Kernel, head: Id<'frame'>): Stmts {
  if (k.buddy === undefined) return [];
  const tail = k.buddy(head);
  return [
    when(tail.isSome(), [
      k.hooks.expand(head, tail.the()),
      k.free.set(k.free.with(tail.the())),
      tail.clear(),
    ]),
  ];
}

/** Gives a frame back. With init_on_free its bytes are overwritten on the way. */
export const free_unref_folio: (k: Kernel, args: { folio: Id<'frame'> }) => Code = path(
  {
    name: 'free_unref_folio',
    source: 'mm/page_alloc.c, 6.12 (free_unref_folios, one folio)',
    leavesOut: 'per-CPU lists, merging of buddies; poisoning and zeroing are one and the same',
    reads: [],
    writes: ['free', 'folio'],
  },
  (k, { folio }) => [
    k.world.init_on_free === true
      ? [
          k.hooks.free_pages_prepare(folio),
          step(
            'kernel_init_pages',
            emit('frame.write', { frame: folio, content: none('content'), thread: me }),
          ),
        ]
      : [],
    step(
      'free_unref_page_commit',
      emit('frame.free', { frame: folio }),
      k.folio(folio).mapping.clear(),
      k.folio(folio).shared.set(no),
      k.folio(folio).ksm.set(no),
      k.folio(folio).lazyfree.set(no),
      k.free.set(k.free.with(folio)),
    ),
  ],
);
