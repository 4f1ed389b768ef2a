import { emit } from '../../events/emit.ts';
import { all, type Id, me, no } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, each, loopWhile, path, pickStep, step, when } from '../../lang/program.ts';
import { bool, maybe, setOf } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import {
  lock,
  mmap_write_lock,
  mmap_write_unlock,
  spin_lock_ptl,
  spin_unlock_ptl,
} from '../locks.ts';
import { pte_set_writable, set_pte_at } from '../pte.ts';
import { is_migration_entry, set_migration_entry, set_swap_entry } from '../pte-kinds.ts';
import { flush_tlb_mm_range } from './tlb-flush.ts';

/**
 * fork(2): the child gets every mapping and, for private memory, every entry. What could be written
 * is write-protected on both sides; the parent is flushed once, after all of it.
 */
export const fork: (k: Kernel, args: { from: Id<'mm'>; to: Id<'mm'> }) => Code = path(
  {
    name: 'dup_mmap',
    source: 'kernel/fork.c, mm/memory.c, 6.12 (dup_mmap, copy_page_range, copy_present_ptes)',
    leavesOut:
      "pinned pages, which are copied at once; batches of entries; a child of a child; the child's threads, which start elsewhere and wait to be told; userfaultfd's bit goes with the registration; a private mapping without private copies is copied as well, where the kernel leaves it to faults; write_protect_seq, by which GUP-fast notices; mmu notifiers",
    reads: ['mm_cpumask', 'vma', 'content_of_slot'],
    writes: ['mmap_lock', 'vma', 'ptl', 'pte', 'pte_dirty', 'folio', 'swap'],
    locals: { todo: setOf('va'), va: maybe('va'), cow: bool },
  },
  (k, { from, to }, l) => {
    const va = l.va.the();
    const [src, dst] = [k.pte(from, va), k.pte(to, va)];
    const dirty = k.pteDirty(from, va).bit;
    return [
      mmap_write_lock(k, from),
      mmap_write_lock(k, to),
      step(
        'vm_area_dup',
        each('va', (v) => [
          k.vma(to, v).mapped.set(k.vma(from, v).mapped),
          k.vma(to, v).file.set(k.vma(from, v).file),
          k.vma(to, v).shared.set(k.vma(from, v).shared),
          k.vma(to, v).writable.set(k.vma(from, v).writable),
        ]),
        l.todo.set(all('va')),
      ),
      loopWhile(
        l.todo.isSome(),
        pickStep('copy_pte_range', {
          pick: ['va'],
          among: (one) => l.todo.has(one.va),
          does: (one) => [
            l.todo.remove(one.va.only()),
            l.va.set(one.va),
            l.cow.set(k.vma(from, one.va).mapped.and(k.vma(from, one.va).shared.not())),
          ],
        }),
        // A shared mapping is not copied: its pages can be found again in the page cache.
        branch(l.cow, [
          spin_lock_ptl(k, to),
          lock('spin_lock_nested', 'ptl', k.ptl(from)),
          k.hooks.before_pte_change(to, va),
          step(
            'copy_present_ptes',
            when(src.frame.isSome(), [
              // folio_try_dup_anon_rmap_pte: no longer exclusive.
              k.folio(src.frame.the()).shared.set(true),
              when(src.writable, pte_set_writable(k, from, va, false)),
              set_pte_at(k, to, va, src.frame.the(), no, dirty),
            ]),
            when(is_migration_entry(k, from, va), [
              k.folio(src.target.the()).shared.set(true),
              src.writable.set(false),
              set_migration_entry(k, to, va, {
                frame: src.target.the(),
                writable: no,
                dirty,
                uffd_wp: src.uffd_wp,
              }),
              dst.uffd_wp.set(false),
            ]),
            // Armed for a hinting fault: present to the kernel, and copied as it is.
            when(src.target.isSome().and(src.hint), [
              k.folio(src.target.the()).shared.set(true),
              dst.target.set(src.target),
              dst.hint.set(true),
              k.pteDirty(to, va).bit.set(dirty),
            ]),
            when(src.swap.isSome(), [
              k.swap(src.swap.the()).shared.set(true),
              when(k.swap(src.swap.the()).cache.isSome(), [
                k.folio(k.swap(src.swap.the()).cache.the()).shared.set(true),
              ]),
              set_swap_entry(k, to, va, src.swap.the()),
            ]),
          ),
          spin_unlock_ptl(k, from),
          spin_unlock_ptl(k, to),
        ]),
      ),
      mmap_write_unlock(k, to),
      k.has('flush_tlb_mm@dup_mmap') ? flush_tlb_mm_range(k, { mm: from }) : [],
      mmap_write_unlock(k, from),
      step(
        'return from fork',
        emit('mm.fork', { from, to, thread: me }),
        emit('call.return', { name: 'fork', thread: me }),
      ),
    ];
  },
);
