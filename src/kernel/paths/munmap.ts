import { emit } from '../../events/emit.ts';
import { type Id, type Maybe, me } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, path, step, when } from '../../lang/program.ts';
import { maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { mmap_write_lock, mmap_write_unlock } from '../locks.ts';
import { detach_vma } from '../vma.ts';
import { folio_put } from './folio.ts';
import { tlb_finish_mmu, tlb_gather_mmu } from './mmu-gather.ts';
import {
  mmu_notifier_invalidate_range_end,
  mmu_notifier_invalidate_range_start,
} from './mmu-notifier.ts';
import { zap_pte_range, zapLocals } from './zap.ts';

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
      'mm/mmap.c, mm/vma.c, mm/memory.c, mm/mmu_gather.c, 6.12 (unmap_region, unmap_vmas, zap_pte_range, tlb_finish_mmu)',
    leavesOut:
      'page tables being freed, several pages in one gather; i_mmap_rwsem, for which it waits while the file is being unmapped elsewhere',
    reads: ['pte_dirty', 'mm_cpumask', 'content_of_slot'],
    writes: ['ptl', 'pte', 'pte_dirty', 'folio', 'tlb_flush_pending'],
    locals: zapLocals,
  },
  (k, { mm, va, file, reuse = false }, l) => [
    tlb_gather_mmu(k, mm),
    mmu_notifier_invalidate_range_start(k, { mm, va }),
    zap_pte_range(k, { mm, va, file }, l),
    mmu_notifier_invalidate_range_end(k, { mm, va }),
    tlb_finish_mmu(
      k,
      {
        mm,
        va,
        ...l,
        instead: k.hooks.tlb_finish_mmu?.({ mm, va, gathered: l.gathered, page: l.page, reuse }),
      },
      [branch(l.page.isSome(), [folio_put(k, l.page)])],
    ),
  ],
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
