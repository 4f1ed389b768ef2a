import { emit } from '../../events/emit.ts';
import { type Bool, exists, type Id, me, none } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, leave, loop, path, pickStep, type Stmts, step, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { anon_vma_lock_read, anon_vma_unlock_read, spin_unlock_ptl } from '../locks.ts';
import { ptep_get_and_clear } from '../pte.ts';
import { folio_test_anon, mapsOrMigrates, set_swap_entry, unused } from '../pte-kinds.ts';
import { free_unref_folio } from './alloc.ts';
import { set_pending_or_flush, should_defer_flush } from './unmap-flush.ts';

/** Every entry of a locked anonymous folio becomes an entry of its swap slot. */
const try_to_unmap_anon: (k: Kernel, args: { folio: Id<'frame'> }) => Code = path(
  {
    name: 'try_to_unmap',
    source: 'mm/rmap.c, 6.12 (try_to_unmap, try_to_unmap_one, anonymous folios)',
    leavesOut:
      'large folios, mlock, pages freed lazily (MADV_FREE), failures that put the old entry back; an entry armed for NUMA hinting is left, and the folio kept; whether the page was exclusive is kept with the slot',
    reads: ['mm_cpumask', 'cpu_of'],
    writes: ['ptl', 'pte', 'pte_dirty', 'folio'],
    locals: {
      mm: maybe('mm'),
      va: maybe('va'),
      writable: bool,
      dirty: bool,
      uffd_wp: bool,
      defer: bool,
    },
  },
  (k, { folio }, l) => {
    const [mm, va] = [l.mm.the(), l.va.the()];
    const pte = k.pte(mm, va);
    return [
      k.hooks.try_to_unmap_start(),
      anon_vma_lock_read(k),
      loop(
        'rmap_walk',
        pickStep('page_vma_mapped_walk', {
          pick: ['mm', 'va'],
          among: (at) => k.pte(at.mm, at.va).frame.is(folio),
          when: (at) => k.ptl(at.mm, at.va).isNone(),
          does: (at) => [
            emit('lock.take', { lock: 'ptl', thread: me }),
            k.ptl(at.mm, at.va).set(me),
            l.mm.set(at.mm),
            l.va.set(at.va),
          ],
          otherwise: [leave('rmap_walk')],
        }),
        should_defer_flush(k, mm, l.defer),
        step(
          'ptep_get_and_clear',
          l.writable.set(pte.writable),
          l.dirty.set(k.pteDirty(mm, va).bit),
          l.uffd_wp.set(pte.uffd_wp),
          ptep_get_and_clear(k, mm, va),
        ),
        set_pending_or_flush(
          k,
          { mm, va, folio, writable: l.writable, dirty: l.dirty, slot: none('slot') },
          l.defer,
        ),
        step(
          'set_pte_at(swap entry)',
          when(l.dirty, [k.folio(folio).dirty.set(true)]),
          set_swap_entry(k, mm, va, k.folio(folio).swap.the(), l.uffd_wp),
        ),
        spin_unlock_ptl(k, mm, va),
      ),
      anon_vma_unlock_read(k),
      k.hooks.try_to_unmap_end(),
    ];
  },
);

/** Reclaims one anonymous folio: a swap slot, unmap, write out, free. */
export const swap_out: (k: Kernel, args: Record<never, never>) => Code = path(
  {
    name: 'shrink_folio_list',
    source: 'mm/vmscan.c, 6.12 (shrink_folio_list, add_to_swap, pageout, __remove_mapping)',
    leavesOut:
      'the LRU lists and their references, batches of more than one folio; folio_maybe_dma_pinned, which keeps a pinned folio before anything is unmapped: here its reference keeps it at the end; write-out is synchronous',
    reads: ['pte', 'content_of_slot', 'page_cache'],
    writes: ['folio', 'swap'],
    locals: { folio: maybe('frame'), keep: bool, full: bool, last: maybe('frame') },
  },
  (k, _, l) => {
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
        among: ({ frame }) =>
          folio_test_anon(k, frame).and(k.folio(frame).lock.isNone()).and(unused(k, frame).not()),
        does: ({ frame }) => [
          k.folio(frame).lock.set(me),
          // The reference that isolation from the LRU lists has taken.
          k.folio(frame).refs.set(k.folio(frame).refs.plus(1)),
          l.folio.set(frame),
          l.keep.set(k.folio(frame).swap.isNone()),
        ],
        otherwise: [leave('shrink_folio_list')],
      }),
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
      try_to_unmap_anon(k, { folio }),
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
