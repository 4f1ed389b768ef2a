import { type Id, me } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, leave, path, step, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { mmap_read_lock, mmap_read_unlock, spin_lock_ptl, spin_unlock_ptl } from '../locks.ts';
import { ptep_get_and_clear, set_pte_at } from '../pte.ts';
import { is_migration_entry, pte_clear_not_present, set_migration_entry } from '../pte-kinds.ts';
import { folio_put } from './folio.ts';
import {
  mmu_notifier_invalidate_range_end,
  mmu_notifier_invalidate_range_start,
} from './mmu-notifier.ts';
import { flush_tlb_mm_range } from './tlb-flush.ts';

interface At {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
}
/** When the entry is flushed; the kernel's own way is the first. */
export interface CollectHow {
  readonly flush: 'under the lock' | 'after the lock';
}

/** A driver collects a page to move it to its device, and in the end leaves it where it is. */
export function migrate_vma(
  k: Kernel,
  at: At,
  how: CollectHow = { flush: 'under the lock' },
): Code {
  return migratePath(k, { ...at, how });
}

const migratePath: (k: Kernel, args: At & { how: CollectHow }) => Code = path(
  {
    name: 'migrate_vma_collect_pmd',
    source:
      'mm/migrate_device.c, 6.12 (migrate_vma_setup, migrate_vma_collect_pmd, migrate_vma_finalize)',
    leavesOut:
      'the copy to the device: the driver gives up and the page is mapped again; pages of files; several pages; a page that is exclusive is flushed before its migration entry is set and not after, under the lock either way',
    reads: ['vma', 'mm_cpumask', 'free', 'page_cache', 'content_of_slot'],
    writes: ['mmap_lock', 'ptl', 'pte', 'pte_dirty', 'folio'],
    locals: { page: maybe('frame'), writable: bool, dirty: bool, uffd_wp: bool },
  },
  (k, { mm, va, how }, l) => {
    const pte = k.pte(mm, va);
    const folio = k.folio(pte.frame.the());
    const flush = branch(l.page.isSome(), [flush_tlb_mm_range(k, { mm, va })]);
    return [
      mmap_read_lock(
        k,
        mm,
        when(k.vma(mm, va).mapped.not().or(k.vma(mm, va).file.isSome()), [
          k.mmapLock(mm).readers.remove(me.only()),
          leave('migrate_vma_collect_pmd'),
        ]),
      ),
      mmu_notifier_invalidate_range_start(k, { mm, va }),
      spin_lock_ptl(k, mm, va),
      step(
        'ptep_get_and_clear',
        when(pte.frame.isSome(), [
          when(folio.lock.isNone(), [
            folio.lock.set(me),
            folio.refs.set(folio.refs.plus(1)),
            l.page.set(pte.frame),
            l.writable.set(pte.writable),
            l.dirty.set(k.pteDirty(mm, va).bit),
            l.uffd_wp.set(pte.uffd_wp),
            ptep_get_and_clear(k, mm, va),
          ]),
        ]),
      ),
      branch(l.page.isSome(), [
        step(
          'set_pte_at(migration entry)',
          when(l.dirty, [k.folio(l.page.the()).dirty.set(true)]),
          set_migration_entry(k, mm, va, {
            frame: l.page.the(),
            writable: l.writable,
            dirty: l.dirty,
            uffd_wp: l.uffd_wp,
          }),
        ),
      ]),
      how.flush === 'under the lock' ? flush : [],
      spin_unlock_ptl(k, mm, va),
      how.flush === 'after the lock' ? flush : [],
      mmu_notifier_invalidate_range_end(k, { mm, va }),
      branch(l.page.isSome(), [
        spin_lock_ptl(k, mm, va),
        k.hooks.before_pte_change(mm, va),
        step(
          'remove_migration_pte',
          when(is_migration_entry(k, mm, va).and(pte.target.is(l.page)), [
            pte_clear_not_present(k, mm, va),
            set_pte_at(k, mm, va, l.page.the(), l.writable, l.dirty),
            pte.uffd_wp.set(l.uffd_wp),
          ]),
        ),
        spin_unlock_ptl(k, mm, va),
        step('folio_unlock', k.folio(l.page.the()).lock.clear()),
        folio_put(k, l.page),
      ]),
      mmap_read_unlock(k, mm),
    ];
  },
);
