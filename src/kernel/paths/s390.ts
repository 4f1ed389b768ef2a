// s390: a CPU that is the only one attached to an mm may empty an entry and leave the flush for later;
// whoever attaches next does it.

import { emit } from '../../events/emit.ts';
import { type Id, me } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, each, path, type Stmts, step, waitStep, when } from '../../lang/program.ts';
import { bool } from '../../lang/sorts.ts';
import { tlbDrop } from '../hardware.ts';
import type { Kernel } from '../kernel.ts';
import type { S390Mm } from '../lazy-flush.ts';
import { mmap_write_lock, mmap_write_unlock, spin_lock_ptl, spin_unlock_ptl } from '../locks.ts';
import { ptep_get_and_clear } from '../pte.ts';
import { detach_vma } from '../vma.ts';

type S390 = Kernel & { readonly s390: S390Mm };
export function onS390(k: Kernel): S390 {
  const { s390 } = k;
  if (s390 === undefined) throw new Error('this world is no s390');
  return { ...k, s390 };
}

/** IDTE: every CPU drops what it has of the mm; nobody is interrupted. */
function idte(k: S390, mm: Id<'mm'>): Stmts {
  return [
    emit('tlb.flush', { cpus: k.mmCpumask(mm), mm }),
    each('cpu', (cpu) => [
      when(k.mmCpumask(mm).has(cpu), [each('va', (va) => tlbDrop(k, cpu, mm, va))]),
    ]),
  ];
}
/** `__tlb_flush_mm_lazy`, under the lock of the context. */
function flushLazy(k: S390, mm: Id<'mm'>): Stmts {
  return [when(k.s390.flush_mm(mm), [idte(k, mm), k.s390.flush_mm(mm).set(false)])];
}

/** Whether an attaching CPU waits for changes in progress, and the flag comes after the entry. */
export interface LazyHow {
  readonly flag: 'after the entry' | 'before the entry';
}

/** munmap(2) of one page, with `ptep_flush_lazy`. */
export const s390_munmap: (k: S390, args: { mm: Id<'mm'>; va: Id<'va'>; how: LazyHow }) => Code =
  path(
    {
      name: 'munmap',
      source: 'mm/mmap.c; arch/s390/mm/pgtable.c, 6.12 (ptep_flush_lazy, __tlb_flush_mm_lazy)',
      leavesOut: 'the page itself, which stays in the cache; broadcast invalidation is one step',
      reads: ['mm_cpumask', 'cpu_of'],
      writes: ['mmap_lock', 'vma', 'ptl', 'pte', 'pte_dirty', 'flush_mm', 'flush_count', 'tlb'],
      locals: { alone: bool },
    },
    (k, { mm, va, how }, l) => {
      const count = k.s390.flush_count(mm);
      const invalid = when(k.pte(mm, va).frame.isSome(), ptep_get_and_clear(k, mm, va));
      const flag = k.s390.flush_mm(mm).set(true);
      return [
        mmap_write_lock(k, mm, detach_vma(k, mm, va)),
        spin_lock_ptl(k, mm, va),
        step('atomic_inc(flush_count)', count.set(count.plus(1))),
        step(
          'cpumask_equal(cpu_attach_mask)',
          l.alone.set(k.mmCpumask(mm).without(k.cpuOf(me)).isEmpty()),
        ),
        branch(
          l.alone,
          how.flag === 'before the entry'
            ? [step('flush_mm = 1', flag), step('_PAGE_INVALID', invalid)]
            : [step('_PAGE_INVALID', invalid), step('flush_mm = 1', flag)],
          [step('__ptep_ipte', invalid, idte(k, mm))],
        ),
        step('atomic_dec(flush_count)', count.set(count.minus(1))),
        spin_unlock_ptl(k, mm, va),
        step('__tlb_flush_mm_lazy', flushLazy(k, mm)),
        mmap_write_unlock(k, mm),
        step('return from munmap', emit('call.return', { name: 'munmap', thread: me })),
      ];
    },
  );

/** A CPU attaches to an mm, and pays what is owed. */
export const s390_attach: (k: S390, args: { cpu: Id<'cpu'>; mm: Id<'mm'>; how: LazyHow }) => Code =
  path(
    {
      name: 'switch_mm',
      source: 'arch/s390/include/asm/mmu_context.h, 6.12 (switch_mm, finish_arch_post_lock_switch)',
      leavesOut: 'the two masks of CPUs are one',
      reads: ['flush_count'],
      writes: ['mm_cpumask', 'loaded_mm', 'flush_mm', 'tlb'],
    },
    (k, { cpu, mm, how }) => [
      step('cpumask_set_cpu(cpu_attach_mask)', k.mmCpumask(mm).add(cpu.only())),
      how.flag === 'before the entry'
        ? []
        : waitStep('while (flush_count) cpu_relax()', k.s390.flush_count(mm).is(0)),
      step('__tlb_flush_mm_lazy', flushLazy(k, mm)),
      step('user_asce', emit('mm.load', { cpu, mm }), k.loaded(cpu).set(mm)),
    ],
  );
