import { emit } from '../../events/emit.ts';
import { type Bool, exists, type Id, type Maybe, me, none } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, leave, loop, path, pickStep, type Stmts, step, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { folio_test_anon, mapsOrMigrates, unused } from '../pte-kinds.ts';
import { free_unref_folio } from './alloc.ts';
import { folio_put } from './folio.ts';
import { try_to_unmap } from './try-to-unmap.ts';

/** Reclaims one anonymous folio: a swap slot, unmap, write out, free. */
export const swap_out: (
  k: Kernel,
  args: {
    /** The one folio to reclaim, to which the caller has a reference that goes with it. */
    isolated?: Maybe<'frame'>;
  },
) => Code = path(
  {
    name: 'shrink_folio_list',
    source: 'mm/vmscan.c, 6.12 (shrink_folio_list, add_to_swap, pageout, __remove_mapping)',
    leavesOut:
      'the LRU lists and their references, batches of more than one folio; folio_maybe_dma_pinned, which keeps a pinned folio before anything is unmapped: here its reference keeps it at the end; write-out is synchronous',
    reads: ['pte', 'content_of_slot', 'page_cache'],
    writes: ['folio', 'swap'],
    locals: { folio: maybe('frame'), gone: bool, keep: bool, full: bool, last: maybe('frame') },
  },
  (k, { isolated }, l) => {
    const folio = l.folio.the();
    const state = k.folio(folio);
    const free = (swap: Id<'swap'>): Bool =>
      k
        .swap(swap)
        .cache.isNone()
        .and(exists('mm', (mm) => exists('va', (va) => k.pte(mm, va).swap.is(swap))).not());
    const put: Stmts = [
      state.lock.clear(),
      state.refs.set(state.refs.minus(1)),
      when(state.refs.is(0).and(unused(k, folio)), [l.last.set(folio)]),
    ];
    return [
      pickStep('folio_trylock', {
        pick: ['frame'],
        among: ({ frame }) => {
          const found = folio_test_anon(k, frame)
            .and(k.folio(frame).lazyfree.not())
            .and(k.folio(frame).lock.isNone())
            .and(unused(k, frame).not());
          return isolated === undefined ? found : found.and(isolated.is(frame));
        },
        does: ({ frame }) => [
          k.folio(frame).lock.set(me),
          // The reference that isolation from the LRU lists has taken.
          isolated === undefined ? k.folio(frame).refs.set(k.folio(frame).refs.plus(1)) : [],
          l.folio.set(frame),
          l.keep.set(k.folio(frame).swap.isNone()),
        ],
        otherwise: isolated === undefined ? [leave('shrink_folio_list')] : [l.gone.set(true)],
      }),
      isolated === undefined
        ? []
        : branch(l.gone, [folio_put(k, isolated), leave('shrink_folio_list')]),
      branch(l.keep, [
        pickStep('add_to_swap', {
          pick: ['swap'],
          among: ({ swap }) => free(swap),
          does: ({ swap }) => [
            k.swap(swap).cache.set(folio),
            state.swap.set(swap),
            state.dirty.set(true),
            l.keep.set(false),
          ],
          otherwise: [l.full.set(true)],
        }),
      ]),
      branch(l.full, [
        step('folio_putback', put),
        branch(l.last.isSome(), [free_unref_folio(k, { folio: l.last.the() })]),
        leave('shrink_folio_list'),
      ]),
      try_to_unmap(k, { folio, slot: none('slot'), swap: state.swap.the() }),
      // An entry that the walk did not take is still there: nothing is written out.
      step('folio_mapped', when(mapsOrMigrates(k, folio), [put, l.keep.set(true)])),
      branch(l.keep, [
        k.hooks.keep_reclaimed(),
        branch(l.last.isSome(), [free_unref_folio(k, { folio: l.last.the() })]),
        leave('shrink_folio_list'),
      ]),
      loop(
        'dirty',
        step('folio_test_dirty', when(state.dirty.not(), [leave('dirty')])),
        k.hooks.try_to_unmap_flush_dirty(),
        step(
          'pageout',
          emit('swap.write', { swap: state.swap.the(), frame: folio }),
          state.dirty.set(false),
        ),
      ),
      k.hooks.before_remove_mapping(),
      step(
        '__remove_mapping',
        when(
          state.refs.isnt(1).or(mapsOrMigrates(k, folio)),
          [put, l.keep.set(true)],
          [
            state.refs.set(0),
            k.swap(state.swap.the()).shared.set(state.shared),
            k.swap(state.swap.the()).cache.clear(),
            state.swap.clear(),
            state.mapping.clear(),
            state.lock.clear(),
          ],
        ),
      ),
      branch(
        l.keep,
        [
          k.hooks.keep_reclaimed(),
          branch(l.last.isSome(), [free_unref_folio(k, { folio: l.last.the() })]),
        ],
        [k.hooks.free_reclaimed(folio)],
      ),
    ];
  },
);
