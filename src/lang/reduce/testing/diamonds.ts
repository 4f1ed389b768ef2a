// The claim of a plan, checked on the states themselves: where a step may come first, or may be
// put off, it commutes with whatever somebody else can do there. Slow and obvious; for tests.

import type { Machine } from '../../machine.ts';
import { type Plan, placeOf, type Rows } from '../plan.ts';

export interface Broken {
  readonly claim: 'before' | 'after' | 'waits' | 'notices' | 'place';
  readonly step: string;
  readonly other: string;
}

/**
 * Looks at one state of a machine without reductions. `before`: a thread's step that may come
 * first does the same, with the same reports, before and after each step of others. `after`: the
 * same for a step that may be put off, for what others can do once it was taken. `waits`: what can
 * be taken next stays the same meanwhile. `notices`: what the hardware need not be asked for before
 * a step may as well come after it, or leaves nothing behind. `place`: somebody stands where the plan
 * knows of no place.
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
    if (place < 0) broken.push({ claim: 'place', step: `thread ${t}`, other: '' });
    for (const hardware of here) {
      if (hardware.thread !== undefined || place === thread.places) continue;
      const number = numberOf(machine, hardware.action);
      // A way that may report is never put off.
      if (plan.hardware.reporting.some(({ way }) => way === number)) continue;
      for (const step of outOf(hardware.next)) {
        if (step.thread !== t) continue;
        const choice = choiceOf(machine, step.action);
        if (thread.notices[place]?.[choice]?.ways.includes(number)) continue;
        const first = here.find((one) => one.action === step.action);
        const lost = first !== undefined && first.reports === step.reports;
        if (lost && equal(first.next, step.next)) continue;
        const later = first && outOf(first.next).find((one) => one.action === hardware.action);
        if (!alike(hardware, step, first ?? step, later)) note('notices', step, hardware);
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
  return equal(aThenB.next, bThenA.next);
}

function equal(a: Int32Array, b: Int32Array): boolean {
  return a.every((word, i) => word === b[i]);
}

function numberOf({ ambient }: Machine, action: number): number {
  return ambient.find((way) => way.action === action)?.choice ?? -1;
}

function choiceOf({ threads }: Machine, action: number): number {
  const ways = threads.flatMap(({ points }) => points.flat());
  return ways.find((way) => way.action === action)?.choice ?? -1;
}

function clear(rows: Rows, at: readonly number[]): boolean {
  if (rows === undefined) return false;
  return rows.every((row, u) => row.length === 0 || row[at[u] as number] === 1);
}
