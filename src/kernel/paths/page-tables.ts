// Page tables that go: unlinked, flushed out of the CPUs' caches, and freed. Only in worlds in which page
// tables are pages.

import { emit } from '../../events/emit.ts';
import { type Id, type MaybeRef, me, none } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, type Codes, leave, path, step, waitStep, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { mmap_write_lock, mmap_write_unlock, spin_lock_ptl, spin_unlock_ptl } from '../locks.ts';
import type { PageTables } from '../page-tables.ts';
import { ptep_get_and_clear } from '../pte.ts';
import { detach_vma } from '../vma.ts';
import { alloc_pages, free_unref_folio } from './alloc.ts';
import { leave_mm } from './context-switch.ts';
import { folio_put } from './folio.ts';
import {
  mmu_notifier_invalidate_range_end,
  mmu_notifier_invalidate_range_start,
} from './mmu-notifier.ts';
import { flush_tlb_mm_range, mmu_notifier_invalidate } from './tlb-flush.ts';
import type { Switching } from './tlb-flush-x86.ts';

type WithTables = Kernel & { readonly tables: PageTables };

/** The kernel with its page tables as pages, in a world that has them so. */
export function paged(k: Kernel): WithTables {
  const { tables } = k;
  if (tables === undefined) throw new Error('page tables are no pages in this world');
  return { ...k, tables };
}

/** Unlinks the table of an mm that is empty by now. */
export function free_pgtables(
  k: Kernel,
  { mm, out }: { mm: Id<'mm'>; out: MaybeRef<'frame'> },
): Codes {
  return k.tables === undefined ? [] : [unlinkPath(paged(k), { mm, out })];
}
const unlinkPath: (k: WithTables, args: { mm: Id<'mm'>; out: MaybeRef<'frame'> }) => Code = path(
  {
    name: 'free_pgtables',
    source: 'mm/memory.c, 6.12 (free_pgtables, free_pte_range)',
    leavesOut: 'the upper levels; that a table serves more addresses than those that go',
    reads: [],
    writes: ['page_table'],
  },
  (k, { mm, out }) => [step('pmd_clear', out.set(k.tables.table(mm)), k.tables.table(mm).clear())],
);

/** `__tlb_remove_table`, after software walkers are done. */
export function free_table(k: Kernel, table: MaybeRef<'frame'>): Codes {
  return k.tables === undefined
    ? []
    : [branch(table.isSome(), [free_unref_folio(k, { folio: table.the() })])];
}

/** When a table may go free; the kernel's own way is the first. */
export interface FreeHow {
  readonly table?:
    | 'after the flush'
    /** No page for the batch: it is freed at once, after the software walkers. */
    | 'at once'
    /** The same, and the CPUs' caches are flushed before. */
    | 'at once, invalidated'
    /** After a flush that was told of last-level entries only. */
    | 'after a flush of leaves';
}

/** munmap(2) of all that a page table serves. */
export const munmap_table: (
  k: WithTables,
  args: { mm: Id<'mm'>; va: Id<'va'>; how?: FreeHow },
) => Code = path(
  {
    name: 'munmap',
    source:
      'mm/mmap.c, mm/memory.c, mm/mmu_gather.c, 6.12 (unmap_region, free_pgtables, tlb_remove_table, tlb_finish_mmu)',
    leavesOut:
      'RCU or interrupts for walkers without locks (GUP-fast), of which there are none here; a table serves one page',
    reads: ['pte_dirty', 'mm_cpumask'],
    writes: ['mmap_lock', 'vma', 'ptl', 'pte', 'pte_dirty', 'folio'],
    locals: { page: maybe('frame'), gathered: bool, table: maybe('frame'), freed: bool },
  },
  (k, { mm, va, how = {} }, l) => {
    const pte = k.pte(mm, va);
    const early: Codes =
      how.table === 'at once' || how.table === 'at once, invalidated'
        ? [
            how.table === 'at once' ? [] : flush_tlb_mm_range(k, { mm, freedTables: true }),
            free_table(k, l.table),
            l.table.clear(),
          ]
        : [];
    return [
      mmap_write_lock(k, mm, detach_vma(k, mm, va)),
      spin_lock_ptl(k, mm, va),
      k.hooks.flush_tlb_batched_pending(mm, 'zap_pte_range'),
      step(
        'zap_pte_range',
        when(pte.frame.isSome(), [
          when(k.pteDirty(mm, va).bit, [k.folio(pte.frame.the()).dirty.set(true)]),
          l.gathered.set(true),
          l.page.set(pte.frame),
          k.folio(pte.frame.the()).refs.set(k.folio(pte.frame.the()).refs.plus(1)),
          ptep_get_and_clear(k, mm, va),
        ]),
      ),
      spin_unlock_ptl(k, mm, va),
      k.hooks.cancel('tlb_end_vma', { mm }),
      free_pgtables(k, { mm, out: l.table }),
      step('tlb_remove_table', l.freed.set(l.table.isSome())),
      early,
      branch(l.gathered.or(l.freed), [
        flush_tlb_mm_range(
          k,
          how.table === 'after a flush of leaves'
            ? { mm, va, leafOnly: true }
            : { mm, freedTables: true },
        ),
      ]),
      branch(l.page.isSome(), [folio_put(k, l.page)]),
      free_table(k, l.table),
      mmap_write_unlock(k, mm),
      step('return from munmap', emit('call.return', { name: 'munmap', thread: me })),
    ];
  },
);

