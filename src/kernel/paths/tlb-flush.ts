import { emit } from '../../events/emit.ts';
import { type Bool, type Id, me, type SetOf } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { each, loopWhile, path, pickStep, step } from '../../lang/program.ts';
import { setOf } from '../../lang/sorts.ts';
import { tlbDrop } from '../hardware.ts';
import type { KernelState } from '../state.ts';

const locals = { todo: setOf('cpu') };

/** A CPU answers an inter-processor interrupt only while its interrupts are on. */
export function answers(k: KernelState, cpu: Id<'cpu'>): Bool {
  return k
    .irqsOff(cpu)
    .not()
    .or(cpu.is(k.cpuOf(me)));
}

/**
 * Flushes one address, or all of one mm, on every CPU of its mask. The CPUs flush one after the
 * other in any order, as inter-processor interrupts arrive; the caller goes on when all are done.
 */
export const flush_tlb_mm_range: (k: KernelState, args: { mm: Id<'mm'>; va?: Id<'va'> }) => Code =
  path(
    {
      name: 'flush_tlb_mm_range',
      source: 'arch/x86/mm/tlb.c, 6.12',
      leavesOut:
        'generations (tlb_gen), lazy CPUs, the ceiling above which a range becomes a full flush',
      reads: ['mm_cpumask', 'irqs_off', 'cpu_of'],
      writes: ['tlb'],
      locals,
    },
    (k, { mm, va }, l) => [
      step('inc_mm_tlb_gen', l.todo.set(k.mmCpumask(mm))),
      loopWhile(
        l.todo.isSome(),
        pickStep('flush_tlb_func', {
          pick: ['cpu'],
          among: ({ cpu }) => l.todo.has(cpu),
          when: ({ cpu }) => answers(k, cpu),
          does: ({ cpu }) => [
            emit(
              'tlb.flush',
              va === undefined ? { cpus: cpu.only(), mm } : { cpus: cpu.only(), mm, va },
            ),
            va === undefined
              ? each('va', (one) => tlbDrop(k, cpu, mm, one))
              : tlbDrop(k, cpu, mm, va),
            l.todo.remove(cpu.only()),
          ],
        }),
      ),
    ],
  );

/** Flushes everything on the CPUs of a batch: what reclaim and LUF use. */
export const arch_tlbbatch_flush: (k: KernelState, args: { cpus: SetOf<'cpu'> }) => Code = path(
  {
    name: 'arch_tlbbatch_flush',
    source: 'arch/x86/mm/tlb.c, 6.12',
    leavesOut: 'lazy CPUs, which are skipped and catch up when they switch back',
    reads: ['irqs_off', 'cpu_of'],
    writes: ['tlb'],
    locals,
  },
  (k, { cpus }, l) => [
    step('flush_tlb_multi', l.todo.set(cpus)),
    loopWhile(
      l.todo.isSome(),
      pickStep('flush_tlb_func', {
        pick: ['cpu'],
        among: ({ cpu }) => l.todo.has(cpu),
        when: ({ cpu }) => answers(k, cpu),
        does: ({ cpu }) => [
          emit('tlb.flush', { cpus: cpu.only() }),
          each('mm', (mm) => [each('va', (va) => tlbDrop(k, cpu, mm, va))]),
          l.todo.remove(cpu.only()),
        ],
      }),
    ),
  ],
);
