// The two forms in which a model can have its TLBs: every entry with its fills and evictions, or what
// could be in them (may-hold.ts).

import { Problem } from '../base/problem.ts';
import type { RefsOf } from '../lang/declare.ts';
import type { Id } from '../lang/expr.ts';
import { setOf } from '../lang/sorts.ts';

export type TlbForm = 'explicit' | 'may';

/** What a CPU's TLB may hold for a location, in the may-hold form. */
export const heldFields = {
  /** Frames that a load may reach without a walk. */
  read: setOf('frame'),
  /** Those of them that a store may reach: the entry is writable and dirty. */
  write: setOf('frame'),
};
export type Held = RefsOf<typeof heldFields>;

export interface HeldState {
  /** As `KernelState.tlb`. */
  readonly of: (cpu: Id<'cpu'>, mm: Id<'mm'>, va: Id<'va'>) => Held;
  /** As `KernelState.tlbOf`. */
  readonly under: (cpu: Id<'cpu'>, asid: Id<'asid'>, va: Id<'va'>) => Held;
}

/** Labels of the hardware's steps that only the explicit form has. */
export const TLB_FILL = 'TLB fill';
export const SECOND_TLB_FILL = 'TLB fill through the second MMU';
export const TLB_DROP = 'TLB drop';

/** For explain/concretise.ts: what only the explicit form does, and the tables that differ. */
export const tlbForms = {
  added: [TLB_FILL, SECOND_TLB_FILL, TLB_DROP],
  apart: ['tlb', 'tlbi_underway'],
} as const;

const NO_MAY_HOLD = 'LUF-E006';

/** That a model cannot be had in the may-hold form, and why. */
export function noMayHold(why: string): Problem {
  return new Problem(NO_MAY_HOLD, `TLB fills cannot be hidden in this model: ${why}`, {
    hint: 'explore it with explicit fills: --tlb=explicit',
  });
}
export function isNoMayHold(thrown: unknown): thrown is Problem {
  return thrown instanceof Problem && thrown.code === NO_MAY_HOLD;
}