/** khugepaged takes the table of small pages away, for the huge page that is in the cache by then. */
export const retract_page_tables: (
  k: WithTables,
  args: { mm: Id<'mm'>; va: Id<'va'>; freedTables: boolean },
) => Code = path(
  {
    name: 'retract_page_tables',
    source:
      'mm/khugepaged.c, mm/pgtable-generic.c, 6.12 (retract_page_tables, pmdp_collapse_flush, pte_free_defer)',
    leavesOut: 'the huge page, which the next fault would map; i_mmap_rwsem; the grace period',
    reads: ['mm_cpumask'],
    writes: ['ptl', 'pte', 'pte_dirty'],
    locals: { table: maybe('frame') },
  },
  (k, { mm, va, freedTables }, l) => [
    spin_lock_ptl(k, mm, va),
    k.hooks.flush_tlb_batched_pending(mm, 'zap_pte_range'),
    step(
      'pmdp_collapse_flush: pmdp_get_and_clear',
      when(k.pte(mm, va).frame.isSome(), ptep_get_and_clear(k, mm, va)),
    ),
    free_pgtables(k, { mm, out: l.table }),
    flush_tlb_mm_range(k, { mm, va, freedTables }),
    spin_unlock_ptl(k, mm, va),
    free_table(k, l.table),
  ],
);

/** A CPU goes offline; the kernel's own order is the first. */
export const take_cpu_down: (
  k: Kernel & Switching,
  args: { cpu: Id<'cpu'>; mm: Id<'mm'>; mask: 'after it has left the mm' | 'before' },
) => Code = path(
  {
    name: 'take_cpu_down',
    source: 'kernel/cpu.c, arch, 6.12 (idle_task_exit, clear_tasks_mm_cpumask)',
    leavesOut: 'everything else about hot-unplug',
    reads: [],
    writes: ['mm_cpumask'],
  },
  (k, { cpu, mm, mask }) => {
    const clear = step('clear_tasks_mm_cpumask', k.mmCpumask(mm).remove(cpu.only()));
    return mask === 'before' ? [clear, leave_mm(k, { cpu })] : [leave_mm(k, { cpu }), clear];
  },
);

/** vfree of kernel memory: a table of the kernel's goes, which devices that share page tables may walk. */
export const vfree_table: (k: WithTables, args: { mm: Id<'mm'>; tells: boolean }) => Code = path(
  {
    name: 'pmd_free_pte_page',
    source: 'arch/x86/mm/pgtable.c, mm/vmalloc.c, 6.12; iommu_sva_invalidate_kva_range since 6.19',
    leavesOut:
      'that the table is one of the kernel half, which every process shares: here it is that of the one process',
    reads: ['mm_cpumask'],
    writes: [],
    locals: { table: maybe('frame') },
  },
  (k, { mm, tells }, l) => [
    free_pgtables(k, { mm, out: l.table }),
    flush_tlb_mm_range(k, { mm, freedTables: true, cpusOnly: true }),
    tells ? mmu_notifier_invalidate(k, { mm }) : [],
    free_table(k, l.table),
  ],
);

/**
 * khugepaged moves a page of a file into a huge page, and takes away the tables that map the small
 * one. The new page stands for the huge one.
 */
export const collapse_file: (
  k: Kernel,
  args: { mm: Id<'mm'>; va: Id<'va'>; slot: Id<'slot'>; notifies: boolean },
) => Code = path(
  {
    name: 'collapse_file',
    source: 'mm/khugepaged.c, 6.12 (collapse_file, retract_page_tables)',
    leavesOut:
      'all small pages but one, and what try_to_unmap has unmapped before; the grace period before the table is freed',
    reads: ['mm_cpumask'],
    writes: ['folio', 'page_cache', 'ptl', 'pte', 'pte_dirty'],
    locals: { old: maybe('frame'), page: maybe('frame'), failed: bool },
  },
  (k, { mm, va, slot, notifies }, l) => {
    const old = l.old.the();
    return [
      alloc_pages(k, { out: l.page }),
      waitStep(
        'folio_trylock',
        k
          .cache(slot)
          .isSome()
          .and(k.folio(k.cache(slot).the()).lock.isNone()),
        l.old.set(k.cache(slot)),
        k.folio(k.cache(slot).the()).lock.set(me),
      ),
      notifies ? mmu_notifier_invalidate_range_start(k, { mm, va }) : [],
      spin_lock_ptl(k, mm, va),
      step(
        'pmdp_collapse_flush: pmdp_get_and_clear',
        when(k.pte(mm, va).frame.isSome(), ptep_get_and_clear(k, mm, va)),
      ),
      flush_tlb_mm_range(k, { mm, va, freedTables: true }),
      spin_unlock_ptl(k, mm, va),
      notifies ? mmu_notifier_invalidate_range_end(k, { mm, va }) : [],
      // Somebody who looks at the old page keeps it where it is.
      step(
        'folio_ref_freeze',
        when(k.folio(old).refs.isnt(0), [l.failed.set(true), k.folio(old).lock.clear()]),
      ),
      branch(l.failed, [free_unref_folio(k, { folio: l.page.the() }), leave('collapse_file')]),
      step(
        'copy_mc_highpage',
        emit('frame.copy', { from: old, frame: l.page.the(), content: none('content') }),
      ),
      step(
        'xas_store',
        emit('slot.replace', { slot, old, frame: l.page.the() }),
        k.cache(slot).set(l.page),
        k.folio(l.page.the()).mapping.set(k.folio(old).mapping),
        k.folio(old).mapping.clear(),
        k.folio(old).lock.clear(),
      ),
      free_unref_folio(k, { folio: old }),
    ];
  },
);
