import { type Id, me, none } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, leave, path, pickStep, step, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { folio_test_anon, mapsOrMigrates, unused } from '../pte-kinds.ts';
import { free_unref_folio } from './alloc.ts';
import { try_to_unmap } from './try-to-unmap.ts';

/** Reclaims one folio that MADV_FREE has marked: unmapped and dropped, unless it is dirty again. */
export const shrink_lazyfree: (k: Kernel, args: Record<never, never>) => Code = path(
  {
    name: 'shrink_folio_list',
    source: 'mm/vmscan.c, mm/rmap.c, 6.12 (shrink_folio_list, folios that are not swap-backed)',
    leavesOut:
      'the LRU lists, batches of more than one folio; references, by which a folio is kept before it is unmapped',
    reads: ['pte', 'content_of_slot', 'page_cache'],
    writes: ['folio'],
    locals: { folio: maybe('frame'), keep: bool, last: maybe('frame') },
  },
  (k, _, l) => {
    const folio = l.folio.the();
    const state = k.folio(folio);
    const lazy = (frame: Id<'frame'>): ReturnType<typeof folio_test_anon> =>
      folio_test_anon(k, frame)
        .and(k.folio(frame).lazyfree)
        .and(k.folio(frame).lock.isNone())
        .and(unused(k, frame).not());
    return [
      pickStep('folio_trylock', {
        pick: ['frame'],
        among: ({ frame }) => lazy(frame),
        does: ({ frame }) => [
          k.folio(frame).lock.set(me),
          // The reference that isolation from the LRU lists has taken.
          k.folio(frame).refs.set(k.folio(frame).refs.plus(1)),
          l.folio.set(frame),
        ],
        otherwise: [leave('shrink_folio_list')],
      }),
      try_to_unmap(k, { folio, slot: none('slot'), redirtied: l.keep }),
      step(
        'folio_ref_freeze',
        when(
          l.keep.or(state.refs.isnt(1)).or(mapsOrMigrates(k, folio)),
          [
            l.keep.set(true),
            state.lock.clear(),
            state.refs.set(state.refs.minus(1)),
            when(state.refs.is(0).and(unused(k, folio)), [l.last.set(folio)]),
          ],
          [state.refs.set(0), state.mapping.clear(), state.lock.clear()],
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
