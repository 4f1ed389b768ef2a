// KVM's paravirtual TLB flush: a virtual CPU that does not run is not interrupted; a bit in a word that it
// shares with its host asks for a flush when it runs again.

import { emit } from '../../events/emit.ts';
import type { Id } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import {
  branch,
  each,
  loopWhile,
  path,
  pickStep,
  type Stmts,
  step,
  when,
} from '../../lang/program.ts';
import { bool, setOf } from '../../lang/sorts.ts';
import { tlbDrop } from '../hardware.ts';
import type { StealTime } from '../lazy-flush.ts';
import type { KernelState } from '../state.ts';
import { makes } from '../world.ts';

export type Paravirt<K = KernelState> = K & { readonly stealTime: StealTime };
export function paravirt<K extends KernelState>(k: K): Paravirt<K> {
  const { stealTime } = k;
  if (stealTime === undefined) throw new Error('the CPUs of this world are no virtual ones');
  return { ...k, stealTime };
}

function flushAll(k: KernelState, cpu: Id<'cpu'>): Stmts {
  return [
    emit('tlb.flush', { cpus: cpu.only() }),
    each('mm', (mm) => [each('va', (va) => tlbDrop(k, cpu, mm, va))]),
  ];
}

/** The guest's flush: of the CPUs that run by interrupts, of the others by their bit. */
export const kvm_flush_tlb_multi: (k: Paravirt, args: { mm: Id<'mm'> }) => Code = path(
  {
    name: 'kvm_flush_tlb_multi',
    source: 'arch/x86/kernel/kvm.c, 6.12',
    leavesOut: 'ranges: whoever is interrupted flushes all of the mm',
    reads: ['mm_cpumask'],
    writes: ['steal_time', 'tlb'],
    locals: { asked: setOf('cpu'), todo: setOf('cpu') },
  },
  (k, { mm }, l) => [
    step('cpumask_copy', l.asked.set(k.mmCpumask(mm))),
    loopWhile(
      l.asked.isSome(),
      pickStep('try_cmpxchg(preempted)', {
        pick: ['cpu'],
        among: ({ cpu }) => l.asked.has(cpu),
        does: ({ cpu }) => [
          when(
            k.stealTime(cpu).preempted,
            [k.stealTime(cpu).flush.set(true)],
            [l.todo.add(cpu.only())],
          ),
          l.asked.remove(cpu.only()),
        ],
      }),
    ),
    loopWhile(
      l.todo.isSome(),
      pickStep('flush_tlb_func', {
        pick: ['cpu'],
        among: ({ cpu }) => l.todo.has(cpu),
        does: ({ cpu }) => [
          emit('tlb.flush', { cpus: cpu.only(), mm }),
          each('va', (va) => tlbDrop(k, cpu, mm, va)),
          l.todo.remove(cpu.only()),
        ],
      }),
    ),
  ],
);

/** The host stops a virtual CPU, and lets it run again. */
export const stopAndRun: (k: Paravirt, args: { cpu: Id<'cpu'> }) => Code = path(
  {
    name: 'vcpu_load',
    source: 'arch/x86/kvm/x86.c, 6.12 (kvm_steal_time_set_preempted, record_steal_time)',
    leavesOut:
      'a virtual CPU that is stopped still has its TLB, as where it runs on the same CPU again; the time that was stolen',
    reads: ['loaded_mm'],
    writes: ['steal_time', 'tlb'],
    locals: { flush: bool },
  },
  (k, { cpu }, l) => {
    const word = k.stealTime(cpu);
    const read = l.flush.set(word.flush);
    const clear: Stmts = [word.preempted.set(false), word.flush.set(false)];
    const torn = makes(k.world, 'steal-time-plain-store');
    // A stopped CPU keeps what it has loaded and runs nothing, as one in lazy TLB mode.
    const mm = k.loaded(cpu).the();
    const runs = emit('mm.load', { cpu, mm });
    return [
      step('kvm_steal_time_set_preempted', emit('mm.lazy', { cpu, mm }), word.preempted.set(true)),
      torn
        ? step('st->preempted & KVM_VCPU_FLUSH_TLB', read)
        : step('xchg(preempted, 0)', read, when(word.flush.not(), [runs]), clear),
      branch(l.flush, [step('kvm_vcpu_flush_tlb_guest', flushAll(k, cpu), torn ? [] : runs)]),
      torn ? step('st->preempted = 0', runs, clear) : [],
    ];
  },
);
