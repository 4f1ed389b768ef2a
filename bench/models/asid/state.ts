// State of the ASID allocator's model, and the small words its steps are written in.

import type { Declarations } from '../../../src/lang/declare.ts';
import {
  type Bool,
  constant,
  type Id,
  type IdRef,
  Int,
  type IntRef,
  type MaybeRef,
  type RefOf,
  type SetRef,
  theId,
} from '../../../src/lang/expr.ts';
import type { Stmt } from '../../../src/lang/nodes.ts';
import { type Stmts, when } from '../../../src/lang/program.ts';
import { bool, type IdSort, type IntSort, id, int, maybe, setOf } from '../../../src/lang/sorts.ts';

/** ASID 0 is reserved: what can be allocated is 1 to 3. */
export const ASIDS = 4;
/** No step leads beyond: generations that roll over are known to fail, and are left out. */
export const GENERATIONS = 3;

export const generations: IntSort = int(GENERATIONS);
/** An ASID with the generation it was allocated in; (0, 0) is NULL_ASID. */
export const context: { asid: IdSort<'asid'>; generation: IntSort } = {
  asid: id('asid'),
  generation: generations,
};

export const MAPPED = 0;
export const UNMAPPED = 1;
/** Unmapped, and the TLBs were told. */
export const INVALIDATED = 2;

export interface Context {
  readonly asid: Id<'asid'>;
  readonly generation: Int;
}
export interface ContextRef {
  readonly asid: IdRef<'asid'>;
  readonly generation: IntRef;
}

/** In which order CPUs are taken: CPU 0 first, as TLC does, or in any, as CHOOSE allows. */
export type Order = 'first' | 'any';

export interface AsidState {
  readonly order: Order;
  readonly cpus: readonly Id<'cpu'>[];
  /** ASIDs under which a CPU may hold an entry of a task. */
  readonly tlb: (cpu: Id<'cpu'>, task: Id<'task'>) => SetRef<'asid'>;
  readonly pte: (task: Id<'task'>) => IntRef;
  readonly activeMm: (cpu: Id<'cpu'>) => { task: MaybeRef<'task'>; asid: IdRef<'asid'> };
  readonly lock: MaybeRef<'thread'>;
  readonly generation: IntRef;
  readonly map: SetRef<'asid'>;
  readonly active: (cpu: Id<'cpu'>) => ContextRef;
  readonly reserved: (cpu: Id<'cpu'>) => ContextRef;
  readonly flushPending: SetRef<'cpu'>;
  readonly curIdx: IdRef<'asid'>;
  readonly mm: (task: Id<'task'>) => ContextRef;
  readonly retCheck: (cpu: Id<'cpu'>) => RefOf<typeof bool>;
  readonly retNew: (cpu: Id<'cpu'>) => ContextRef;
  /** The CPU is between two switches: what an invariant reads off the program counter. */
  readonly idle: (cpu: Id<'cpu'>) => RefOf<typeof bool>;
}

export function declareAsid(d: Declarations, cpus: number, order: Order): AsidState {
  return {
    order,
    cpus: Array.from({ length: cpus }, (_, i) => theId('cpu', i)),
    tlb: d.column('tlb', ['cpu', 'task'], setOf('asid')),
    pte: d.column('pte', ['task'], int(INVALIDATED)),
    activeMm: d.table('active_mm', ['cpu'], { task: maybe('task'), asid: id('asid') }),
    lock: d.scalar('cpu_asid_lock', maybe('thread')),
    generation: d.scalar('asid_generation', generations),
    map: d.scalar('asid_map', setOf('asid')),
    active: d.table('active_asids', ['cpu'], context),
    reserved: d.table('reserved_asids', ['cpu'], context),
    flushPending: d.scalar('tlb_flush_pending', setOf('cpu')),
    curIdx: d.scalar('cur_idx', id('asid')),
    mm: d.table('mm_context_id', ['task'], context),
    retCheck: d.column('ret_check_update_reserved_asid', ['cpu'], bool),
    retNew: d.table('ret_new_context', ['cpu'], context),
    idle: d.column('in_sched_loop', ['cpu'], bool),
  };
}

export function asid(n: number): Id<'asid'> {
  return theId('asid', n);
}
export const nullAsid: Context = {
  asid: asid(0),
  generation: new Int(constant(0), generations),
};
export function copy(to: ContextRef, from: Context): Stmt[] {
  return [to.asid.set(from.asid), to.generation.set(from.generation)];
}
export function same(a: Context, b: Context): Bool {
  return a.asid.is(b.asid).and(a.generation.is(b.generation));
}
export function isNull(one: Context): Bool {
  return one.asid.is(asid(0)).and(one.generation.is(0));
}

/** `then` with the lowest ASID that is free, from `from` on; nothing where all are taken. */
export function findEmptySlot(
  map: SetRef<'asid'>,
  from: Id<'asid'> | undefined,
  then: (slot: Id<'asid'>) => Stmts,
): Stmts {
  let found: Stmts = [];
  for (let n = ASIDS - 1; n >= 1; n--) {
    const free = map.has(asid(n)).not();
    found = [when(from === undefined ? free : free.and(atMost(from, n)), then(asid(n)), found)];
  }
  return found;
}

function atMost(one: Id<'asid'>, limit: number): Bool {
  let bool = one.is(asid(1));
  for (let n = 2; n <= limit; n++) bool = bool.or(one.is(asid(n)));
  return bool;
}
