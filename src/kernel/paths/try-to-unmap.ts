import type { BoolRef, Id, Maybe } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { inlined, path, type Stmts, step, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { anon_vma_lock_read, anon_vma_unlock_read } from '../locks.ts';
import { ptep_get_and_clear, set_pte_at } from '../pte.ts';
import { set_swap_entry } from '../pte-kinds.ts';
import { rmap_walk } from './rmap-walk.ts';
import { clear_entry, set_pending_or_flush, should_defer_flush } from './unmap-flush.ts';

interface Args {
  readonly folio: Id<'frame'>;
  /** The folio's slot of the page cache; none for an anonymous one. */
  readonly slot: Maybe<'slot'>;
  /** The slot in swap space of an anonymous folio, which its entries name from now on. */
  readonly swap?: Id<'swap'>;
  /**
   * An anonymous folio that may be dropped instead, if it is clean and nobody else holds it. Set when
   * it is not: then the entry is back, and the walk is over.
   */
  readonly redirtied?: BoolRef;
}

/** Empties every page-table entry that maps a locked folio, or makes it an entry of its swap slot. */
export const try_to_unmap: (k: Kernel, args: Args) => Code = path(
  {
    name: 'try_to_unmap',
    source: 'mm/rmap.c, 6.12 (try_to_unmap, try_to_unmap_one)',
    leavesOut:
      'large folios, mlock, mmu notifiers, failures that put the old entry back; i_mmap_rwsem of a file; an entry armed for NUMA hinting is left, and the folio kept; the rmap walk visits the mappings in any order; whether an anonymous page was exclusive is kept with its slot',
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
  (k, { folio, slot, swap, redirtied }, l) => {
    const [mm, va] = [l.mm.the(), l.va.the()];
    const pte = k.pte(mm, va);
    const anon = swap !== undefined || redirtied !== undefined;
    const state = k.folio(folio);
    const transferDirty: Stmts = [when(l.dirty, [k.folio(folio).dirty.set(true)])];
    const clear: Stmts = [
      l.writable.set(pte.writable),
      l.dirty.set(k.pteDirty(mm, va).bit),
      anon ? l.uffd_wp.set(pte.uffd_wp) : [],
      ptep_get_and_clear(k, mm, va),
    ];
    const emptied = { mm, va, folio, writable: l.writable, dirty: l.dirty, slot };
    return [
      k.hooks.try_to_unmap_start(),
      anon ? anon_vma_lock_read(k) : [],
      rmap_walk(
        k,
        l,
        (at) => {
          const mapped = k.pte(at.mm, at.va).frame.is(folio);
          return redirtied === undefined ? mapped : mapped.and(redirtied.not());
        },
        inlined(
          'try_to_unmap_one',
          should_defer_flush(k, mm, l.defer),
          clear_entry(k, l.defer, clear),
          set_pending_or_flush(k, emptied, l.defer, swap === undefined ? transferDirty : []),
          swap !== undefined
            ? step(
                'set_pte_at(swap entry)',
                transferDirty,
                set_swap_entry(k, mm, va, swap, l.uffd_wp),
              )
            : [],
          redirtied === undefined
            ? []
            : step(
                'folio_test_swapbacked',
                when(state.refs.isnt(1).or(state.dirty), [
                  set_pte_at(k, mm, va, folio, l.writable, l.dirty),
                  pte.uffd_wp.set(l.uffd_wp),
                  state.lazyfree.set(false),
                  redirtied.set(true),
                ]),
              ),
        ),
      ),
      anon ? anon_vma_unlock_read(k) : [],
      k.hooks.try_to_unmap_end(),
    ];
  },
);
