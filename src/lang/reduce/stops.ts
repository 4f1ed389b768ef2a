// Where a thread never goes on without a stop: at one place at least of every way round. Without
// stops a thread that spins by itself would be followed for ever, and everybody else forgotten.

import type { Conflicts } from './conflicts.ts';
import type { Rows } from './plan.ts';

/** 1 for each place of the thread that is a stop; chosen where it would seldom go on anyway. */
export function stopsOf(conflicts: Conflicts, thread: number): Uint8Array {
  const next = conflicts.next[thread] ?? [];
  const before = conflicts.before[thread] ?? [];
  const after = conflicts.after[thread] ?? [];
  const passed = new Set([...next.keys()].filter((p) => before[p] !== undefined));
  next.forEach((to, p) => {
    if (after[p] !== undefined) for (const one of to) passed.add(one);
  });
  const chance = before.map(chanceOf);
  const stops = new Uint8Array(next.length);
  let open: ReadonlySet<number> = passed;
  for (;;) {
    const rounds = roundsIn(next, open);
    if (rounds.length === 0) return stops;
    const left = new Set(open);
    for (const round of rounds) {
      let best = round[0] as number;
      for (const p of round) if ((chance[p] ?? 0) < (chance[best] ?? 0)) best = p;
      stops[best] = 1;
      left.delete(best);
    }
    open = left;
  }
}

/** For how many combinations of the others' places a step may come first. */
function chanceOf(rows: Rows): number {
  if (rows === undefined) return 0;
  let chance = 1;
  for (const row of rows) {
    if (row.length === 0) continue;
    let free = 0;
    for (const one of row) free += one;
    chance *= free / row.length;
  }
  return chance;
}

/** Sets of places that can all be reached from each other (Tarjan, 1972). */
function roundsIn(next: readonly (readonly number[])[], open: ReadonlySet<number>): number[][] {
  const order = new Map<number, number>();
  const low = new Map<number, number>();
  const stack: number[] = [];
  const onStack = new Set<number>();
  const rounds: number[][] = [];
  const visit = (p: number): void => {
    order.set(p, order.size);
    low.set(p, order.get(p) as number);
    stack.push(p);
    onStack.add(p);
    for (const to of next[p] ?? []) {
      if (!open.has(to)) continue;
      if (!order.has(to)) visit(to);
      if (onStack.has(to)) low.set(p, Math.min(low.get(p) as number, low.get(to) as number));
    }
    if (low.get(p) !== order.get(p)) return;
    const round = stack.splice(stack.indexOf(p));
    for (const one of round) onStack.delete(one);
    const [first] = round;
    if (round.length > 1 || (first !== undefined && next[first]?.includes(first))) {
      rounds.push(round);
    }
  };
  for (const p of open) if (!order.has(p)) visit(p);
  return rounds;
}
