import { emit } from '../../events/emit.ts';
import { type Id, me } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, path, step, when } from '../../lang/program.ts';
import type { Kernel } from '../kernel.ts';
import { mmap_write_lock, mmap_write_unlock, spin_lock_ptl, spin_unlock_ptl } from '../locks.ts';
import { ptep_get_and_clear } from '../pte.ts';
import { detach_vma } from '../vma.ts';
import { folio_put } from './folio.ts';
import { tlb_finish_mmu, tlb_gather_mmu } from './mmu-gather.ts';
import {
  mmu_notifier_invalidate_range_end,
  mmu_notifier_invalidate_range_start,
} from './mmu-notifier.ts';
import { flush_tlb_mm_range } from './tlb-flush.ts';
import { zapLocals } from './zap.ts';

/** Whether a table that is given up counts as something to flush; the kernel's own way is the first. */
export interface UnshareHow {
  readonly unshared: 'gathered' | 'not gathered';
}
interface At {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
}

/** munmap(2) of a huge page whose page table another process shares: the table is given up whole. */
export function munmap_hugetlb(
  k: Kernel,
  at: At,
  how: UnshareHow = { unshared: 'gathered' },
): Code {
  return unmapPath(k, { ...at, how });
}

const unmapPath: (k: Kernel, args: At & { how: UnshareHow }) => Code = path(
  {
    name: '__unmap_hugepage_range',
    source: 'mm/hugetlb.c, 6.12 (__unmap_hugepage_range, huge_pmd_unshare, tlb_flush_pmd_range)',
    leavesOut:
      'sizes; the other process that shares the table, and may drop the page as soon as it gets i_mmap_rwsem: here the same call drops it; the table is its one entry',
    reads: ['mm_cpumask', 'content_of_slot'],
    writes: ['mmap_lock', 'vma', 'ptl', 'pte', 'pte_dirty', 'folio', 'tlb_flush_pending'],
    locals: zapLocals,
  },
  (k, { mm, va, how }, l) => {
    const pte = k.pte(mm, va);
    const folio = k.folio(pte.frame.the());
    return [
      mmap_write_lock(k, mm, detach_vma(k, mm, va)),
      tlb_gather_mmu(k, mm),
      mmu_notifier_invalidate_range_start(k, { mm, va }),
      spin_lock_ptl(k, mm, va),
      step(
        'huge_pmd_unshare',
        when(pte.frame.isSome(), [
          how.unshared === 'gathered' ? l.gathered.set(true) : [],
          l.page.set(pte.frame),
          folio.refs.set(folio.refs.plus(1)),
          ptep_get_and_clear(k, mm, va),
        ]),
      ),
      spin_unlock_ptl(k, mm, va),
      k.hooks.cancel('tlb_end_vma', { mm }),
      // force_flush: before i_mmap_rwsem is dropped, and with it what keeps the page.
      branch(l.gathered, [flush_tlb_mm_range(k, { mm }), l.gathered.set(false)]),
      mmu_notifier_invalidate_range_end(k, { mm, va }),
      branch(l.page.isSome(), [folio_put(k, l.page)]),
      tlb_finish_mmu(k, { mm, va, ...l }),
      mmap_write_unlock(k, mm),
      step('return from munmap', emit('call.return', { name: 'munmap', thread: me })),
    ];
  },
);
