// Flushes that are left to whoever comes next, in ways of their own: s390 keeps what it owes with the
// mm, a guest of KVM with the virtual CPU that does not run; and arm64's identifiers of address spaces,
// which may be replaced while in use.

import type { Declarations } from '../lang/declare.ts';
import type { BoolRef, Id, IntRef, SetRef } from '../lang/expr.ts';
import { bool, int, setOf } from '../lang/sorts.ts';

export interface S390Mm {
  /** `mm->context.flush_mm`: a flush is owed to whoever attaches, or to its own end. */
  readonly flush_mm: (mm: Id<'mm'>) => BoolRef;
  /** `mm->context.flush_count`: lazy changes in progress. */
  readonly flush_count: (mm: Id<'mm'>) => IntRef;
}
export function declareS390(d: Declarations): S390Mm {
  return {
    flush_mm: d.column('flush_mm', ['mm'], bool),
    flush_count: d.column('flush_count', ['mm'], int(3)),
  };
}

export interface Arm64Asid {
  /** `mm->context.id` is of the new generation. */
  readonly renewed: (mm: Id<'mm'>) => BoolRef;
  /** CPUs that run the mm under its new identifier, and dropped everything when they took it. */
  readonly under: SetRef<'cpu'>;
}
export function declareArm64Asid(d: Declarations): Arm64Asid {
  return {
    renewed: d.column('context_id', ['mm'], bool),
    under: d.scalar('new_asid_cpus', setOf('cpu')),
  };
}

/** `struct kvm_steal_time` of a virtual CPU: what its host and the other virtual CPUs share. */
export type StealTime = (cpu: Id<'cpu'>) => {
  readonly preempted: BoolRef;
  readonly flush: BoolRef;
};
export function declareStealTime(d: Declarations): StealTime {
  return d.table('steal_time', ['cpu'], { preempted: bool, flush: bool });
}
