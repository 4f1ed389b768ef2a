import { emit } from '../../events/emit.ts';
import { type Bool, type Id, me, type SetOf, type SetRef, yes } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { type Codes, each, loopWhile, path, pickStep, step, when } from '../../lang/program.ts';
import { setOf } from '../../lang/sorts.ts';
import { tlbDrop } from '../hardware.ts';
import { walkCacheDrop } from '../page-tables.ts';
import type { KernelState } from '../state.ts';
import { tsbClear } from '../tsb-state.ts';
import { makes } from '../world.ts';
import { kvm_flush_tlb_multi, paravirt } from './paravirt.ts';
import { arm64_add_pending, arm64_flush_tlb_range, dsb } from './tlb-flush-arm64.ts';
import {
  inc_mm_tlb_gen,
  x86_arch_tlbbatch_flush,
  x86_flush_tlb_mm_range,
} from './tlb-flush-x86.ts';

const locals = { todo: setOf('cpu') };

interface Flush {
  readonly mm: Id<'mm'>;
  readonly va?: Id<'va'>;
  /** CPUs that use the mm lazily are flushed, too. */
  readonly freedTables?: boolean;
  /** Only last-level entries: where the tables are stays cached. */
  readonly leafOnly?: boolean;
  readonly cpusOnly?: boolean;
}

/** A CPU answers an inter-processor interrupt only while its interrupts are on. */
export function answers(k: KernelState, cpu: Id<'cpu'>): Bool {
  return k
    .irqsOff(cpu)
    .not()
    .or(cpu.is(k.cpuOf(me)));
}

/**
 * `flush_tlb_mm_range`: flushes one address, or all of one mm, as the world's architecture does.
 * `cpusOnly`: as before 6bbd42e2df8f, when whoever called it had to tell secondary TLBs himself.
 */
export function flush_tlb_mm_range(k: KernelState, args: Flush): Codes {
  const { tlbi, switching } = k;
  if (tlbi !== undefined) return [arm64_flush_tlb_range({ ...k, tlbi }, args)];
  if (k.stealTime !== undefined) return [kvm_flush_tlb_multi(paravirt(k), args)];
  return [
    switching === undefined
      ? withTsb(k, args, flushByInterrupt(k, args))
      : x86_flush_tlb_mm_range({ ...k, switching }, args),
    args.cpusOnly === true ? [] : mmu_notifier_invalidate(k, args),
  ];
}

/** What refills the TLB goes first, or the TLB would be refilled from it. */
function withTsb(k: KernelState, range: { mm?: Id<'mm'>; va?: Id<'va'> }, flush: Code): Codes {
  if (k.tsb === undefined) return [flush];
  const first = step('flush_tsb_user', tsbClear(k.tsb, range));
  return makes(k.world, 'tsb-flushed-last') ? [flush, first] : [first, flush];
}

/** Tells secondary TLBs, where there are any. */
export function mmu_notifier_invalidate(
  k: KernelState,
  args: { mm: Id<'mm'>; va?: Id<'va'> },
): Codes {
  const { devices } = k;
  return devices === undefined ? [] : [invalidate_secondary_tlbs({ ...k, devices }, args)];
}

/** `arch_tlbbatch_flush`: completes the invalidation of what a batch has gathered. */
export function arch_tlbbatch_flush(k: KernelState, args: { cpus: SetOf<'cpu'> }): Codes {
  const { tlbi, switching } = k;
  if (tlbi !== undefined) return [dsb({ ...k, tlbi }, {})];
  // With no mm at hand, no secondary TLB can be told: the notifier is per mm.
  return [
    switching === undefined
      ? withTsb(k, {}, flushBatchByInterrupt(k, args))
      : x86_arch_tlbbatch_flush({ ...k, switching }, args),
  ];
}

/**
 * `arch_tlbbatch_add_pending` up to the moment when the mm's CPUs join the batch: others must find a
 * new generation before that mask is read, or the broadcast is sent.
 */
export function arch_tlbbatch_add_pending(
  k: KernelState,
  { mm, va }: { mm: Id<'mm'>; va: Id<'va'> },
): Codes {
  const { tlbi, switching } = k;
  if (tlbi !== undefined) return [arm64_add_pending({ ...k, tlbi }, { mm, va })];
  if (switching === undefined || makes(k.world, 'generation-not-bumped')) return [];
  return [step('inc_mm_tlb_gen', inc_mm_tlb_gen({ ...k, switching }, mm))];
}

