// What a CPU does by itself: it walks page tables into its TLB whenever it likes, drops entries
// whenever it likes, and uses them. Taken from the x86 manuals' promises, not from any one chip:
// whatever the architecture allows, the model does.

import { emit } from '../events/emit.ts';
import type { RefsOf } from '../lang/declare.ts';
import { type Bool, boundId, type Id } from '../lang/expr.ts';
import type { Ambient } from '../lang/machine.ts';
import type { Bound } from '../lang/nodes.ts';
import { flatStmts, type Stmts } from '../lang/program.ts';
import { hugeDrop, hugeHardware, walksTo } from './huge-hardware.ts';
import { walks } from './page-tables.ts';
import type { SecondMmu } from './second-mmu.ts';
import type { KernelState, tlbFields } from './state.ts';
import { type Held, SECOND_TLB_FILL, TLB_DROP, TLB_FILL } from './tlb-form.ts';
import type { TlbiState } from './tlbi-state.ts';
import { tsbMiss, type Walked, walk } from './tsb-state.ts';

/** Whether a walk of the CPU finds a small page at the address. */
export function translates(k: KernelState, mm: Id<'mm'>, va: Id<'va'>): Bool {
  return k.huge === undefined ? walk(k, mm, va).frame.isSome() : walksTo(k, mm, va);
}

function bound<N extends string>(of: N): Bound & { of: N } {
  return { name: of, of };
}

/** What a walk finds, and what an entry made from it is good for. */
export interface Found extends Walked {
  /** A store goes by the entry without another walk. */
  readonly storable: Bool;
}
export function foundBy(k: KernelState, mm: Id<'mm'>, va: Id<'va'>): Found {
  const { frame, writable } = walk(k, mm, va);
  return { frame, writable, storable: frame.isSome().and(writable).and(k.pteDirty(mm, va).bit) };
}
export function foundBySecond(
  k: KernelState & { readonly second: SecondMmu },
  mm: Id<'mm'>,
  va: Id<'va'>,
): Found {
  const { frame, writable } = k.second.pte(mm, va);
  return { frame, writable, storable: frame.isSome().and(writable) };
}

/** Copies the PTE into the TLB. The walk also sets the dirty bit when it is for a store. */
export function tlbFill(k: KernelState, cpu: Id<'cpu'>, mm: Id<'mm'>, va: Id<'va'>): Stmts {
  return fillFrom(k, { cpu, mm, va }, walk(k, mm, va), k.pteDirty(mm, va).bit);
}
/** The same through an MMU with tables of its own, in which what is writable counts as dirty. */
export function secondTlbFill(
  k: KernelState & { readonly second: SecondMmu },
  at: { cpu: Id<'cpu'>; mm: Id<'mm'>; va: Id<'va'> },
): Stmts {
  const pte = k.second.pte(at.mm, at.va);
  return fillFrom(k, at, pte, pte.writable);
}

function fillFrom(
  k: KernelState,
  { cpu, mm, va }: { cpu: Id<'cpu'>; mm: Id<'mm'>; va: Id<'va'> },
  pte: Walked,
  dirty: Bool,
): Stmts {
  const entry = k.tlb(cpu, mm, va);
  return [
    emit('tlb.fill', { cpu, mm, va, frame: pte.frame.the(), writable: pte.writable }),
    entry.frame.set(pte.frame),
    entry.writable.set(pte.writable),
    entry.dirty.set(dirty),
  ];
}

/** Drops what translates an address, of whatever page size: INVLPG. */
export function tlbDrop(k: KernelState, cpu: Id<'cpu'>, mm: Id<'mm'>, va: Id<'va'>): Stmts {
  return [tlbDropSmall(k, cpu, mm, va), k.huge === undefined ? [] : hugeDrop(k.huge, cpu, mm)];
}
export function tlbDropSmall(k: KernelState, cpu: Id<'cpu'>, mm: Id<'mm'>, va: Id<'va'>): Stmts {
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
function dropHeld(held: Held): Stmts {
  return [held.read.clear(), held.write.clear()];
}
/** Whether the CPU holds, or may hold, a translation of the address. */
export function tlbHolds(k: KernelState, cpu: Id<'cpu'>, mm: Id<'mm'>, va: Id<'va'>): Bool {
  if (k.mayTlb !== undefined) return k.mayTlb.of(cpu, mm, va).read.isSome();
  const small = k.tlb(cpu, mm, va).frame.isSome();
  return k.huge === undefined ? small : small.or(k.huge.tlb(cpu, mm).present);
}

export function hardware(k: KernelState): Ambient[] {
  return [
    ...(k.mayTlb === undefined ? fillAndDrop(k) : []),
    ...(k.huge === undefined ? [] : hugeHardware(k, k.huge)),
    ...(k.tlbi === undefined ? [] : [tlbiArrives(k, k.tlbi)]),
    ...(k.tsb === undefined ? [] : [tsbMiss(k, k.tsb)]),
    ...(k.tables === undefined ? [] : walks(k, k.tables)),
  ];
}

/** What only the explicit form does. */
function fillAndDrop(k: KernelState): Ambient[] {
  const params = [bound('cpu'), bound('mm'), bound('va')] as const;
  const [cpu, mm, va] = [boundId(params[0]), boundId(params[1]), boundId(params[2])];
  const entry = k.tlb(cpu, mm, va);
  const { second } = k;
  const empty = k.loaded(cpu).is(mm).and(entry.frame.isNone());
  const first = second === undefined ? empty : empty.and(second.users.has(cpu).not());
  return [
    {
      label: TLB_FILL,
      params,
      when: first.and(translates(k, mm, va)).node,
      body: flatStmts(tlbFill(k, cpu, mm, va)),
    },
    ...(second === undefined
      ? []
      : [
          {
            label: SECOND_TLB_FILL,
            params,
            when: empty.and(second.users.has(cpu)).and(second.pte(mm, va).frame.isSome()).node,
            body: flatStmts(secondTlbFill({ ...k, second }, { cpu, mm, va })),
          },
        ]),
    {
      label: TLB_DROP,
      params,
      when: k.loaded(cpu).is(mm).and(entry.frame.isSome()).node,
      body: flatStmts(tlbDropSmall(k, cpu, mm, va)),
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
