// What a CPU does with a huge entry of the page table: it walks to it, caches it as one translation
// of the whole range, and uses that. Translations of small pages that it made before stay where they
// are until they are dropped: hardware does not look for them.

import { emit } from '../events/emit.ts';
import { type Bool, boundId, type Id, me, no, yes } from '../lang/expr.ts';
import type { Ambient } from '../lang/machine.ts';
import type { Bound, Stmt } from '../lang/nodes.ts';
import { each, flatStmts, type Stmts, when } from '../lang/program.ts';
import type { HugeState } from './huge-state.ts';
import type { KernelState } from './state.ts';

interface At {
  readonly cpu: Id<'cpu'>;
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
}

/** Whether a walk comes to a small page: the entry is present, and so is the table that it is in. */
export function walksTo(k: KernelState, mm: Id<'mm'>, va: Id<'va'>): Bool {
  const present = k.pte(mm, va).frame.isSome();
  if (k.huge === undefined) return present;
  const pmd = k.huge.pmd(mm);
  return present.and(pmd.none.not()).and(pmd.huge.not());
}
/** Whether a walk ends at a huge page. */
function walksToHuge({ pmd }: HugeState, mm: Id<'mm'>): Bool {
  return pmd(mm).huge.and(pmd(mm).invalid.not());
}

function hugeFill(huge: HugeState, cpu: Id<'cpu'>, mm: Id<'mm'>): Stmts {
  const entry = huge.tlb(cpu, mm);
  const { writable } = huge.pmd(mm);
  return [
    each('va', (va) => [emit('tlb.fill', { cpu, mm, va, frame: huge.part(va), writable })]),
    entry.present.set(true),
    entry.writable.set(writable),
    entry.dirty.set(huge.pmdDirty(mm).bit),
  ];
}
export function hugeDrop(huge: HugeState, cpu: Id<'cpu'>, mm: Id<'mm'>): Stmts {
  const entry = huge.tlb(cpu, mm);
  return [entry.present.set(false), entry.writable.set(false), entry.dirty.set(false)];
}

/** Fills and drops at any time, as for small pages. */
export function hugeHardware(k: KernelState, huge: HugeState): Ambient[] {
  const params = [
    { name: 'cpu', of: 'cpu' },
    { name: 'mm', of: 'mm' },
  ] as const satisfies readonly Bound[];
  const [cpu, mm] = [boundId(params[0]), boundId(params[1])];
  const { present } = huge.tlb(cpu, mm);
  return [
    {
      label: 'TLB fill of a huge page',
      params,
      when: k.loaded(cpu).is(mm).and(walksToHuge(huge, mm)).and(present.not()).node,
      body: flatStmts(hugeFill(huge, cpu, mm)),
    },
    {
      label: 'TLB drop of a huge page',
      params,
      when: k.loaded(cpu).is(mm).and(present).node,
      body: flatStmts(hugeDrop(huge, cpu, mm)),
    },
  ];
}

function use(huge: HugeState, { cpu, mm, va }: At, store: Bool): Stmt {
  return emit('tlb.use', { cpu, mm, va, frame: huge.part(va), store, thread: me });
}

/**
 * A load that found no small entry in the TLB. A CPU that holds both sizes may use either: which of
 * them, the model leaves to when hardware drops the small one.
 */
export function hugeLoad(k: KernelState, huge: HugeState, at: At, done: Stmt): Stmts {
  const { cpu, mm, va } = at;
  return [
    when(huge.tlb(cpu, mm).present.and(k.tlb(cpu, mm, va).frame.isNone()), [
      use(huge, at, no),
      done,
    ]),
    when(walksToHuge(huge, mm), [hugeFill(huge, cpu, mm), use(huge, at, no), done]),
  ];
}
/** A store by a huge entry that is writable and dirty: no walk. */
export function hugeStoreHit(huge: HugeState, at: At, done: Stmt): Stmts {
  const entry = huge.tlb(at.cpu, at.mm);
  return [when(entry.present.and(entry.writable).and(entry.dirty), [use(huge, at, yes), done])];
}
/** A store by a walk that ends at a huge page: it sets the dirty bit there. */
export function hugeStore(huge: HugeState, at: At, done: Stmt): Stmts {
  const { cpu, mm } = at;
  return [
    when(walksToHuge(huge, mm).and(huge.pmd(mm).writable), [
      huge.pmdDirty(mm).bit.set(true),
      hugeFill(huge, cpu, mm),
      use(huge, at, yes),
      done,
    ]),
  ];
}
