// Context switches: which address space a CPU walks, who may interrupt it for its flushes, and what
// it catches up on when it comes back.

import { emit } from '../../events/emit.ts';
import { exists, type Id, type Maybe, me, some } from '../../lang/expr.ts';
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
import { makes } from '../world.ts';
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
export const switch_mm_irqs_off: (k: Switching, args: Cpu & { next: Maybe<'mm'> }) => Code = path(
  {
    name: 'switch_mm_irqs_off',
    source: 'arch/x86/mm/tlb.c, 6.12 (switch_mm_irqs_off, choose_new_asid, load_new_mm_cr3)',
    leavesOut:
      'speculation barriers, LAM, PTI; a CPU takes any ASID where the kernel goes round; stores are seen in program order, so a store that lingers in a buffer is written as a later step',
    reads: ['mm_tlb_gen'],
    writes: ['cpu_tlbstate', 'cpu_tlbstate_ctxs', 'irqs_off', 'loaded_mm', 'mm_cpumask', 'tlb'],
    locals: {
      prev: maybe('mm'),
      wasLazy: bool,
      same: bool,
      none: bool,
      asid: id('asid'),
      gen: int(15),
      flush: bool,
    },
  },
  (k, { cpu, next }, l) => {
    const cpuState = k.switching;
    const state = cpuState.tlbstate(cpu);
    const mm = next.the();
    const late = makes(k.world, 'mask-after-cr3');
    const sees = lazyMask(k);
    const startReceiving = step('cpumask_set_cpu', k.mmCpumask(mm).add(cpu.only()));
    const readGen = step('atomic64_read(tlb_gen)', l.gen.set(cpuState.tlb_gen(mm)));
    const knows = exists('asid', (asid) => cpuState.ctx(cpu, asid).mm.is(next));
    const choose = pickStep('choose_new_asid', {
      pick: ['asid'],
      among: ({ asid }) => cpuState.ctx(cpu, asid).mm.is(next).or(knows.not()),
      does: ({ asid }) => [
        l.asid.set(asid),
        makes(k.world, 'asid-reused-unflushed')
          ? l.flush.set(knows.and(cpuState.ctx(cpu, asid).tlb_gen.lt(l.gen)))
          : l.flush.set(knows.not().or(cpuState.ctx(cpu, asid).tlb_gen.lt(l.gen))),
        makes(k.world, 'asid-reused-unflushed')
          ? when(knows.not(), [
              cpuState.ctx(cpu, asid).mm.set(next),
              cpuState.ctx(cpu, asid).tlb_gen.set(l.gen),
            ])
          : [],
      ],
    });
    const flush: Stmts = [
      cpuState.ctx(cpu, l.asid).mm.set(next),
      cpuState.ctx(cpu, l.asid).tlb_gen.set(l.gen),
      makes(k.world, 'keep-bit')
        ? []
        : [emit('tlb.flush', { cpus: cpu.only(), mm }), flushAsid(k, cpu, l.asid)],
    ];
    const load = step(
      'load_new_mm_cr3',
      when(l.flush, flush),
      emit('mm.load', { cpu, mm }),
      state.asid.set(l.asid),
      k.loaded(cpu).set(next),
    );
    const announce = step('loaded_mm = LOADED_MM_SWITCHING', state.switching.set(true));
    const finish = step('loaded_mm = next', state.switching.set(false));
    const filterIsWrong = makes(k.world, 'loaded-mm-filter');
    const elsewhere: Codes = [
      sees && !filterIsWrong ? announce : [],
      // 6.14 leaves the bit; the next interrupt for that mm takes it out.
      sees
        ? []
        : branch(l.prev.isSome(), [
            step('cpumask_clear_cpu', k.mmCpumask(l.prev.the()).remove(cpu.only())),
          ]),
      branch(
        l.none,
        [step('load_new_mm_cr3', emit('mm.load', { cpu }), k.loaded(cpu).clear())],
        [
          makes(k.world, 'generation-before-mask')
            ? [readGen, startReceiving, choose, load]
            : late
              ? [readGen, choose, load, startReceiving]
              : [startReceiving, readGen, choose, sees && filterIsWrong ? announce : [], load],
        ],
      ),
      sees ? finish : [],
    ];
    const early = makes(k.world, 'lazy-checked-too-early');
    const unlazy = state.is_lazy.set(false);
    const compare: Stmts = makes(k.world, 'lazy-return-unchecked')
      ? []
      : [
          l.gen.set(cpuState.tlb_gen(mm)),
          l.asid.set(state.asid),
          l.flush.set(cpuState.ctx(cpu, state.asid).tlb_gen.lt(cpuState.tlb_gen(mm))),
        ];
    return [
      step(
        'local_irq_disable',
        cpuState.irqs_off(cpu).set(true),
        l.prev.set(k.loaded(cpu)),
        l.wasLazy.set(state.is_lazy),
        l.same.set(k.loaded(cpu).is(next)),
        l.none.set(next.isNone()),
        early ? [] : unlazy,
      ),
      branch(
        l.same,
        [
          branch(l.wasLazy.and(l.none.not()), [
            step('atomic64_read(tlb_gen)', compare),
            early ? step('is_lazy = false', unlazy) : [],
            branch(l.flush, [load], [step('return', emit('mm.load', { cpu, mm }))]),
          ]),
        ],
        [early ? step('is_lazy = false', unlazy) : [], elsewhere],
      ),
    ];
  },
);

/**
 * The scheduler puts a kernel thread on the CPU: it borrows the address space (`context_switch`,
 * `kernel/sched/core.c`).
 */
export function switch_to_kernel_thread(k: Switching, { cpu }: Cpu): Code {
  return enter_lazy_tlb(k, { cpu });
}

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
    switch_mm_irqs_off(k, { cpu, next: some(mm) }),
    step(
      'finish_task_switch',
      k.switching.irqs_off(cpu).set(false),
      k.switching.curr(cpu).set(next),
    ),
    branch(l.lazy.isSome(), [k.hooks.cancel('finish_task_switch', { mm: l.lazy.the() })]),
  ],
);

/** A thread that has been switched away waits until it runs again. */
export function scheduled_in(k: Switching, cpu: Id<'cpu'>): Code {
  return waitStep('scheduled in', k.switching.curr(cpu).is(me));
}
