// A second TLB in memory, kept by software, as sparc64's TSB: the trap that handles a TLB miss looks
// there first, and walks the page table only if it finds nothing.

import type { Declarations, RefsOf } from '../lang/declare.ts';
import { type Bool, boundId, either, exists, type Id, type Maybe } from '../lang/expr.ts';
import type { Ambient } from '../lang/machine.ts';
import { each, flatStmts, type Stmts } from '../lang/program.ts';
import { bool, maybe } from '../lang/sorts.ts';
import type { KernelState } from './state.ts';

const tsbFields = { frame: maybe('frame'), writable: bool };
/** One table for each address space, whichever CPU it runs on. */
export type TsbState = (mm: Id<'mm'>, va: Id<'va'>) => RefsOf<typeof tsbFields>;

export function declareTsb(d: Declarations): TsbState {
  const owner = d.owner;
  d.owner = 'arch';
  const tsb = d.table('tsb', ['mm', 'va'], tsbFields);
  d.owner = owner;
  return tsb;
}

/** What a TLB miss finds. */
export interface Walked {
  readonly frame: Maybe<'frame'>;
  readonly writable: Bool;
}
export function walk(k: KernelState, mm: Id<'mm'>, va: Id<'va'>): Walked {
  const pte = k.pte(mm, va);
  if (k.tsb === undefined) return pte;
  const entry = k.tsb(mm, va);
  return {
    frame: either(entry.frame.isSome(), entry.frame, pte.frame),
    writable: either(entry.frame.isSome(), entry.writable, pte.writable),
  };
}

/** A TSB miss: the trap handler copies what the page table has, for whichever CPU missed. */
export function tsbMiss(k: KernelState, tsb: TsbState): Ambient {
  const params = [
    { name: 'mm', of: 'mm' },
    { name: 'va', of: 'va' },
  ] as const;
  const [mm, va] = [boundId(params[0]), boundId(params[1])];
  const pte = k.pte(mm, va);
  return {
    label: 'tsb_miss_page_table_walk',
    params,
    when: exists('cpu', (cpu) => k.loaded(cpu).is(mm))
      .and(pte.frame.isSome())
      .and(tsb(mm, va).frame.isNone()).node,
    body: flatStmts([tsb(mm, va).frame.set(pte.frame), tsb(mm, va).writable.set(pte.writable)]),
  };
}

/** `flush_tsb_user`: of one address, or of all of an mm, or of everything. */
export function tsbClear(tsb: TsbState, { mm, va }: { mm?: Id<'mm'>; va?: Id<'va'> }): Stmts {
  const one = (m: Id<'mm'>, v: Id<'va'>): Stmts => [
    tsb(m, v).frame.clear(),
    tsb(m, v).writable.set(false),
  ];
  const ofMm = (m: Id<'mm'>): Stmts =>
    va === undefined ? [each('va', (v) => one(m, v))] : one(m, va);
  return mm === undefined ? [each('mm', ofMm)] : ofMm(mm);
}
