// Flushes between CPUs that switch, as on x86: generations, lazy CPUs, ASIDs.

import { emit } from '../../events/emit.ts';
import { type Bool, type Id, me, type SetOf } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { each, loopWhile, path, pickStep, type Stmts, step, when } from '../../lang/program.ts';
import { int, setOf } from '../../lang/sorts.ts';
import type { CpuState } from '../cpu-state.ts';
import { tlbDrop, tlbDropUnder } from '../hardware.ts';
import { walkCacheDrop } from '../page-tables.ts';
import type { KernelState } from '../state.ts';
import { makes } from '../world.ts';

export type Switching = KernelState & { readonly switching: CpuState };

/** The kernel is 6.14 or later, and leaves bits in mm_cpumask. */
export function lazyMask(k: Switching): boolean {
  return k.world.switching?.lazyMask ?? false;
}

/** `inc_mm_tlb_gen`: also a full barrier. Whoever switches to the mm later flushes by himself. */
export function inc_mm_tlb_gen(k: Switching, mm: Id<'mm'>): Stmts {
  const gen = k.switching.tlb_gen(mm);
  return [gen.set(gen.plus(1))];
}

/** Everything under one ASID goes, as by a load of CR3 without the bit that keeps entries. */
export function flushAsid(k: KernelState, cpu: Id<'cpu'>, asid: Id<'asid'>): Stmts {
  const drop = (va: Id<'va'>): Stmts => tlbDropUnder(k, cpu, asid, va);
  return [each('va', drop), k.tables === undefined ? [] : [k.tables.cachedOf(cpu, asid).clear()]];
}

/** What a request names: an address of an mm, all of it, or whatever the CPU has loaded. */
interface Request {
  readonly mm?: Id<'mm'>;
  readonly va?: Id<'va'>;
  /** The generation that the request brings about; meaningless without an mm. */
  readonly gen: ReturnType<CpuState['tlb_gen']>;
}

/** A lazy CPU that is interrupted all the same lets the page tables go. */
function leaveForInitMm(k: Switching, cpu: Id<'cpu'>): Stmts {
  const state = k.switching.tlbstate(cpu);
  return [
    emit('mm.load', { cpu }),
    k.mmCpumask(k.loaded(cpu).the()).remove(cpu.only()),
    k.loaded(cpu).clear(),
    state.is_lazy.set(false),
  ];
}

/** `flush_tlb_func`, with interrupts off on the CPU that runs it. */
function flush_tlb_func(k: Switching, cpu: Id<'cpu'>, { mm, va, gen }: Request): Stmts {
  const state = k.switching.tlbstate(cpu);
  const asid = state.asid;
  const loaded = k.loaded(cpu).the();
  const ctx = k.switching.ctx(cpu, asid);
  const newest = k.switching.tlb_gen(loaded);
  const full: Stmts = [
    emit('tlb.flush', { cpus: cpu.only(), mm: loaded }),
    flushAsid(k, cpu, asid),
    ctx.tlb_gen.set(newest),
  ];
  const partial = (at: Id<'va'>): Stmts => [
    emit('tlb.flush', { cpus: cpu.only(), mm: loaded, va: at }),
    tlbDrop(k, cpu, loaded, at),
    // INVLPG: all of the tag's paging-structure caches go, whatever the address.
    walkCacheDrop(k, cpu, loaded),
    ctx.tlb_gen.set(newest),
  ];
  const exact = gen.is(ctx.tlb_gen.plus(1)).and(gen.is(newest));
  const catchUp = when(ctx.tlb_gen.lt(newest), [
    va === undefined || mm === undefined ? full : when(exact, partial(va), full),
  ]);
  const here = when(state.is_lazy, leaveForInitMm(k, cpu), [catchUp]);
  if (mm === undefined) return [when(k.loaded(cpu).isSome(), [here])];
  const trim = lazyMask(k) ? [k.mmCpumask(mm).remove(cpu.only())] : [];
  return [when(k.loaded(cpu).is(mm), [here], trim)];
}

/**
 * Whether a CPU is interrupted at all: `tlb_is_not_lazy`. 6.14 looks at `loaded_mm` too
 * (`should_flush_tlb`), and had to learn that it may read LOADED_MM_SWITCHING.
 */
