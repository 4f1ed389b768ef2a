import { emit } from '../../events/emit.ts';
import { type BoolRef, exists, type Id, type MaybeRef, me, no } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, leave, path, step, waitStep, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { spin_lock_ptl, unlocked } from '../locks.ts';
import { set_pte_at } from '../pte.ts';
import { pte_clear_not_present } from '../pte-kinds.ts';
import { alloc_pages, free_unref_folio } from './alloc.ts';

/**
 * Swap-in. Where the fault is a store that may not reuse the page as it is, it ends with the
 * page-table lock held, `orig` set and `wp` true, and `do_wp_page` goes on.
 */
export const do_swap_page: (
  k: Kernel,
  args: {
    mm: Id<'mm'>;
    va: Id<'va'>;
    write: boolean;
    swap: Id<'swap'>;
    orig: MaybeRef<'frame'>;
    wp: BoolRef;
  },
) => Code = path(
  {
    name: 'do_swap_page',
    source: 'mm/memory.c, mm/swap_state.c, 6.12',
    leavesOut:
      'readahead, swap-in that bypasses the swap cache, KSM copies, large folios; a slot that nobody names any more is dropped with its page',
    reads: ['content_of_anon', 'vma'],
    writes: ['ptl', 'pte', 'pte_dirty', 'folio', 'swap'],
    locals: { folio: maybe('frame'), made: maybe('frame'), writable: bool, uffd_wp: bool },
  },
  (k, { mm, va, write, swap, orig, wp }, l) => {
    const pte = k.pte(mm, va);
    const page = l.folio.the();
    const folio = k.folio(page);
    const slot = k.swap(swap);
    const locked = exists('frame', (f) => slot.cache.is(f).and(k.folio(f).lock.isSome()));
    /** `swap_swapcount`: asked again once the entry here is gone, it says whether others name the slot. */
    const named = exists('mm', (m) => exists('va', (v) => k.pte(m, v).swap.is(swap)));
    const found = [k.folio(slot.cache.the()).lock.set(me), l.folio.set(slot.cache)];
    return [
      waitStep('swap_cache_get_folio', locked.not(), when(slot.cache.isSome(), found)),
      branch(l.folio.isNone(), [
        alloc_pages(k, { out: l.made }),
        waitStep(
          'add_to_swap_cache',
          locked.not(),
          when(slot.cache.isSome(), found, [
            // swapcache_prepare: -ENOENT for a slot that nobody names any more.
            when(named, [
              l.folio.set(l.made),
              l.made.clear(),
              slot.cache.set(page),
              folio.lock.set(me),
              folio.swap.set(swap),
              folio.mapping.set(k.anonOf(mm, va)),
              folio.shared.set(slot.shared),
              emit('swap.read', { swap, frame: page }),
            ]),
          ]),
        ),
        branch(l.made.isSome(), [free_unref_folio(k, { folio: l.made.the() })]),
        branch(l.folio.isNone(), [leave('do_swap_page')]),
      ]),
      spin_lock_ptl(k, mm, va),
      step(
        'pte_same',
        when(pte.swap.isnt(swap).or(folio.swap.isnt(swap)), [
          folio.lock.clear(),
          unlocked('ptl', k.ptl(mm, va)),
          leave('do_swap_page'),
        ]),
      ),
      k.hooks.before_pte_change(mm, va),
      step(
        'set_ptes',
        l.uffd_wp.set(pte.uffd_wp),
        l.writable.set(folio.shared.not().and(k.vma(mm, va).writable).and(pte.uffd_wp.not())),
        pte_clear_not_present(k, mm, va),
        set_pte_at(k, mm, va, page, l.writable, write ? l.writable : no),
        pte.uffd_wp.set(l.uffd_wp),
        orig.set(page),
        // should_try_to_free_swap: the last user of the slot drops it.
        when(named.not(), [
          slot.cache.clear(),
          slot.shared.set(false),
          folio.swap.clear(),
          folio.dirty.set(true),
        ]),
        folio.lock.clear(),
        write
          ? when(l.writable, [unlocked('ptl', k.ptl(mm, va))], [wp.set(true)])
          : [unlocked('ptl', k.ptl(mm, va))],
      ),
    ];
  },
);
