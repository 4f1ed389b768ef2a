// An MMU beside the CPUs' own, with tables of its own: stage 2 of a virtual machine, an IOMMU. What uses
// it walks those tables, never the process's; it is told what changes there by notifiers, or by the
// driver that filled them.

import type { Declarations, RefsOf } from '../lang/declare.ts';
import {
  type BoolRef,
  type Id,
  type IntRef,
  type MaybeRef,
  me,
  type SetRef,
} from '../lang/expr.ts';
import { bool, int, maybe, setOf } from '../lang/sorts.ts';

export const secondPteFields = { frame: maybe('frame'), writable: bool };

export interface SecondMmu {
  /** The virtual CPUs or devices that translate through it. */
  readonly users: SetRef<'cpu'>;
  /** An entry of its tables, for an address of the process (KVM: a page of guest memory). */
  readonly pte: (mm: Id<'mm'>, va: Id<'va'>) => RefsOf<typeof secondPteFields>;
  /** `kvm->mmu_lock`, or the lock of an IOMMU's domain. */
  readonly lock: MaybeRef<'thread'>;
  /** `kvm->mmu_invalidate_in_progress` and `kvm->mmu_invalidate_seq`. */
  readonly invalidating: IntRef;
  readonly seq: IntRef;
  /** An invalidation has been queued and is not done. */
  readonly queued: BoolRef;
}

export function declareSecondMmu(d: Declarations): SecondMmu {
  const lock = d.scalar('mmu_lock', maybe('thread'));
  return {
    users: d.scalar('second_mmu_users', setOf('cpu')),
    lock,
    pte: d.table('second_pte', ['mm', 'va'], secondPteFields, () => ({
      held: lock.is(me),
      lock: 'mmu_lock',
    })),
    invalidating: d.scalar('mmu_invalidate_in_progress', int(3)),
    seq: d.scalar('mmu_invalidate_seq', int(7)),
    queued: d.scalar('invalidation_queued', bool),
  };
}
