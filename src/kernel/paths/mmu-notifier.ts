// What hears of changes to a process's page tables beside its CPUs: KVM, which zaps its own tables and
// flushes its guest before the notifier returns.

import { emit } from '../../events/emit.ts';
import type { Id } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import {
  branch,
  type Codes,
  each,
  loopWhile,
  path,
  pickStep,
  step,
  when,
} from '../../lang/program.ts';
import { bool, setOf } from '../../lang/sorts.ts';
import { tlbDrop } from '../hardware.ts';
import { lock, unlock } from '../locks.ts';
import type { SecondMmu } from '../second-mmu.ts';
import type { KernelState } from '../state.ts';
import { makes } from '../world.ts';

interface At {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
}
type WithSecond<K> = K & { readonly second: SecondMmu };

/** Every virtual CPU drops what it holds; the caller goes on when all have. */
export const kvm_flush_remote_tlbs: (k: WithSecond<KernelState>, args: At) => Code = path(
  {
    name: 'kvm_flush_remote_tlbs',
    source: 'virt/kvm/kvm_main.c, 6.12 (kvm_make_all_cpus_request(KVM_REQ_TLB_FLUSH))',
    leavesOut: 'requests: a virtual CPU serves them before it runs again, here at once',
    reads: ['second_mmu_users'],
    writes: ['tlb'],
    locals: { todo: setOf('cpu') },
  },
  (k, { mm }, l) => [
    step('kvm_make_all_cpus_request', l.todo.set(k.second.users)),
    loopWhile(
      l.todo.isSome(),
      pickStep('kvm_vcpu_flush_tlb_all', {
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

/**
 * Zaps an address in KVM's tables and flushes the guest, with mmu_lock held to the end: whoever comes
 * next and finds nothing may go by that.
 */
const rangeStart: (k: WithSecond<KernelState>, args: At) => Code = path(
  {
    name: 'kvm_mmu_notifier_invalidate_range_start',
    source:
      'virt/kvm/kvm_main.c, arch/x86/kvm/mmu, 6.12 (kvm_handle_hva_range, kvm_unmap_gfn_range)',
    leavesOut: 'memory slots: a page of guest memory is one address of the process; accessed bits',
    reads: ['second_mmu_users'],
    writes: ['mmu_lock', 'mmu_invalidate_in_progress', 'second_pte'],
    locals: { flush: bool },
  },
  (k, { mm, va }, l) => {
    const { second } = k;
    const pte = second.pte(mm, va);
    const free = unlock('KVM_MMU_UNLOCK', 'mmu_lock', second.lock);
    const flush = branch(l.flush, [kvm_flush_remote_tlbs(k, { mm, va })]);
    const lost = makes(k.world, 'second-flush-overwritten') || makes(k.world, 'second-unflushed');
    const forget: Codes = lost
      ? [step('flush = kvm_tdp_mmu_unmap_gfn_range', l.flush.set(false))]
      : makes(k.world, 'second-flush-lost-in-yield')
        ? [
            unlock('cond_resched_rwlock_write: unlock', 'mmu_lock', second.lock),
            lock('cond_resched_rwlock_write: lock', 'mmu_lock', second.lock, l.flush.set(false)),
          ]
        : [];
    return [
      lock('KVM_MMU_LOCK', 'mmu_lock', second.lock),
      step('kvm_mmu_invalidate_begin', second.invalidating.set(second.invalidating.plus(1))),
      step(
        'kvm_unmap_gfn_range',
        when(pte.frame.isSome(), [
          l.flush.set(true),
          // The guest's own page table: what a virtual CPU made from it goes by this entry.
          emit('pte.clear', {
            mm,
            va,
            frame: pte.frame.the(),
            writable: pte.writable,
            cpus: second.users,
          }),
        ]),
        pte.frame.clear(),
        pte.writable.set(false),
      ),
      forget,
      makes(k.world, 'second-flush-after-lock') ? [free, flush] : [flush, free],
    ];
  },
);

const rangeEnd: (k: WithSecond<KernelState>, args: At) => Code = path(
  {
    name: 'kvm_mmu_notifier_invalidate_range_end',
    source: 'virt/kvm/kvm_main.c, 6.12',
    leavesOut: 'nothing that matters here',
    reads: [],
    writes: ['mmu_lock', 'mmu_invalidate_in_progress', 'mmu_invalidate_seq'],
  },
  (k) => [
    lock(
      'KVM_MMU_LOCK',
      'mmu_lock',
      k.second.lock,
      k.second.seq.set(k.second.seq.plus(1)),
      k.second.invalidating.set(k.second.invalidating.minus(1)),
    ),
    unlock('KVM_MMU_UNLOCK', 'mmu_lock', k.second.lock),
  ],
);

/** Before the entries of the process change. Nothing where nobody has registered. */
export function mmu_notifier_invalidate_range_start(k: KernelState, at: At): Codes {
  const { second } = k;
  return second === undefined ? [] : [rangeStart({ ...k, second }, at)];
}
/** After they have changed; where a gather is under way, before it flushes. */
export function mmu_notifier_invalidate_range_end(k: KernelState, at: At): Codes {
  const { second } = k;
  return second === undefined ? [] : [rangeEnd({ ...k, second }, at)];
}
