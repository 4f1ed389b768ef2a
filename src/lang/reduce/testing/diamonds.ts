// The claim of a plan, checked on the states themselves: where a step may come first, or may be
// put off, it commutes with whatever somebody else can do there. Slow and obvious; for tests.

import type { Machine } from '../../machine.ts';
import { type Plan, placeOf, type Rows } from '../plan.ts';

export interface Broken {
  readonly claim: 'before' | 'after' | 'waits';
  readonly step: string;
  readonly other: string;
}

/**
 * Looks at one state of a machine without reductions. `before`: a thread's step that may come
 * first does the same, with the same reports, before and after each step of others. `after`: the
 * same for a step that may be put off, for what others can do once it was taken. `waits`: what can
 * be taken next stays the same meanwhile.
 */
export function brokenDiamonds(machine: Machine, plan: Plan, state: Int32Array): Broken[] {
  const broken: Broken[] = [];
  const outOf = (from: Int32Array): Taken[] => {
    const list: Taken[] = [];
    machine.successors(from, (action, next, reports) => {
      list.push({ action, thread: machine.actions[action]?.thread, next: next.slice(), reports });
    });
    return list;
  };
  const here = outOf(state);
  const places = (words: Int32Array): number[] =>
    plan.threads.map((thread, t) => placeOf(thread, machine.counter(t), words));
  const at = places(state);
  const label = ({ action }: Taken): string => machine.actions[action]?.label ?? '?';
  const note = (claim: Broken['claim'], step: Taken, other: Taken): void => {
    broken.push({ claim, step: label(step), other: label(other) });
  };
  plan.threads.forEach((thread, t) => {
    const mine = here.filter((one) => one.thread === t);
    const place = at[t] as number;
    if (clear(thread.before[place], at)) {
      for (const other of here) {
        if (other.thread === t) continue;
        const then = outOf(other.next).filter((one) => one.thread === t);
        if (then.length !== mine.length) note('before', mine[0] ?? (then[0] as Taken), other);
        for (const step of mine) {
          const later = then.find((one) => one.action === step.action);
          const first = outOf(step.next).find((one) => one.action === other.action);
          if (!alike(step, first, other, later)) note('before', step, other);
        }
      }
    }
    for (const step of mine) {
      const after = places(step.next);
      if (after[t] === thread.places || !clear(thread.after[place], after)) continue;
      const stays = clear(thread.waits[after[t] as number], after);
      const can = outOf(step.next)
        .filter((one) => one.thread === t)
        .map((one) => one.action);
      for (const other of outOf(step.next)) {
        if (other.thread === t) continue;
        const still = outOf(other.next)
          .filter((one) => one.thread === t)
          .map((one) => one.action);
        if (stays && still.join() !== can.join()) note('waits', step, other);
        const first = here.find((one) => one.action === other.action);
        const later = first && outOf(first.next).find((one) => one.action === step.action);
        if (first === undefined || !alike(step, other, first, later)) note('after', step, other);
      }
    }
  });
  return broken;
}

interface Taken {
  readonly action: number;
  readonly thread: number | undefined;
  readonly next: Int32Array;
  readonly reports: number;
}

/** One after the other and the other way round: the same state, and the same reports of each. */
function alike(a: Taken, aThenB: Taken | undefined, b: Taken, bThenA: Taken | undefined): boolean {
  if (aThenB === undefined || bThenA === undefined) return false;
  if (a.reports !== bThenA.reports || b.reports !== aThenB.reports) return false;
  return aThenB.next.every((word, i) => word === bThenA.next[i]);
}

function clear(rows: Rows, at: readonly number[]): boolean {
  if (rows === undefined) return false;
  return rows.every((row, u) => row.length === 0 || row[at[u] as number] === 1);
}
