import { type Id, no } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, type Codes, path, step, when } from '../../lang/program.ts';
import { bool } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { mmap_read_lock, mmap_read_unlock, spin_lock_ptl, spin_unlock_ptl } from '../locks.ts';
import { set_pte_at } from '../pte.ts';
import { pte_clear_not_present, pte_modify_protnone, pte_protnone } from '../pte-kinds.ts';
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

/** How the scanner may be written; the kernel's own way is the first of each. */
export interface NumaScan {
  /** How the mm is marked while a flush is pending. */
  readonly pending: 'count' | 'flag';
  readonly flush: 'after the lock' | 'never' | 'of CPUs only';
}

/** The scanner of NUMA balancing arms an entry; its flush comes after the page-table lock. */
export function change_prot_numa(k: Kernel, args: At, how: Partial<NumaScan> = {}): Code {
  return numaPath(k, { ...args, how: { pending: 'count', flush: 'after the lock', ...how } });
}

const numaPath: (k: Kernel, args: At & { how: NumaScan }) => Code = path(
  {
    name: 'change_prot_numa',
    source: 'mm/mempolicy.c, mm/mprotect.c, 6.12 (change_prot_numa, change_protection)',
    leavesOut: 'which pages the scanner skips; a dirty page of a file is not armed',
    reads: ['mm_cpumask'],
    writes: ['mmap_lock', 'ptl', 'pte', 'tlb_flush_pending'],
    locals: { gathered: bool, nested: bool },
  },
  (k, { mm, va, how }, l) => {
    const pte = k.pte(mm, va);
    const count = k.tlbFlushPending(mm);
    const flush: Codes =
      how.flush === 'never'
        ? []
        : [
            branch(l.gathered, [
              flush_tlb_mm_range(k, { mm, va, cpusOnly: how.flush === 'of CPUs only' }),
            ]),
          ];
    return [
      mmap_read_lock(k, mm),
      how.pending === 'count'
        ? tlb_gather_mmu(k, mm)
        : step('tlb_flush_pending = true', count.set(1)),
      mmu_notifier_invalidate_range_start(k, { mm, va }),
      spin_lock_ptl(k, mm, va),
      k.hooks.flush_tlb_batched_pending(mm, 'change_pte_range'),
      step(
        'ptep_modify_prot_commit',
        when(pte.frame.isSome(), [l.gathered.set(true), pte_modify_protnone(k, mm, va)]),
      ),
      spin_unlock_ptl(k, mm, va),
      mmu_notifier_invalidate_range_end(k, { mm, va }),
      k.hooks.cancel('tlb_end_vma', { mm }),
      how.pending === 'count'
        ? tlb_finish_mmu(k, {
            mm,
            va,
            ...l,
            instead: how.flush === 'after the lock' ? undefined : flush,
          })
        : [flush, step('tlb_flush_pending = false', count.set(0))],
      mmap_read_unlock(k, mm),
    ];
  },
);

/** A hinting fault that does not migrate: the entry becomes a plain one again. */
export const do_numa_page: (k: Kernel, args: At & { folio: Id<'frame'> }) => Code = path(
  {
    name: 'do_numa_page',
    source: 'mm/memory.c, 6.12',
    leavesOut:
      'migration to the node of the fault: scenarios run migrate_pages for it; who may write finds that out by one more fault',
    reads: [],
    writes: ['ptl', 'pte', 'pte_dirty'],
    locals: { dirty: bool },
  },
  (k, { mm, va, folio }, l) => [
    spin_lock_ptl(k, mm, va),
    k.hooks.before_pte_change(mm, va),
    step(
      'numa_rebuild_single_mapping',
      when(pte_protnone(k, mm, va).and(k.pte(mm, va).target.is(folio)), [
        l.dirty.set(k.pteDirty(mm, va).bit),
        pte_clear_not_present(k, mm, va),
        set_pte_at(k, mm, va, folio, no, l.dirty),
      ]),
    ),
    spin_unlock_ptl(k, mm, va),
  ],
);
