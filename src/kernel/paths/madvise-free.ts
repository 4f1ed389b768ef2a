import { emit } from '../../events/emit.ts';
import { type Bool, exists, type Id, me } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { leave, path, step, when } from '../../lang/program.ts';
import { bool } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { mmap_read_lock, mmap_read_unlock, spin_lock_ptl, spin_unlock_ptl } from '../locks.ts';
import { folio_test_anon, pte_clear_not_present } from '../pte-kinds.ts';
import { tlb_finish_mmu, tlb_gather_mmu } from './mmu-gather.ts';
import {
  mmu_notifier_invalidate_range_end,
  mmu_notifier_invalidate_range_start,
} from './mmu-notifier.ts';

interface At {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
}

/** How MADV_FREE may be written; the kernel's own way is the first. */
export interface FreeHow {
  readonly flush: 'after the lock' | 'never';
}

/**
 * madvise(MADV_FREE) of one page of private memory: its entry becomes clean, and reclaim may drop the
 * page while it stays so. A store makes the entry dirty again, unless its CPU still has it as dirty.
 */
export function madvise_free(k: Kernel, at: At, how: FreeHow = { flush: 'after the lock' }): Code {
  return freePath(k, { ...at, how });
}

const freePath: (k: Kernel, args: At & { how: FreeHow }) => Code = path(
  {
    name: 'madvise_free_single_vma',
    source:
      'mm/madvise.c, 6.12 (madvise_free_single_vma, madvise_free_pte_range), mm/swap.c (lru_lazyfree)',
    leavesOut:
      'accessed bits: an entry that is only young is flushed as well; the per-CPU batch through which folios go to be marked; large folios, migration entries, which it passes over, pages of KSM; entries armed for NUMA hinting are passed over',
    reads: ['vma', 'mm_cpumask', 'content_of_slot', 'swap'],
    writes: ['mmap_lock', 'ptl', 'pte', 'pte_dirty', 'folio', 'tlb_flush_pending'],
    locals: { gathered: bool, nested: bool },
  },
  (k, { mm, va, how }, l) => {
    const pte = k.pte(mm, va);
    const page = pte.frame.the();
    const folio = k.folio(page);
    const mine = (m: Id<'mm'>, v: Id<'va'>): Bool => m.is(mm).and(v.is(va));
    const shared = exists('mm', (m) =>
      exists('va', (v) => k.pte(m, v).frame.is(page).and(mine(m, v).not())),
    );
    const inSwap = folio.swap
      .isSome()
      .and(exists('mm', (m) => exists('va', (v) => k.pte(m, v).swap.is(folio.swap.the()))));
    // folio_trylock, folio_mapcount, folio_free_swap: who fails one of them is passed over.
    const passed = folio.swap
      .isSome()
      .or(folio.dirty)
      .and(folio.lock.isSome().or(shared).or(inSwap));
    return [
      mmap_read_lock(
        k,
        mm,
        // -ENOMEM, or -EINVAL: private anonymous memory only.
        when(k.vma(mm, va).mapped.not().or(k.vma(mm, va).file.isSome()), [
          k.mmapLock(mm).readers.remove(me.only()),
          leave('madvise_free_single_vma'),
        ]),
      ),
      tlb_gather_mmu(k, mm),
      mmu_notifier_invalidate_range_start(k, { mm, va }),
      spin_lock_ptl(k, mm, va),
      k.hooks.flush_tlb_batched_pending(mm, 'madvise_free_pte_range'),
      step(
        'madvise_free_pte_range',
        when(pte.swap.isSome(), [
          emit('vma.lazyfree', { mm, va, thread: me }),
          pte_clear_not_present(k, mm, va),
        ]),
        when(pte.frame.isSome().and(folio_test_anon(k, page)).and(folio.ksm.not()), [
          when(passed.not(), [
            emit('vma.lazyfree', { mm, va, frame: page, thread: me }),
            folio.swap.clear(),
            folio.dirty.set(false),
            when(k.pteDirty(mm, va).bit, [l.gathered.set(true)]),
            k.pteDirty(mm, va).bit.set(false),
            folio.lazyfree.set(true),
          ]),
        ]),
      ),
      spin_unlock_ptl(k, mm, va),
      k.hooks.cancel('tlb_end_vma', { mm }),
      mmu_notifier_invalidate_range_end(k, { mm, va }),
      tlb_finish_mmu(k, { mm, va, ...l, instead: how.flush === 'never' ? [] : undefined }),
      mmap_read_unlock(k, mm),
      step('return from madvise', emit('call.return', { name: 'madvise', thread: me })),
    ];
  },
);
