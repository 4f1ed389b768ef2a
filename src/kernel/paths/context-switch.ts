// Context switches: which address space a CPU walks, who may interrupt it for its flushes, and what
// it catches up on when it comes back.

import { emit } from '../../events/emit.ts';
import { exists, type Id, type Maybe, me } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import {
  branch,
  type Codes,
  path,
  pickStep,
  type Stmts,
  step,
  waitStep,
  when,
} from '../../lang/program.ts';
import { bool, id, int, maybe } from '../../lang/sorts.ts';
import type { Hooks } from '../kernel.ts';
import { type Mistake, makes } from '../world.ts';
import { flushAsid, lazyMask, type Switching } from './tlb-flush-x86.ts';

type Cpu = { readonly cpu: Id<'cpu'> };

/** A CPU keeps the page tables of whoever ran before while a kernel thread runs on it. */
export const enter_lazy_tlb: (k: Switching, args: Cpu) => Code = path(
  {
    name: 'enter_lazy_tlb',
    source: 'arch/x86/mm/tlb.c, 6.12',
    leavesOut: 'nothing that matters here',
    reads: ['loaded_mm'],
    writes: ['cpu_tlbstate', 'curr'],
  },
  (k, { cpu }) => [
    step(
      'enter_lazy_tlb',
      when(k.loaded(cpu).isSome(), [
        emit('mm.lazy', { cpu, mm: k.loaded(cpu).the() }),
        k.switching.tlbstate(cpu).is_lazy.set(true),
      ]),
      k.switching.curr(cpu).clear(),
    ),
  ],
);

/**
 * Loads an address space, or none but the kernel's. Interrupts are off from beginning to end. The CPU
 * shows that it uses the mm before it reads how far the mm's flushes have come: whoever flushes later
 * finds the bit, and whoever flushed before is found in the generation.
 */
export const switch_mm_irqs_off: (k: Switching, args: Cpu & { next: Id<'mm'> }) => Code = path(
  {
    name: 'switch_mm_irqs_off',
    source: 'arch/x86/mm/tlb.c, 6.12 (switch_mm_irqs_off, choose_new_asid, load_new_mm_cr3)',
    leavesOut:
      'speculation barriers, LAM, PTI; a CPU takes any ASID where the kernel goes round; stores are seen in program order, so a store that lingers in a buffer is written as a later step',
    reads: ['mm_tlb_gen'],
    writes: [
      'cpu_tlbstate',
      'cpu_tlbstate_ctxs',
      'irqs_off',
      'loaded_mm',
      'mm_cpumask',
      'tlb',
      'walk_cache',
    ],
    locals: {
      prev: maybe('mm'),
      wasLazy: bool,
      same: bool,
      asid: id('asid'),
      gen: int(15),
      flush: bool,
    },
  },
  (k, { cpu, next }, l) => {
    const arch = k.switching;
    const state = arch.tlbstate(cpu);
    const wrong = (mistake: Mistake): boolean => makes(k.world, mistake);
    const load = step(
      'load_new_mm_cr3',
      when(l.flush, [
        arch.ctx(cpu, l.asid).mm.set(next),
        arch.ctx(cpu, l.asid).tlb_gen.set(l.gen),
        wrong('keep-bit')
          ? []
          : [emit('tlb.flush', { cpus: cpu.only(), mm: next }), flushAsid(k, cpu, l.asid)],
      ]),
      emit('mm.load', { cpu, mm: next }),
      state.asid.set(l.asid),
      k.loaded(cpu).set(next),
    );
    // Both orders: 6.12 and 6.14 before the fix announce after the ASID is chosen. Only 6.14 looks.
    const announce = lazyMask(k)
      ? step('loaded_mm = LOADED_MM_SWITCHING', state.switching.set(true))
      : [];
    const finish = lazyMask(k) ? step('loaded_mm = next', state.switching.set(false)) : [];
    const early = wrong('loaded-mm-filter') ? [] : announce;
    const late = wrong('loaded-mm-filter') ? announce : [];

    const mask = step('cpumask_set_cpu', k.mmCpumask(next).add(cpu.only()));
    const gen = step('atomic64_read(tlb_gen)', l.gen.set(arch.tlb_gen(next)));
    const known = exists('asid', (asid) => arch.ctx(cpu, asid).mm.is(next));
    const choose = pickStep('choose_new_asid', {
      pick: ['asid'],
      among: ({ asid }) => arch.ctx(cpu, asid).mm.is(next).or(known.not()),
      does: ({ asid }) => {
        const ctx = arch.ctx(cpu, asid);
        const behind = ctx.tlb_gen.lt(l.gen);
        return [
          l.asid.set(asid),
          wrong('asid-reused-unflushed')
            ? [
                l.flush.set(known.and(behind)),
                when(known.not(), [ctx.mm.set(next), ctx.tlb_gen.set(l.gen)]),
              ]
            : l.flush.set(known.not().or(behind)),
        ];
      },
    });
    const inOrder: Codes = wrong('generation-before-mask')
      ? [gen, mask, choose, late, load]
      : wrong('mask-after-cr3')
        ? [gen, choose, late, load, mask]
        : [mask, gen, choose, late, load];

    const unlazy = state.is_lazy.set(false);
    const lateUnlazy = wrong('lazy-checked-too-early')
      ? branch(l.wasLazy, [step('is_lazy = false', unlazy)])
      : [];
    const compare: Stmts = wrong('lazy-return-unchecked')
      ? []
      : [
          l.gen.set(arch.tlb_gen(next)),
          l.asid.set(state.asid),
          l.flush.set(arch.ctx(cpu, state.asid).tlb_gen.lt(arch.tlb_gen(next))),
        ];
    return [
      step(
        'local_irq_disable',
        k.irqsOff(cpu).set(true),
        l.prev.set(k.loaded(cpu)),
        l.wasLazy.set(state.is_lazy),
        l.same.set(k.loaded(cpu).is(next)),
        wrong('lazy-checked-too-early') ? [] : unlazy,
      ),
      branch(
        l.same,
        [
          branch(l.wasLazy, [
            step('atomic64_read(tlb_gen)', compare),
            lateUnlazy,
            branch(l.flush, [load], [step('return', emit('mm.load', { cpu, mm: next }))]),
          ]),
        ],
        [lateUnlazy, early, stopReceiving(k, cpu, l.prev), inOrder, finish],
      ),
    ];
  },
);

