// What a CPU does by itself: it walks page tables into its TLB whenever it likes, drops entries
// whenever it likes, and uses them. Taken from the x86 manuals' promises, not from any one chip:
// whatever the architecture allows, the model does.

import { emit } from '../events/emit.ts';
import type { RefsOf } from '../lang/declare.ts';
import { type Bool, boundId, type Id } from '../lang/expr.ts';
import type { Ambient } from '../lang/machine.ts';
import type { Bound } from '../lang/nodes.ts';
import { flatStmts, type Stmts } from '../lang/program.ts';
import type { heldFields, KernelState, tlbFields } from './state.ts';
import type { TlbiState } from './tlbi-state.ts';

function bound<N extends string>(of: N): Bound & { of: N } {
  return { name: of, of };
}

/** Copies the PTE into the TLB. The walk also sets the dirty bit when it is for a store. */
export function tlbFill(k: KernelState, cpu: Id<'cpu'>, mm: Id<'mm'>, va: Id<'va'>): Stmts {
  const entry = k.tlb(cpu, mm, va);
  const pte = k.pte(mm, va);
  return [
    emit('tlb.fill', { cpu, mm, va, frame: pte.frame.the(), writable: pte.writable }),
    entry.frame.set(pte.frame),
    entry.writable.set(pte.writable),
    entry.dirty.set(k.pteDirty(mm, va).bit),
  ];
}

/** An invalidation of one address: whatever the CPU holds of it goes. */
export function tlbDrop(k: KernelState, cpu: Id<'cpu'>, mm: Id<'mm'>, va: Id<'va'>): Stmts {
  if (k.mayTlb !== undefined) return dropHeld(k.mayTlb.of(cpu, mm, va));
  return dropEntry(k.tlb(cpu, mm, va));
}
/** The same under an ASID, whoever has it loaded. */
export function tlbDropUnder(
  k: KernelState,
  cpu: Id<'cpu'>,
  asid: Id<'asid'>,
  va: Id<'va'>,
): Stmts {
  if (k.mayTlb !== undefined) return dropHeld(k.mayTlb.under(cpu, asid, va));
  return dropEntry(k.tlbOf(cpu, asid, va));
}
function dropEntry(entry: RefsOf<typeof tlbFields>): Stmts {
  return [entry.frame.clear(), entry.writable.set(false), entry.dirty.set(false)];
}
function dropHeld(held: RefsOf<typeof heldFields>): Stmts {
  return [held.read.clear(), held.write.clear()];
}
/** Whether the CPU holds, or may hold, a translation of the address. */
export function tlbHolds(k: KernelState, cpu: Id<'cpu'>, mm: Id<'mm'>, va: Id<'va'>): Bool {
  if (k.mayTlb !== undefined) return k.mayTlb.of(cpu, mm, va).read.isSome();
  return k.tlb(cpu, mm, va).frame.isSome();
}

export function hardware(k: KernelState): Ambient[] {
  const broadcasts = k.tlbi === undefined ? [] : [tlbiArrives(k, k.tlbi)];
  return k.mayTlb === undefined ? [...fillAndDrop(k), ...broadcasts] : broadcasts;
}

/** Labels of what only the explicit form does. */
export const TLB_FILL = 'TLB fill';
export const TLB_DROP = 'TLB drop';

function fillAndDrop(k: KernelState): Ambient[] {
  const params = [bound('cpu'), bound('mm'), bound('va')] as const;
  const [cpu, mm, va] = [boundId(params[0]), boundId(params[1]), boundId(params[2])];
  const entry = k.tlb(cpu, mm, va);
  return [
    {
      label: TLB_FILL,
      params,
      when: k.loaded(cpu).is(mm).and(k.pte(mm, va).frame.isSome()).and(entry.frame.isNone()).node,
      body: flatStmts(tlbFill(k, cpu, mm, va)),
    },
    {
      label: TLB_DROP,
      params,
      when: k.loaded(cpu).is(mm).and(entry.frame.isSome()).node,
      body: flatStmts(tlbDrop(k, cpu, mm, va)),
    },
  ];
}

/** A broadcast invalidation takes effect on a CPU, whenever the interconnect delivers it. */
function tlbiArrives(k: KernelState, tlbi: TlbiState): Ambient {
  const params = [bound('thread'), bound('cpu'), bound('mm'), bound('va')] as const;
  const [thread, cpu] = [boundId(params[0]), boundId(params[1])];
  const [mm, va] = [boundId(params[2]), boundId(params[3])];
  return {
    label: 'TLBI arrives',
    params,
    when: tlbi.underway(thread, mm, va).has(cpu).node,
    body: flatStmts([tlbDrop(k, cpu, mm, va), tlbi.underway(thread, mm, va).remove(cpu.only())]),
  };
}

/** For explain/concretise.ts: what only the explicit form does, and the tables that differ. */
export const tlbForms = { added: [TLB_FILL, TLB_DROP], apart: ['tlb', 'tlbi_underway'] } as const;
