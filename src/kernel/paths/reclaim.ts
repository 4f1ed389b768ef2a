import { emit } from '../../events/emit.ts';
import { exists, type Maybe, me, some } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { block, leave, loop, path, pickStep, step, when } from '../../lang/program.ts';
import { maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { folio_put } from './folio.ts';
import { try_to_unmap } from './try-to-unmap.ts';

/**
 * Reclaims one folio of the page cache, any that is not locked: unmap, write out if dirty, take it
 * out of the cache, free it.
 */
export const shrink_folio_list: (
  k: Kernel,
  args: {
    writeback?: 'asynchronous';
    /** The one folio to reclaim, to which the caller has a reference that goes with it. */
    isolated?: Maybe<'frame'>;
  },
) => Code = path(
  {
    name: 'shrink_folio_list',
    source: 'mm/vmscan.c, 6.12',
    leavesOut:
      'the LRU lists, anonymous folios and swap, batches of more than one folio; write-out is synchronous, or done at once and the folio kept',
    reads: ['pte'],
    writes: ['folio', 'page_cache'],
    locals: { slot: maybe('slot'), folio: maybe('frame') },
  },
  (k, { writeback, isolated }, l) => {
    const folio = l.folio.the();
    const slot = l.slot.the();
    // Where files are cut, a locked folio is passed over; elsewhere the model waits, so that reclaim runs.
    const givesUp = isolated !== undefined || k.world.truncation === true;
    const mapped = exists('mm', (mm) => exists('va', (va) => k.pte(mm, va).frame.is(folio)));
    return [
      block(
        'keep',
        pickStep('folio_trylock', {
          pick: ['slot', 'frame'],
          among: (one) => {
            const cached = k.cache(one.slot).is(one.frame);
            const found = givesUp ? cached.and(k.folio(one.frame).lock.isNone()) : cached;
            return isolated === undefined ? found : found.and(isolated.is(one.frame));
          },
          when: (one) => k.folio(one.frame).lock.isNone(),
          does: (one) => [
            k.folio(one.frame).lock.set(me),
            // Isolating it from its LRU list took a reference.
            isolated === undefined
              ? k.folio(one.frame).refs.set(k.folio(one.frame).refs.plus(1))
              : [],
            l.slot.set(one.slot),
            l.folio.set(one.frame),
          ],
          otherwise:
            isolated === undefined
              ? [leave('shrink_folio_list')]
              : [l.folio.set(isolated), leave('keep')],
        }),
        try_to_unmap(k, { folio, slot: some(slot) }),
        loop(
          'dirty',
          step(
            'folio_test_dirty',
            // Before it looks at that: still mapped, since zapping has emptied an entry and not
            // flushed it. The folio is kept.
            when(k.folio(folio).delayedRmap.isnt(0), [k.folio(folio).lock.clear(), leave('keep')]),
            when(k.folio(folio).dirty.not(), [leave('dirty')]),
          ),
          k.hooks.try_to_unmap_flush_dirty(),
          step(
            'pageout',
            emit('slot.writeout', { slot, frame: folio }),
            k.folio(folio).dirty.set(false),
            writeback === 'asynchronous' ? [k.folio(folio).lock.clear(), leave('keep')] : [],
          ),
        ),
        k.hooks.before_remove_mapping(),
        step(
          '__remove_mapping',
          when(k.folio(folio).refs.isnt(1).or(mapped), [
            k.folio(folio).lock.clear(),
            leave('keep'),
          ]),
          emit('slot.remove', { slot, frame: folio }),
          k.cache(slot).clear(),
          k.folio(folio).mapping.clear(),
          k.folio(folio).refs.set(0),
        ),
        step('folio_unlock', k.folio(folio).lock.clear()),
        k.hooks.free_reclaimed(folio),
        leave('shrink_folio_list'),
      ),
      // Kept, and back to where it was isolated from, once the batch is flushed.
      k.hooks.keep_reclaimed(),
      folio_put(k, l.folio),
    ];
  },
);

/** How a scenario says that reclaim runs: once for each folio it may take. */
export function reclaim(k: Kernel, folios = 1): Code[] {
  return Array.from({ length: folios }, () => shrink_folio_list(k, {}));
}