/** The bit of the mm that is being left goes; since 6.14 the next interrupt for that mm takes it out. */
function stopReceiving(k: Switching, cpu: Id<'cpu'>, prev: Maybe<'mm'>): Codes {
  if (lazyMask(k)) return [];
  return [
    branch(prev.isSome(), [step('cpumask_clear_cpu', k.mmCpumask(prev.the()).remove(cpu.only()))]),
  ];
}

/**
 * The scheduler puts a kernel thread on the CPU: it borrows the address space (`context_switch`,
 * `kernel/sched/core.c`).
 */
export function switch_to_kernel_thread(k: Switching, { cpu }: Cpu): Code {
  return enter_lazy_tlb(k, { cpu });
}

/** An idle CPU lets the page tables it borrowed go, before it sleeps deeply. */
export const leave_mm: (k: Switching, args: Cpu) => Code = path(
  {
    name: 'leave_mm',
    source: 'arch/x86/mm/tlb.c, 6.12 (leave_mm, switch_mm_irqs_off to init_mm)',
    leavesOut: 'nothing that matters here',
    reads: [],
    writes: ['irqs_off', 'cpu_tlbstate', 'loaded_mm', 'mm_cpumask'],
    locals: { prev: maybe('mm') },
  },
  (k, { cpu }, l) => [
    step(
      'local_irq_disable',
      k.irqsOff(cpu).set(true),
      l.prev.set(k.loaded(cpu)),
      k.switching.tlbstate(cpu).is_lazy.set(false),
    ),
    stopReceiving(k, cpu, l.prev),
    step('load_new_mm_cr3', emit('mm.load', { cpu }), k.loaded(cpu).clear()),
    step('local_irq_enable', k.irqsOff(cpu).set(false)),
  ],
);

/** The scheduler puts a user thread on the CPU; the thread that gives way runs the switch. */
export const switch_to_user: (
  k: Switching & { readonly hooks: Hooks },
  args: Cpu & { mm: Id<'mm'>; next: Id<'thread'> },
) => Code = path(
  {
    name: 'context_switch',
    source: 'kernel/sched/core.c, 6.12; the hook is LUF v12',
    leavesOut: 'run queues: the scenario says who runs next; mm_count and its references',
    reads: ['loaded_mm', 'cpu_tlbstate'],
    writes: ['irqs_off', 'curr'],
    locals: { lazy: maybe('mm') },
  },
  (k, { cpu, mm, next }, l) => [
    step('prev->active_mm', when(k.switching.tlbstate(cpu).is_lazy, [l.lazy.set(k.loaded(cpu))])),
    switch_mm_irqs_off(k, { cpu, next: mm }),
    step('finish_task_switch', k.irqsOff(cpu).set(false), k.switching.curr(cpu).set(next)),
    branch(l.lazy.isSome(), [k.hooks.cancel('finish_task_switch', { mm: l.lazy.the() })]),
  ],
);

/** A thread that has been switched away waits until it runs again. */
export function scheduled_in(k: Switching, cpu: Id<'cpu'>): Code {
  return waitStep('scheduled in', k.switching.curr(cpu).is(me));
}
