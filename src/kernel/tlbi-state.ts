// Invalidations broadcast to all CPUs, as by arm64's TLBI: issued by one CPU, in effect on another
// some time later, and known to be in effect once the CPU that issued them has waited (DSB).

import type { Declarations } from '../lang/declare.ts';
import type { BoolRef, Id, SetRef } from '../lang/expr.ts';
import { bool, setOf } from '../lang/sorts.ts';

export interface TlbiState {
  /** The CPUs on which what a thread issued is not in effect yet. Threads are pinned: a thread is a CPU. */
  readonly underway: (by: Id<'thread'>, mm: Id<'mm'>, va: Id<'va'>) => SetRef<'cpu'>;
  /** What a thread issued since it last waited. */
  readonly issued: (by: Id<'thread'>, mm: Id<'mm'>, va: Id<'va'>) => BoolRef;
}

export function declareTlbi(d: Declarations): TlbiState {
  const owner = d.owner;
  d.owner = 'arch';
  const state: TlbiState = {
    underway: d.column('tlbi_underway', ['thread', 'mm', 'va'], setOf('cpu')),
    issued: d.column('tlbi_issued', ['thread', 'mm', 'va'], bool),
  };
  d.owner = owner;
  return state;
}
