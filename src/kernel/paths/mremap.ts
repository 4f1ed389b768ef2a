import { emit } from '../../events/emit.ts';
import { type Id, me, no, none, some } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, leave, path, step, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import {
  lock,
  mmap_write_lock,
  mmap_write_unlock,
  spin_lock_ptl,
  spin_unlock_ptl,
  unlocked,
} from '../locks.ts';
import { ptep_get_and_clear, set_pte_at } from '../pte.ts';
import { pte_clear_not_present } from '../pte-kinds.ts';
import {
  mmu_notifier_invalidate_range_end,
  mmu_notifier_invalidate_range_start,
} from './mmu-notifier.ts';
import { unmap_region } from './munmap.ts';
import { flush_tlb_mm_range } from './tlb-flush.ts';

/** When the old address is flushed. The kernel's own way is the first. */
export interface MovePtes {
  readonly flush: 'under the lock' | 'under the lock if dirty' | 'after the lock';
}

/** mremap(2) of one page of a shared file mapping to an address where nothing is mapped. */
export function mremap(
  k: Kernel,
  args: { mm: Id<'mm'>; from: Id<'va'>; to: Id<'va'> },
  how: MovePtes = { flush: 'under the lock' },
): Code {
  return mremapPath(k, { ...args, how });
}

const mremapPath: (
  k: Kernel,
  args: { mm: Id<'mm'>; from: Id<'va'>; to: Id<'va'>; how: MovePtes },
) => Code = path(
  {
    name: 'mremap',
    source: 'mm/mremap.c, 6.12 (move_vma, move_page_tables, move_ptes)',
    leavesOut:
      'private memory, whose content the model knows by its address; the second page-table lock, where the model has one for each mm; the instant between clearing the old entry and setting the new one, in which the kernel keeps rmap walks out by its locks; moves of whole page tables',
    reads: ['mm_cpumask', 'content_of_slot'],
    writes: ['mmap_lock', 'vma', 'ptl', 'pte', 'pte_dirty'],
    locals: {
      now: bool,
      later: bool,
      dirty: bool,
      writable: bool,
      frame: maybe('frame'),
      sharedFile: maybe('slot'),
    },
  },
  (k, { mm, from, to, how }, l) => {
    const [old, vma] = [k.vma(mm, from), k.vma(mm, to)];
    const [src, dst] = [k.pte(mm, from), k.pte(mm, to)];
    const dirty = k.pteDirty(mm, from).bit;
    return [
      mmap_write_lock(
        k,
        mm,
        // -EFAULT: nothing is mapped there any more. (Or something private, which is left out.)
        when(old.mapped.and(old.shared).not(), [
          unlocked('mmap_lock', k.mmapLock(mm).writer),
          leave('mremap'),
        ]),
        l.sharedFile.set(old.file),
      ),
      step(
        'copy_vma',
        emit('vma.change', {
          mm,
          va: to,
          content: some(k.contentOf(old.file.the())),
          writable: old.writable,
          shared: old.shared,
          fresh: no,
          thread: me,
        }),
        vma.mapped.set(true),
        vma.file.set(old.file),
        vma.shared.set(old.shared),
        vma.writable.set(old.writable),
      ),
      mmu_notifier_invalidate_range_start(k, { mm, va: from }),
      spin_lock_ptl(k, mm, from),
      // new_ptl != old_ptl
      k.world.splitPtl === true ? lock('spin_lock_nested', 'ptl', k.ptl(mm, to)) : [],
      k.hooks.flush_tlb_batched_pending(mm, 'move_ptes'),
      k.hooks.before_pte_change(mm, to),
      step(
        'move_ptes',
        l.dirty.set(dirty),
        l.writable.set(src.writable),
        l.frame.set(src.frame),
        when(
          src.frame.isSome(),
          [
            how.flush === 'under the lock'
              ? l.now.set(true)
              : how.flush === 'after the lock'
                ? l.later.set(true)
                : [l.now.set(dirty), l.later.set(dirty.not())],
            ptep_get_and_clear(k, mm, from),
            set_pte_at(k, mm, to, l.frame.the(), l.writable, l.dirty),
          ],
          [
            when(src.target.isSome(), [
              // PROT_NONE counts as present.
              when(src.hint, [l.now.set(true)]),
              dst.target.set(src.target),
              dst.hint.set(src.hint),
              dst.writable.set(src.writable),
              k.pteDirty(mm, to).bit.set(l.dirty),
              pte_clear_not_present(k, mm, from),
            ]),
          ],
        ),
      ),
      branch(l.now, [flush_tlb_mm_range(k, { mm, va: from })]),
      k.world.splitPtl === true ? spin_unlock_ptl(k, mm, to) : [],
      spin_unlock_ptl(k, mm, from),
      branch(l.later, [flush_tlb_mm_range(k, { mm, va: from })]),
      mmu_notifier_invalidate_range_end(k, { mm, va: from }),
      step(
        'do_vmi_munmap',
        emit('vma.change', {
          mm,
          va: from,
          content: none('content'),
          writable: no,
          shared: no,
          fresh: no,
          thread: me,
        }),
        old.mapped.set(false),
        old.file.clear(),
        old.writable.set(false),
      ),
      unmap_region(k, { mm, va: from, file: l.sharedFile }),
      mmap_write_unlock(k, mm),
      step('return from mremap', emit('call.return', { name: 'mremap', thread: me })),
    ];
  },
);
