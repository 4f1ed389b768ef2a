// What a search through representatives may go by when it also leaves interleavings out
// (docs/decisions/0008-reductions-together.md has the whole argument).
//
// A stored state is the image of a state that can be reached, so it can be reached from the image of
// the initial state under some exchange. What is known at a place must therefore hold in every run
// that begins in any image: the plan is derived from all of them. Nothing else of the plan has to be
// the same under every name, except the stops: a thread that is renamed at each stored state could
// otherwise go round its loop for ever, each time under a name whose stop is elsewhere.

import type { Field } from '../layout.ts';
import { readField } from '../layout.ts';
import type { Machine } from '../machine.ts';
import type { Cell } from '../nodes.ts';
import { type Plan, planOf, type ThreadPlan } from '../reduce/plan.ts';
import { type Places, placesOf } from './action.ts';
import { entryImage, mapValue, type Symmetry } from './derive.ts';
import { type Element, imageOf } from './group.ts';

/** The plan of a machine (made with `resetDead`) for a search through its representatives. */
export function sharedPlan(machine: Machine, symmetry: Symmetry): Plan {
  const plan = planOf(machine.planText(startValues(machine, symmetry)));
  return withSharedStops(plan, machine, symmetry);
}

/** The values of each entry in all images of the initial state. */
export function startValues(
  machine: Machine,
  { components }: Symmetry,
): (cell: Cell, entry: number) => readonly number[] {
  const { sizes } = machine.text;
  const initial = machine.initial();
  const elements = components.flatMap((component) => component.elements);
  const all = new Map<Cell, readonly number[][]>();
  for (const [cell, fields] of machine.layout.entries()) {
    const values = fields.map((field) => new Set([readField(initial, field)]));
    // Every exchange is made of these elements, one after the other.
    for (let before = -1, now = 0; before !== now; ) {
      before = now;
      for (const element of elements) {
        values.forEach((some, entry) => {
          const image = values[entryImage(cell, entry, sizes, element)] as Set<number>;
          for (const value of some) image.add(mapValue(cell.sort, value, sizes, element));
        });
      }
      now = values.reduce((n, some) => n + some.size, 0);
    }
    all.set(
      cell,
      values.map((some) => [...some]),
    );
  }
  return (cell, entry) => all.get(cell)?.[entry] ?? [];
}

/** The same plan, in which the image of a stop is a stop. */
export function withSharedStops(plan: Plan, machine: Machine, { components }: Symmetry): Plan {
  const places = new PlacesOfPlan(plan, placesOf(machine));
  const stops = plan.threads.map((thread) => thread.stops.slice());
  for (let changed = true; changed; ) {
    changed = false;
    for (const element of components.flatMap((component) => component.elements)) {
      stops.forEach((mine, t) => {
        const theirs = stops[imageOf(element, 'thread', t)] as Uint8Array;
        mine.forEach((stop, place) => {
          const image = stop === 0 ? -1 : places.image(element, t, place);
          if (image < 0 || theirs[image] === 1) return;
          theirs[image] = 1;
          changed = true;
        });
      });
    }
  }
  return {
    ...plan,
    threads: plan.threads.map((thread, t) => ({ ...thread, stops: stops[t] as Uint8Array })),
  };
}

/** Where the places of a plan go when identities are exchanged. */
export class PlacesOfPlan {
  readonly #plan: Plan;
  readonly #places: Places;
  /** By thread and place: program counter, and index among the places of that. */
  readonly #where: readonly (readonly (readonly [number, number] | undefined)[])[];

  constructor(plan: Plan, places: Places) {
    this.#plan = plan;
    this.#places = places;
    this.#where = plan.threads.map(({ points, places: count }) => {
      const where = new Array<readonly [number, number] | undefined>(count).fill(undefined);
      points.forEach(({ ids }, pc) => {
        ids.forEach((id, index) => {
          if (id >= 0) where[id] = [pc, index];
        });
      });
      return where;
    });
  }

  /**
   * The place of the thread that `thread` is taken to; the end stays the end. -1 if no run is ever
   * there: then none is at `place` either.
   */
  image(element: Element, thread: number, place: number): number {
    const other = this.#plan.threads[imageOf(element, 'thread', thread)] as ThreadPlan;
    const at = this.#where[thread]?.[place];
    if (at === undefined) return other.places;
    const [pc, index] = at;
    const mine = this.#plan.threads[thread]?.points[pc]?.chosenBy ?? [];
    const theirs = other.points[pc];
    if (theirs?.chosenBy.map((one) => one.count).join() !== mine.map((one) => one.count).join()) {
      throw new Error('threads that are exchanged have different places: not a symmetry');
    }
    let rest = index;
    const chosen = [...mine]
      .reverse()
      .map(({ field, count }) => {
        const value = rest % count;
        rest = Math.floor(rest / count);
        return this.#renamed(element, thread, pc, field, value);
      })
      .reverse();
    const image = chosen.reduce((n, value, i) => n * (mine[i]?.count ?? 1) + value, 0);
    return theirs.ids[image] as number;
  }

  /** A local that nobody will read any more is zero under every name. */
  #renamed(element: Element, thread: number, pc: number, field: Field, value: number): number {
    const { live, places, sizes } = this.#places;
    const local = live[thread]?.[pc]?.find((one) => places[one.place]?.field === field);
    return local === undefined ? value : mapValue(local.sort, value, sizes, element);
  }
}