/** The end of `arch_tlbbatch_add_pending` on x86: secondary TLBs are told here, while the mm is known. */
export function add_pending_notifies(k: KernelState, { mm }: { mm: Id<'mm'> }): Codes {
  const { devices, tlbi } = k;
  if (devices === undefined || tlbi !== undefined) return [];
  const never = makes(k.world, 'notifier-missing') || makes(k.world, 'notifier-at-batch-flush');
  return never ? [] : [invalidate_secondary_tlbs({ ...k, devices }, { mm })];
}

/** `arch_flush_tlb_batched_pending`: makes sure of what others have invalidated in an mm. */
export function arch_flush_tlb_batched_pending(k: KernelState, { mm }: { mm: Id<'mm'> }): Codes {
  const { tlbi } = k;
  if (tlbi !== undefined && makes(k.world, 'pending-is-dsb')) return [dsb({ ...k, tlbi }, {})];
  return flush_tlb_mm_range(k, { mm });
}

/** Devices that walk CPU page tables (SVA, KVM) invalidate what they hold of an mm. */
const invalidate_secondary_tlbs: (
  k: KernelState & { readonly devices: SetRef<'cpu'> },
  args: { mm: Id<'mm'>; va?: Id<'va'> },
) => Code = path(
  {
    name: 'mmu_notifier_arch_invalidate_secondary_tlbs',
    source: 'mm/mmu_notifier.c, 6.12',
    leavesOut: 'several subscribers one after the other; a device drops what it holds at once',
    reads: ['devices'],
    writes: ['tlb', 'walk_cache'],
  },
  (k, { mm, va }) => [
    step(
      'invalidate_secondary_tlbs',
      emit('tlb.flush', va === undefined ? { cpus: k.devices, mm } : { cpus: k.devices, mm, va }),
      each('cpu', (cpu) => [
        when(k.devices.has(cpu), [
          va === undefined
            ? [each('va', (one) => tlbDrop(k, cpu, mm, one))]
            : tlbDrop(k, cpu, mm, va),
          walkCacheDrop(k, cpu, mm),
        ]),
      ]),
    ),
  ],
);

/**
 * Flushes one address, or all of one mm, on every CPU of its mask. The CPUs flush one after the
 * other in any order, as inter-processor interrupts arrive; the caller goes on when all are done.
 */
const flushByInterrupt: (k: KernelState, args: Flush) => Code = path(
  {
    name: 'flush_tlb_mm_range',
    source: 'arch/x86/mm/tlb.c, 6.12',
    leavesOut:
      'generations (tlb_gen) and lazy CPUs, which matter only where CPUs switch; the ceiling above which a range becomes a full flush',
    reads: ['mm_cpumask', 'irqs_off', 'cpu_of'],
    writes: ['tlb'],
    locals,
  },
  (k, { mm, va, leafOnly }, l) => [
    step('inc_mm_tlb_gen', l.todo.set(k.mmCpumask(mm))),
    loopWhile(
      l.todo.isSome(),
      pickStep('flush_tlb_func', {
        pick: ['cpu'],
        among: ({ cpu }) => l.todo.has(cpu),
        when: ({ cpu }) => answers(k, cpu),
        does: ({ cpu }) => [
          emit('tlb.flush', {
            ...{ cpus: cpu.only(), mm },
            ...(va === undefined ? {} : { va }),
            ...(leafOnly === true ? { leaves: yes } : {}),
          }),
          va === undefined
            ? each('va', (one) => tlbDrop(k, cpu, mm, one))
            : tlbDrop(k, cpu, mm, va),
          leafOnly === true ? [] : walkCacheDrop(k, cpu, mm),
          l.todo.remove(cpu.only()),
        ],
      }),
    ),
  ],
);

/** Flushes everything on the CPUs of a batch: what reclaim and LUF use. */
const flushBatchByInterrupt: (k: KernelState, args: { cpus: SetOf<'cpu'> }) => Code = path(
  {
    name: 'arch_tlbbatch_flush',
    source: 'arch/x86/mm/tlb.c, 6.12',
    leavesOut: 'lazy CPUs and generations, which matter only where CPUs switch',
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
          each('mm', (mm) => [
            each('va', (va) => tlbDrop(k, cpu, mm, va)),
            walkCacheDrop(k, cpu, mm),
          ]),
          l.todo.remove(cpu.only()),
        ],
      }),
    ),
  ],
);