function should_flush_tlb(k: Switching, cpu: Id<'cpu'>, mm: Id<'mm'> | undefined): Bool {
  const { is_lazy, switching } = k.switching.tlbstate(cpu);
  if (!lazyMask(k) || mm === undefined) return is_lazy.not();
  const named = k.loaded(cpu).is(mm).and(switching.not());
  return is_lazy.not().and(makes(k.world, 'loaded-mm-filter') ? named : named.or(switching));
}

/** Interrupts the CPUs of a set that are not lazy, and waits until each has done what it should. */
const flush_tlb_multi: (
  k: Switching,
  args: Request & { readonly todo: SetOf<'cpu'>; readonly freedTables?: boolean },
) => Code = path(
  {
    name: 'flush_tlb_multi',
    source: 'arch/x86/mm/tlb.c, 6.12 (native_flush_tlb_multi, flush_tlb_func)',
    leavesOut:
      'the ceiling above which a range becomes a full flush; the user half of the page tables (PTI); the inside of flush_tlb_func, which nobody can see',
    reads: ['mm_cpumask', 'loaded_mm'],
    writes: [
      'tlb',
      'walk_cache',
      'cpu_tlbstate',
      'cpu_tlbstate_ctxs',
      'loaded_mm',
      'mm_cpumask',
      'mm_tlb_gen',
      'irqs_off',
    ],
    locals: { asked: setOf('cpu'), todo: setOf('cpu') },
  },
  (k, { todo, freedTables, ...request }, l) => [
    step('cpumask', l.asked.set(todo)),
    loopWhile(
      l.asked.isSome(),
      pickStep('should_flush_tlb', {
        pick: ['cpu'],
        among: ({ cpu }) => l.asked.has(cpu),
        does: ({ cpu }) => [
          freedTables === true
            ? l.todo.add(cpu.only())
            : when(should_flush_tlb(k, cpu, request.mm), [l.todo.add(cpu.only())]),
          l.asked.remove(cpu.only()),
        ],
      }),
    ),
    loopWhile(
      l.todo.isSome(),
      pickStep('flush_tlb_func', {
        pick: ['cpu'],
        among: ({ cpu }) => l.todo.has(cpu),
        when: ({ cpu }) => k.irqsOff(cpu).not(),
        does: ({ cpu }) => [flush_tlb_func(k, cpu, request), l.todo.remove(cpu.only())],
      }),
    ),
  ],
);

/** Flushes one address, or all, of one mm wherever it may be cached. */
export const x86_flush_tlb_mm_range: (
  k: Switching,
  args: { mm: Id<'mm'>; va?: Id<'va'>; freedTables?: boolean },
) => Code = path(
  {
    name: 'flush_tlb_mm_range',
    source: 'arch/x86/mm/tlb.c, 6.12',
    leavesOut: 'that a mask of only this CPU is flushed with no interrupt: the same function runs',
    reads: [],
    writes: ['mm_tlb_gen'],
    locals: { gen: int(15) },
  },
  (k, { mm, va, freedTables }, l) => [
    step('inc_mm_tlb_gen', inc_mm_tlb_gen(k, mm), l.gen.set(k.switching.tlb_gen(mm))),
    flush_tlb_multi(k, {
      mm,
      gen: l.gen,
      todo: k.mmCpumask(mm),
      ...(va === undefined ? {} : { va }),
      ...(freedTables === undefined ? {} : { freedTables }),
    }),
  ],
);

/** Flushes what the CPUs of a batch have loaded; other ASIDs catch up when they are switched to. */
export const x86_arch_tlbbatch_flush: (k: Switching, args: { cpus: SetOf<'cpu'> }) => Code = path(
  {
    name: 'arch_tlbbatch_flush',
    source: 'arch/x86/mm/tlb.c, 6.12',
    leavesOut: 'nothing that matters here',
    reads: [],
    writes: [],
    locals: { gen: int(15) },
  },
  (k, { cpus }, l) => [flush_tlb_multi(k, { gen: l.gen, todo: cpus })],
);

/** `arch_tlbbatch_should_defer`: whether a CPU other than this one has to be flushed. */
export function should_defer(k: Switching, mm: Id<'mm'>): Bool {
  return k.mmCpumask(mm).without(k.cpuOf(me)).isSome();
}
