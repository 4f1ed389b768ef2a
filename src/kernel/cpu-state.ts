// What a CPU knows of the address spaces it runs, and they of it: `cpu_tlbstate` and the mm's
// generation. Only in worlds whose CPUs switch; elsewhere each CPU keeps the address space it has.

import type { Declarations } from '../lang/declare.ts';
import type { BoolRef, Id, IdRef, IntRef, MaybeRef } from '../lang/expr.ts';
import { bool, id, int, maybe } from '../lang/sorts.ts';
import type { Switching } from './world.ts';

export interface CpuState {
  /** `cpu_tlbstate` and `cpu_tlbstate_shared`. */
  readonly tlbstate: (cpu: Id<'cpu'>) => {
    /** `loaded_mm_asid`, and what CR3 holds of it: others cannot tell them apart. */
    readonly asid: IdRef<'asid'>;
    readonly is_lazy: BoolRef;
    /** `loaded_mm` is `LOADED_MM_SWITCHING`. Otherwise it is what CR3 has. */
    readonly switching: BoolRef;
  };
  /** `cpu_tlbstate.ctxs`: whose entries an ASID has, and how far they are up to date. */
  readonly ctx: (
    cpu: Id<'cpu'>,
    asid: Id<'asid'>,
  ) => { readonly mm: MaybeRef<'mm'>; readonly tlb_gen: IntRef };
  /** `mm->context.tlb_gen`. */
  readonly tlb_gen: (mm: Id<'mm'>) => IntRef;
  /** The user thread that the CPU runs; none under a kernel thread. */
  readonly curr: (cpu: Id<'cpu'>) => MaybeRef<'thread'>;
}

export function declareCpuState(d: Declarations, switching: Switching): CpuState {
  const tlbGen = int(switching.tlbGens ?? 7);
  const owner = d.owner;
  d.owner = 'arch';
  const state: CpuState = {
    tlbstate: d.table('cpu_tlbstate', ['cpu'], {
      asid: id('asid'),
      is_lazy: bool,
      switching: bool,
    }),
    ctx: d.table('cpu_tlbstate_ctxs', ['cpu', 'asid'], { mm: maybe('mm'), tlb_gen: tlbGen }),
    tlb_gen: d.column('mm_tlb_gen', ['mm'], tlbGen),
    curr: d.column('curr', ['cpu'], maybe('thread')),
  };
  d.owner = owner;
  return state;
}
