import { emit } from '../../events/emit.ts';
import { type Bool, type Id, type Maybe, me, no, some, yes } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { leave, path, step, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import {
  mmap_write_lock,
  mmap_write_unlock,
  spin_lock_ptl,
  spin_unlock_ptl,
  unlocked,
} from '../locks.ts';
import { pte_set_writable } from '../pte.ts';
import { is_migration_entry } from '../pte-kinds.ts';
import { tlb_finish_mmu, tlb_gather_mmu } from './mmu-gather.ts';
import {
  mmu_notifier_invalidate_range_end,
  mmu_notifier_invalidate_range_start,
} from './mmu-notifier.ts';

/** mprotect(2) of one page, to read-only or to read-write. */
export const mprotect: (
  k: Kernel,
  args: { mm: Id<'mm'>; va: Id<'va'>; writable: boolean },
) => Code = path(
  {
    name: 'mprotect',
    source: 'mm/mprotect.c, 6.12 (do_mprotect_pkey, mprotect_fixup, change_pte_range)',
    leavesOut:
      'splitting of vmas; huge pages, whose entries change_huge_pmd changes without a look at pending flushes; an upgrade never makes the entry writable itself, the next fault does',
    reads: ['mm_cpumask', 'content_of_slot', 'content_of_anon'],
    writes: ['mmap_lock', 'vma', 'ptl', 'pte', 'tlb_flush_pending'],
    locals: { gathered: bool, nested: bool, sharedFile: maybe('slot') },
  },
  (k, { mm, va, writable }, l) => {
    const vma = k.vma(mm, va);
    const pte = k.pte(mm, va);
    const flag: Bool = writable ? yes : no;
    const change = (content: Maybe<'content'>): ReturnType<typeof emit> =>
      emit('vma.change', {
        mm,
        va,
        content,
        writable: flag,
        shared: vma.shared,
        fresh: no,
        rights: yes,
        thread: me,
      });
    return [
      mmap_write_lock(
        k,
        mm,
        // -ENOMEM: nothing is mapped there.
        when(vma.mapped.not(), [unlocked('mmap_lock', k.mmapLock(mm).writer), leave('mprotect')]),
        when(
          vma.file.isSome(),
          [change(some(k.contentOf(vma.file.the())))],
          [change(some(k.anonOf(mm, va)))],
        ),
        vma.writable.set(writable),
        when(vma.shared, [l.sharedFile.set(vma.file)]),
      ),
      tlb_gather_mmu(k, mm),
      mmu_notifier_invalidate_range_start(k, { mm, va }),
      spin_lock_ptl(k, mm, va),
      k.hooks.flush_tlb_batched_pending(mm, 'change_pte_range'),
      writable
        ? []
        : step(
            'ptep_modify_prot_commit',
            when(pte.frame.isSome().and(pte.writable), [
              l.gathered.set(true),
              pte_set_writable(k, mm, va, false),
            ]),
            // A writable migration entry becomes a readable one.
            when(is_migration_entry(k, mm, va), [pte.writable.set(false)]),
          ),
      spin_unlock_ptl(k, mm, va),
      mmu_notifier_invalidate_range_end(k, { mm, va }),
      k.hooks.cancel('tlb_end_vma', { mm, file: l.sharedFile }),
      tlb_finish_mmu(k, { mm, va, ...l }),
      mmap_write_unlock(k, mm),
      step('return from mprotect', emit('call.return', { name: 'mprotect', thread: me })),
    ];
  },
);
