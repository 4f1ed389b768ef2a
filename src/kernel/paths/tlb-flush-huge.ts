import { emit } from '../../events/emit.ts';
import { type Id, no, yes } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import {
  type Codes,
  each,
  loopWhile,
  path,
  pickStep,
  type Stmts,
  step,
  when,
} from '../../lang/program.ts';
import { setOf } from '../../lang/sorts.ts';
import { tlbDropSmall } from '../hardware.ts';
import { hugeDrop } from '../huge-hardware.ts';
import type { WithHuge } from '../pmd.ts';
import { answers, flush_tlb_mm_range } from './tlb-flush.ts';

/**
 * Which entries of the range a flush reaches. `huge`: one invalidation with the stride, or the page
 * size, of a huge page. `small`: one for each page, on a machine that is told the page size.
 */
export type Reach = 'every size' | 'huge' | 'small';

/** Flushes the range of a huge page: `flush_tlb_range`, or `flush_pmd_tlb_range`. */
export function flush_huge_range(k: WithHuge, mm: Id<'mm'>, reach: Reach): Codes {
  // More pages than single invalidations are worth: the whole mm, as on x86.
  if (reach === 'every size') return flush_tlb_mm_range(k, { mm });
  if (k.tlbi !== undefined) throw new Error('no flushes of one page size are modelled for arm64');
  return [bySize(k, { mm, reach })];
}

/** What a CPU loses by an invalidation of one page size, and what observers can say of it. */
function drops(k: WithHuge, cpu: Id<'cpu'>, mm: Id<'mm'>, reach: Reach): Stmts {
  const { huge } = k;
  const whole = (va: Id<'va'>) => emit('tlb.flush', { cpus: cpu.only(), mm, va });
  if (reach === 'huge') {
    return [
      emit('tlb.flush.size', { cpus: cpu.only(), mm, huge: yes }),
      each('va', (va) => [when(k.tlb(cpu, mm, va).frame.isNone(), [whole(va)])]),
      hugeDrop(huge, cpu, mm),
    ];
  }
  return [
    emit('tlb.flush.size', { cpus: cpu.only(), mm, huge: no }),
    when(huge.tlb(cpu, mm).present.not(), [each('va', (va) => [whole(va)])]),
    each('va', (va) => tlbDropSmall(k, cpu, mm, va)),
  ];
}

const bySize: (k: WithHuge, args: { mm: Id<'mm'>; reach: Reach }) => Code = path(
  {
    name: 'flush_pmd_tlb_range',
    source:
      'include/linux/huge_mm.h, 6.12; arch/powerpc/mm/book3s64/radix_tlb.c (radix__flush_tlb_range_psize) where the page size is told',
    leavesOut:
      'that INVLPG, with the stride of a huge page, also drops the small entry of the first address; CPUs that switch',
    reads: ['mm_cpumask', 'irqs_off', 'cpu_of'],
    writes: ['tlb', 'huge_tlb'],
    locals: { todo: setOf('cpu') },
  },
  (k, { mm, reach }, l) => [
    step('inc_mm_tlb_gen', l.todo.set(k.mmCpumask(mm))),
    loopWhile(
      l.todo.isSome(),
      pickStep('flush_tlb_func', {
        pick: ['cpu'],
        among: ({ cpu }) => l.todo.has(cpu),
        when: ({ cpu }) => answers(k, cpu),
        does: ({ cpu }) => [drops(k, cpu, mm, reach), l.todo.remove(cpu.only())],
      }),
    ),
  ],
);
