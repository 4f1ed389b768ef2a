import { emit } from '../../events/emit.ts';
import { type Id, me } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { path, step, when } from '../../lang/program.ts';
import { bool } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import {
  mmap_read_lock,
  mmap_read_unlock,
  mmap_write_lock,
  mmap_write_unlock,
  spin_lock_ptl,
  spin_unlock_ptl,
} from '../locks.ts';
import { pte_set_writable } from '../pte.ts';
import { tlb_finish_mmu, tlb_gather_mmu } from './mmu-gather.ts';
import {
  mmu_notifier_invalidate_range_end,
  mmu_notifier_invalidate_range_start,
} from './mmu-notifier.ts';
import { flush_tlb_mm_range } from './tlb-flush.ts';

interface At {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
}

/**
 * UFFDIO_WRITEPROTECT of one page. Protecting clears the write bit; taking the protection away
 * leaves that bit as it is, and the next store finds out in the fault handler.
 */
export const uffd_writeprotect: (k: Kernel, args: At & { protect: boolean }) => Code = path(
  {
    name: 'mwriteprotect_range',
    source: 'mm/userfaultfd.c, mm/mprotect.c, 6.12 (uffd_wp_range, change_pte_range)',
    leavesOut:
      'pages that are not there; a page that is exclusive is made writable again at once when the protection goes; waking who waits',
    reads: ['mm_cpumask'],
    writes: ['mmap_lock', 'ptl', 'pte', 'tlb_flush_pending'],
    locals: { gathered: bool, nested: bool },
  },
  (k, { mm, va, protect }, l) => {
    const pte = k.pte(mm, va);
    return [
      mmap_read_lock(k, mm),
      tlb_gather_mmu(k, mm),
      mmu_notifier_invalidate_range_start(k, { mm, va }),
      spin_lock_ptl(k, mm, va),
      k.hooks.flush_tlb_batched_pending(mm, 'change_pte_range'),
      step(
        'ptep_modify_prot_commit',
        when(pte.frame.isSome(), [
          protect
            ? // pte_needs_flush: not for a bit that only software knows.
              [when(pte.writable, [l.gathered.set(true), pte_set_writable(k, mm, va, false)])]
            : [],
          pte.uffd_wp.set(protect),
        ]),
        when(pte.target.isSome(), [
          protect ? pte.writable.set(false) : [],
          pte.uffd_wp.set(protect),
        ]),
        when(pte.swap.isSome(), [pte.uffd_wp.set(protect)]),
      ),
      spin_unlock_ptl(k, mm, va),
      mmu_notifier_invalidate_range_end(k, { mm, va }),
      k.hooks.cancel('tlb_end_vma', { mm }),
      tlb_finish_mmu(k, { mm, va, ...l }),
      mmap_read_unlock(k, mm),
      step('return from ioctl', emit('call.return', { name: 'UFFDIO_WRITEPROTECT', thread: me })),
    ];
  },
);

/** A write to /proc/PID/clear_refs: write-protects all, so that the next stores are noticed. */
export const clear_refs: (k: Kernel, args: At) => Code = path(
  {
    name: 'clear_refs_write',
    source: 'fs/proc/task_mmu.c, 6.12 (CLEAR_REFS_SOFT_DIRTY)',
    leavesOut: 'the soft-dirty bits themselves, accessed bits; one page only',
    reads: ['mm_cpumask'],
    writes: ['mmap_lock', 'ptl', 'pte', 'tlb_flush_pending'],
  },
  (k, { mm, va }) => {
    const pte = k.pte(mm, va);
    const pending = k.tlbFlushPending(mm);
    return [
      mmap_write_lock(k, mm),
      step('inc_tlb_flush_pending', pending.set(pending.plus(1))),
      mmu_notifier_invalidate_range_start(k, { mm, va }),
      spin_lock_ptl(k, mm, va),
      step(
        'clear_soft_dirty',
        when(pte.frame.isSome().and(pte.writable), [pte_set_writable(k, mm, va, false)]),
      ),
      spin_unlock_ptl(k, mm, va),
      mmu_notifier_invalidate_range_end(k, { mm, va }),
      flush_tlb_mm_range(k, { mm }),
      step('dec_tlb_flush_pending', pending.set(pending.minus(1))),
      mmap_write_unlock(k, mm),
    ];
  },
);
