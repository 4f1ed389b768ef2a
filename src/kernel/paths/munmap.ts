import { emit } from '../../events/emit.ts';
import { type Id, type Maybe, me } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, path, step, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { mmap_write_lock, mmap_write_unlock, spin_lock_ptl, spin_unlock_ptl } from '../locks.ts';
import { ptep_get_and_clear } from '../pte.ts';
import { folio_test_anon, zap_not_present } from '../pte-kinds.ts';
import { detach_vma } from '../vma.ts';
import { flush_tlb_mm_range } from './tlb-flush.ts';
import { folio_put } from './zap.ts';

interface At {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
}

/** Empties the entries of a range that is going away and flushes, if it emptied any. */
export const unmap_region: (
  k: Kernel,
  args: At & { file: Maybe<'slot'>; reuse?: boolean },
) => Code = path(
  {
    name: 'unmap_region',
    source:
      'mm/mmap.c, mm/memory.c, mm/mmu_gather.c, 6.12 (zap_pte_range, tlb_finish_mmu, free_pages_and_swap_cache)',
    leavesOut:
      'page tables being freed, several pages in one gather; mm->tlb_flush_pending: who asks for that while a gather for munmap is under way would flush more',
    reads: ['pte_dirty', 'mm_cpumask', 'content_of_slot'],
    writes: ['ptl', 'pte', 'pte_dirty', 'folio'],
    locals: { page: maybe('frame'), gathered: bool, dirty: bool },
  },
  (k, { mm, va, file, reuse = false }, l) => {
    const pte = k.pte(mm, va);
    const zapped = k.folio(l.page.the());
    return [
      spin_lock_ptl(k, mm, va),
      k.hooks.flush_tlb_batched_pending(mm, 'zap_pte_range'),
      step(
        'zap_pte_range',
        when(pte.frame.isSome(), [
          when(k.pteDirty(mm, va).bit, [
            k.folio(pte.frame.the()).dirty.set(true),
            when(folio_test_anon(k, pte.frame.the()).not(), [
              l.dirty.set(true),
              k
                .folio(pte.frame.the())
                .delayedRmap.set(k.folio(pte.frame.the()).delayedRmap.plus(1)),
            ]),
          ]),
          // The gather takes over the reference that the entry held, until the flush is done: nobody
          // can free the page before.
          l.gathered.set(true),
          l.page.set(pte.frame),
          k.folio(pte.frame.the()).refs.set(k.folio(pte.frame.the()).refs.plus(1)),
          ptep_get_and_clear(k, mm, va),
        ]),
        zap_not_present(k, mm, va, l.gathered),
      ),
      // A dirty page of a file counts as mapped until its flush is done, under the lock: writeback may
      // be looking for it.
      branch(l.dirty, [
        flush_tlb_mm_range(k, { mm, va }),
        step('tlb_flush_rmaps', zapped.delayedRmap.set(zapped.delayedRmap.minus(1))),
      ]),
      spin_unlock_ptl(k, mm, va),
      k.hooks.cancel('tlb_end_vma', { mm, file }),
      k.hooks.tlb_finish_mmu?.({ mm, va, gathered: l.gathered, page: l.page, reuse }) ?? [
        branch(l.gathered.and(l.dirty.not()), [flush_tlb_mm_range(k, { mm, va })]),
        branch(l.page.isSome(), [folio_put(k, l.page)]),
      ],
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
      detach_vma(k, mm, va),
    ),
    unmap_region(k, { mm, va, file: l.sharedFile }),
    mmap_write_unlock(k, mm),
    step('return from munmap', emit('call.return', { name: 'munmap', thread: me })),
  ],
);
