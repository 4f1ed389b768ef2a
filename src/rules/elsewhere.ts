// What rules know of CPUs that run something else. Such a CPU cannot use what it may still hold of an
// address space until it comes back to it; by then it must have been flushed. A rule need not know
// how the kernel decides that: a flush on the way back is an event like any other.

import type { FieldsOf } from '../events/emit.ts';
import type { BoolRef, Id, SetOf, SetRef } from '../lang/expr.ts';
import { type Stmts, when } from '../lang/program.ts';

export interface Elsewhere {
  /** The CPUs that may still hold what is no longer in the page table. */
  readonly owed: SetRef<'cpu'>;
  /** The CPUs that run something else, or a kernel thread. */
  readonly elsewhere: SetRef<'cpu'>;
  /** What the rule forbids happened while only CPUs elsewhere were owed. */
  readonly late: BoolRef;
}

/** The CPUs that may still hold the old translation, and can use it now. */
export function canUse(s: Elsewhere): SetOf<'cpu'> {
  return s.owed.minus(s.elsewhere);
}

/** `mm.load`: the CPU comes back to the subject's mm, or leaves it. `violated`: it came back unflushed. */
export function switches(
  s: Elsewhere,
  e: FieldsOf<'mm.load'>,
  mm: Id<'mm'>,
  violated: Stmts,
): Stmts {
  const leaves: Stmts = [s.elsewhere.add(e.cpu.only())];
  if (e.mm === undefined) return leaves;
  const returns: Stmts = [
    s.elsewhere.remove(e.cpu.only()),
    when(s.late.and(s.owed.has(e.cpu)), violated),
  ];
  return [when(mm.is(e.mm), returns, leaves)];
}
