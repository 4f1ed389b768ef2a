import { emit } from '../../events/emit.ts';
import { type Id, me, no, some } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, leave, path, step, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { mmap_read_lock, mmap_read_unlock, spin_lock_ptl, spin_unlock_ptl } from '../locks.ts';
import { ptep_get_and_clear } from '../pte.ts';
import { zap_not_present } from '../pte-kinds.ts';
import { mmu_notifier_invalidate_range_end, mmu_notifier_invalidate_range_start } from './kvm.ts';
import { flush_tlb_mm_range } from './tlb-flush.ts';
import { folio_put } from './zap.ts';

/** How the gather that zaps is set up; the kernel's own way is the first. */
export interface Gather {
  readonly gather?: 'range' | 'under the lock' | 'whole mm';
  /** Whether pages go free only when the flush is done (`tlb_fast_mode` of 3.10 and before: not). */
  readonly frees?: 'after the flush' | 'before the flush';
}

/**
 * The OOM reaper takes a dying process' private memory while its threads may still run. A gather of
 * the whole mm says that nobody runs any more, and lets the architecture skip the flush.
 */
export function oom_reap_task_mm(
  k: Kernel,
  args: { mm: Id<'mm'>; va: Id<'va'> },
  how: Gather = {},
): Code {
  return zapPath(k, { ...args, how });
}
export function madvise_dontneed(
  k: Kernel,
  args: { mm: Id<'mm'>; va: Id<'va'> },
  how: Gather = {},
): Code {
  return zapPath(k, { ...args, how });
}

/**
 * madvise(MADV_DONTNEED) of one page of private memory, which reads as zeroes from then on. Faults
 * and other zaps run beside it: it holds mmap_lock for reading only.
 */
const zapPath: (k: Kernel, args: { mm: Id<'mm'>; va: Id<'va'>; how: Gather }) => Code = path(
  {
    name: 'zap_page_range_single',
    source:
      'mm/madvise.c, mm/memory.c, mm/mmu_gather.c, 6.12 (madvise_dontneed_single_vma, zap_pte_range, tlb_finish_mmu)',
    leavesOut:
      'private copies of file pages, pages in the swap cache, several pages in one gather; a victim of the OOM killer that faults reads zeroes instead of dying',
    reads: ['vma', 'mm_cpumask', 'content_of_anon'],
    writes: ['mmap_lock', 'ptl', 'pte', 'pte_dirty', 'folio', 'tlb_flush_pending'],
    locals: { gathered: bool, page: maybe('frame') },
  },
  (k, { mm, va, how }, l) => {
    const pte = k.pte(mm, va);
    const pending = k.tlbFlushPending(mm);
    const early = how.frees === 'before the flush';
    const free = branch(l.page.isSome(), [folio_put(k, l.page)]);
    return [
      mmap_read_lock(
        k,
        mm,
        // -ENOMEM: nothing is mapped there.
        when(k.vma(mm, va).mapped.not(), [
          k.mmapLock(mm).readers.remove(me.only()),
          leave('zap_page_range_single'),
        ]),
      ),
      mmu_notifier_invalidate_range_start(k, { mm, va }),
      step('tlb_gather_mmu', pending.set(pending.plus(1))),
      spin_lock_ptl(k, mm, va),
      k.hooks.flush_tlb_batched_pending(mm, 'zap_pte_range'),
      step(
        'zap_pte_range',
        emit('vma.change', {
          mm,
          va,
          content: some(k.anonOf(mm, va)),
          writable: k.vma(mm, va).writable,
          shared: no,
          fresh: k.vma(mm, va).mapped,
          thread: me,
        }),
        when(pte.frame.isSome(), [
          l.gathered.set(true),
          l.page.set(pte.frame),
          k.folio(pte.frame.the()).refs.set(k.folio(pte.frame.the()).refs.plus(1)),
          ptep_get_and_clear(k, mm, va),
        ]),
        zap_not_present(k, mm, va, l.gathered),
      ),
      how.gather === 'under the lock'
        ? branch(l.gathered, [flush_tlb_mm_range(k, { mm }), l.gathered.set(false)])
        : [],
      spin_unlock_ptl(k, mm, va),
      k.hooks.cancel('tlb_end_vma', { mm }),
      k.has('mm_tlb_flush_nested@tlb_finish_mmu')
        ? step('mm_tlb_flush_nested', when(pending.lt(2).not(), [l.gathered.set(true)]))
        : [],
      early ? free : [],
      how.gather === 'whole mm' ? [] : branch(l.gathered, [flush_tlb_mm_range(k, { mm })]),
      early ? [] : free,
      step('dec_tlb_flush_pending', pending.set(pending.minus(1))),
      mmu_notifier_invalidate_range_end(k, { mm, va }),
      mmap_read_unlock(k, mm),
      step('return from madvise', emit('call.return', { name: 'madvise', thread: me })),
    ];
  },
);
