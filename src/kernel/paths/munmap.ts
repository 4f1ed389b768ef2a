import { emit } from '../../events/emit.ts';
import {
  type Bool,
  type BoolRef,
  type Id,
  type Maybe,
  type MaybeRef,
  me,
  no,
  none,
} from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, path, type Stmts, step, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { mmap_write_lock, mmap_write_unlock, spin_lock_ptl, spin_unlock_ptl } from '../locks.ts';
import { ptep_get_and_clear } from '../pte.ts';
import { folio_test_anon, pte_clear_not_present, unused } from '../pte-kinds.ts';
import { free_unref_folio } from './alloc.ts';
import { flush_tlb_mm_range } from './tlb-flush.ts';

/** Nobody else holds the anonymous folio whose entry is gone: it can be freed. */
export function lastUser(k: Kernel, folio: Id<'frame'>): Bool {
  return folio_test_anon(k, folio).and(k.folio(folio).refs.is(0)).and(unused(k, folio));
}

/** `__tlb_remove_page`: the entry's reference to a private page stays with the gather. */
export function gatherPage(k: Kernel, page: Id<'frame'>, into: MaybeRef<'frame'>): Stmts {
  // File pages stay in the cache; private memory has no other home and may go.
  return [
    when(folio_test_anon(k, page), [
      into.set(page),
      k.folio(page).refs.set(k.folio(page).refs.plus(1)),
    ]),
  ];
}

/** `tlb_batch_pages_flush`: after the flush, the gather drops its reference. */
export function freeGathered(k: Kernel, page: MaybeRef<'frame'>, last: BoolRef): Code {
  const folio = k.folio(page.the());
  return branch(page.isSome(), [
    step(
      'free_pages_and_swap_cache',
      folio.refs.set(folio.refs.minus(1)),
      last.set(lastUser(k, page.the())),
    ),
    branch(last, [free_unref_folio(k, { folio: page.the() })]),
  ]);
}

/**
 * `zap_pte_range` of entries that hardware does not walk. What a migration entry names is let go by
 * whoever migrates it; the page of a swap slot stays in the swap cache until it is reclaimed.
 */
export function zap_not_present(k: Kernel, mm: Id<'mm'>, va: Id<'va'>, gathered: BoolRef): Stmts {
  const pte = k.pte(mm, va);
  return [
    when(pte.target.isSome().and(pte.hint), [gathered.set(true)]),
    when(pte.target.isSome().or(pte.swap.isSome()), pte_clear_not_present(k, mm, va)),
  ];
}

interface At {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
}

/** Empties the entries of a range that is going away and flushes, if it emptied any. */
export const unmap_region: (k: Kernel, args: At & { file: Maybe<'slot'> }) => Code = path(
  {
    name: 'unmap_region',
    source: 'mm/mmap.c, mm/memory.c, mm/mmu_gather.c, 6.12 (zap_pte_range, tlb_finish_mmu)',
    leavesOut:
      'page tables being freed, several pages in one gather, the forced flush for dirty shared pages',
    reads: ['pte_dirty', 'mm_cpumask', 'content_of_slot', 'page_cache'],
    writes: ['ptl', 'pte', 'pte_dirty', 'folio'],
    locals: { gathered: bool, page: maybe('frame'), last: bool },
  },
  (k, { mm, va, file }, l) => {
    const pte = k.pte(mm, va);
    return [
      spin_lock_ptl(k, mm),
      k.hooks.flush_tlb_batched_pending(mm, 'zap_pte_range'),
      step(
        'zap_pte_range',
        when(pte.frame.isSome(), [
          l.gathered.set(true),
          when(k.pteDirty(mm, va).bit, [k.folio(pte.frame.the()).dirty.set(true)]),
          gatherPage(k, pte.frame.the(), l.page),
          ptep_get_and_clear(k, mm, va),
        ]),
        zap_not_present(k, mm, va, l.gathered),
      ),
      spin_unlock_ptl(k, mm),
      k.hooks.cancel('tlb_end_vma', { mm, file }),
      branch(l.gathered, [flush_tlb_mm_range(k, { mm, va })]),
      freeGathered(k, l.page, l.last),
    ];
  },
);

/** munmap(2) of one page. */
export const munmap: (k: Kernel, args: At) => Code = path(
  {
    name: 'munmap',
    source: 'mm/mmap.c, 6.12 (do_vmi_align_munmap)',
    leavesOut: 'splitting of vmas, the downgrade of mmap_lock to reading while pages are zapped',
    reads: [],
    writes: ['mmap_lock', 'vma'],
    locals: { sharedFile: maybe('slot') },
  },
  (k, { mm, va }, l) => [
    mmap_write_lock(
      k,
      mm,
      when(k.vma(mm, va).shared, [l.sharedFile.set(k.vma(mm, va).file)]),
      emit('vma.change', {
        mm,
        va,
        content: none('content'),
        writable: no,
        shared: no,
        fresh: no,
        thread: me,
      }),
      k.vma(mm, va).mapped.set(false),
      k.vma(mm, va).file.clear(),
      k.vma(mm, va).writable.set(false),
    ),
    unmap_region(k, { mm, va, file: l.sharedFile }),
    mmap_write_unlock(k, mm),
    step('return from munmap', emit('call.return', { name: 'munmap', thread: me })),
  ],
);
