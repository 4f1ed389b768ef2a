// A path through a model whose TLBs are in the may-hold form, as a path through the same model with
// explicit ones: each use goes by an entry that some CPU filled at a certain step. The other steps are
// the same; the fills and evictions between them are looked for, the fewest there can be, and each as
// late as it can be: just before the entry is cleared that a fill is made from.

import { type Field, readField } from '../lang/layout.ts';
import type { Action, Machine } from '../lang/machine.ts';

export interface Concretising {
  /** The same text in the may-hold form and in the explicit one; neither with reductions. */
  readonly may: Machine;
  readonly explicit: Machine;
  /** Labels of the hardware's steps that only the explicit form has. */
  readonly added: readonly string[];
  /** Tables that differ between the forms: the TLB and what follows from it. */
  readonly apart: readonly string[];
}

interface Point {
  readonly state: Int32Array;
  /** Steps of the path taken so far. */
  readonly at: number;
  readonly added: number;
  /** How much before the end they were added, in sum. */
  readonly early: number;
  readonly before: Point | undefined;
  /** The action that led here; none for a step that is no step in the explicit form. */
  readonly action: number | undefined;
}

/**
 * The actions of the explicit machine. Throws if there are none: then the two forms do not agree,
 * and nothing that rests on the may-hold one can be believed.
 *
 * @example concretise(path, { may, explicit, added: [TLB_FILL, TLB_DROP], apart: ['tlb'] })
 */
export function concretise(path: readonly number[], forms: Concretising): number[] {
  const { may, explicit, added } = forms;
  const steps = stepsOf(may, path);
  const shared = sharedFields(forms);
  const seen = new Set<string>();
  const open = new Agenda();
  const start = explicit.initial();
  open.add({ state: start, at: 0, added: 0, early: 0, before: undefined, action: undefined });
  for (let point = open.take(); point !== undefined; point = open.take()) {
    const { state, at } = point;
    if (at === steps.length) return actionsOf(point);
    const key = `${at}:${state.join()}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const { action, next: wanted, reports } = steps[at] as Taken;
    const same = (other: Int32Array): boolean =>
      shared.every(([a, b]) => readField(wanted, a) === readField(other, b));
    let taken = false;
    explicit.successors(state, (one, next, got) => {
      const about = explicit.actions[one] as Action;
      if (about.thread === undefined && added.includes(about.label)) {
        open.add({
          ...{ state: next.slice(), at, added: point.added + 1 },
          ...{ early: point.early + steps.length - at, before: point, action: one },
        });
      } else if (got === reports && isThat(about, action) && same(next)) {
        taken = true;
        open.add({ ...point, state: next.slice(), at: at + 1, before: point, action: one });
      }
    });
    // An invalidation reaches a CPU that has no entry, and so was never on its way to it.
    if (!taken && action.thread === undefined && same(state)) {
      open.add({ ...point, at: at + 1, before: point, action: undefined });
    }
  }
  throw new Error('the path cannot be taken with explicit fills: the forms of the TLB disagree');
}

interface Taken {
  readonly action: Action;
  readonly next: Int32Array;
  readonly reports: number;
}

function stepsOf(machine: Machine, path: readonly number[]): Taken[] {
  let state = machine.initial();
  return path.map((action): Taken => {
    let found: { next: Int32Array; reports: number } | undefined;
    machine.successors(state, (one, next, reports) => {
      if (one === action) found ??= { next: next.slice(), reports };
    });
    if (found === undefined) throw new Error(`action ${action} cannot be taken here`);
    state = found.next;
    return { action: machine.actions[action] as Action, ...found };
  });
}

/** Which entry a user's step goes by is its choice in the may-hold form, and none in the explicit. */
function isThat(one: Action, that: Action): boolean {
  if (one.thread !== that.thread || one.label !== that.label) return false;
  if (one.stack.join() !== that.stack.join()) return false;
  const { picks } = one;
  if (one.thread !== undefined && picks.length === 0) return true;
  return (
    picks.length === that.picks.length &&
    picks.every(({ of, value }, i) => of === that.picks[i]?.of && value === that.picks[i]?.value)
  );
}

/** Where both machines keep the same: all but the TLBs, program counters too. */
function sharedFields({ may, explicit, apart }: Concretising): (readonly [Field, Field])[] {
  const theirs = new Map([...explicit.layout.entries()].map(([cell, at]) => [cell.name, at]));
  const pairs = may.threads.map(({ pc }, t) => [pc, explicit.counter(t)] as const);
  for (const [{ name }, at] of may.layout.entries()) {
    const there = theirs.get(name);
    if (there === undefined || apart.includes(name.split('.')[0] as string)) continue;
    at.forEach((field, i) => {
      pairs.push([field, there[i] as Field]);
    });
  }
  return pairs;
}

function actionsOf(end: Point): number[] {
  const actions: number[] = [];
  for (let point: Point | undefined = end; point !== undefined; point = point.before) {
    if (point.action !== undefined) actions.unshift(point.action);
  }
  return actions;
}

/** Points to go on from: the fewest steps added first, of those the latest, of those the farthest. */
class Agenda {
  readonly #heap: Point[] = [];

  add(point: Point): void {
    const heap = this.#heap;
    let n = heap.push(point) - 1;
    while (n > 0) {
      const up = (n - 1) >> 1;
      if (!isBefore(point, heap[up] as Point)) break;
      heap[n] = heap[up] as Point;
      n = up;
    }
    heap[n] = point;
  }

  take(): Point | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === last || last === undefined) return first;
    let n = 0;
    for (;;) {
      let down = 2 * n + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && isBefore(heap[down + 1] as Point, heap[down] as Point)) down++;
      if (!isBefore(heap[down] as Point, last)) break;
      heap[n] = heap[down] as Point;
      n = down;
    }
    heap[n] = last;
    return first;
  }
}

function isBefore(a: Point, b: Point): boolean {
  if (a.added !== b.added) return a.added < b.added;
  if (a.early !== b.early) return a.early < b.early;
  return a.at > b.at;
}
