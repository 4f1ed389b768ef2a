// What must hold in every state of the ASID allocator. Each step that touches what an invariant
// speaks of tells whether it still holds, which comes to the same.

import { Declarations } from '../../../src/lang/declare.ts';
import { exists } from '../../../src/lang/expr.ts';
import type { Observer } from '../../../src/lang/observer.ts';
import { type Stmts, when } from '../../../src/lang/program.ts';
import { type AsidState, INVALIDATED } from './state.ts';

const reports = ['UniqueASIDPerCPU', 'SameASIDActiveTask', 'TLBEmptyInvalPTE'] as const;

/** Gives the reports their names; it has nothing to hear. */
export const invariantNames: Observer = {
  id: 'asid-invariants',
  reports,
  declarations: new Declarations(),
  hears: {},
  init: [],
};

export function tellInvariants(k: AsidState): Stmts {
  const shared = exists('cpu', (cpu) =>
    exists('task', (a) =>
      exists('task', (b) => a.isnt(b).and(k.tlb(cpu, a).meet(k.tlb(cpu, b)).isSome())),
    ),
  );
  const twice = exists('cpu', (a) =>
    exists('cpu', (b) => {
      const [one, other] = [k.activeMm(a), k.activeMm(b)];
      const sameTask = one.task.isSome().and(one.task.is(other.task));
      return k.idle(a).and(k.idle(b)).and(sameTask).and(one.asid.isnt(other.asid));
    }),
  );
  const stale = exists('task', (task) => {
    const active = exists('cpu', (cpu) => k.activeMm(cpu).task.is(task));
    const held = exists('cpu', (cpu) => k.tlb(cpu, task).has(k.mm(task).asid));
    return k.pte(task).is(INVALIDATED).and(active).and(held);
  });
  return [shared, twice, stale].map((wrong, i) =>
    when(wrong, [{ op: 'report', id: reports[i] as string, parties: {} }]),
  );
}
