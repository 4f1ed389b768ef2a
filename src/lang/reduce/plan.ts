// The result of the analysis, in the form in which executors use it: tables by thread and place.
// docs/decisions/0004-fewer-interleavings.md has the argument why nothing is lost.

import type { Field } from '../layout.ts';
import type { Cell } from '../nodes.ts';
import { conflictsOf, type Row } from './conflicts.ts';
import { Entries } from './entries.ts';
import { Flow, TooManyPlaces } from './flow.ts';
import type { HardwarePlan, Noticed } from './hardware.ts';
import { Variables } from './known.ts';
import { waitedFor } from './named-cells.ts';
import type { PlanText } from './plan-text.ts';
import { stopsOf } from './stops.ts';
import { anyOf, members } from './values.ts';
import type { Surroundings } from './walk.ts';

/** Which places of a thread leave alone what is asked about; `undefined`: the hardware does not. */
export type Rows = readonly Row[] | undefined;

export interface ThreadPlan {
  /**
   * By program counter: the place is `ids[index]`, where the index is made of the values of these
   * fields, the last one varying fastest. The end has no entry: its place is `places`.
   */
  readonly points: readonly {
    readonly chosenBy: readonly { readonly field: Field; readonly count: number }[];
    /** Place by index; -1 where no run can be. */
    readonly ids: Int32Array;
  }[];
  /** How many places there are. */
  readonly places: number;
  /**
   * By place, then by thread, then by that thread's place: 1 if nothing it can still do while this
   * thread stands here touches what the step here does, so that the step may come first.
   */
  readonly before: readonly Rows[];
  /** The same for the time after the step here: it may wait until the thread takes its next one. */
  readonly after: readonly Rows[];
  /** The same for what the step here waits for: once it can be taken it stays so. */
  readonly waits: readonly Rows[];
  /** By place and way: what the hardware has to be asked for right before the step. */
  readonly notices: readonly (readonly Noticed[])[];
  /** By place: 1 if the hardware can change whether the step can be taken. */
  readonly heeds: Uint8Array;
  /** 1 at one place of every way round a loop: there a thread never goes on without a stop. */
  readonly stops: Uint8Array;
}

/** For each thread, what can be taken without looking at the others. */
export interface Plan {
  readonly threads: readonly ThreadPlan[];
  readonly hardware: HardwarePlan;
}

/** Derives the plan from the text of a model; nothing in it is taken on trust. */
export function planOf(text: PlanText): Plan {
  const flow = flowOf(text);
  const conflicts = conflictsOf(flow);
  return {
    hardware: conflicts.hardware,
    threads: text.threads.map((control, t): ThreadPlan => {
      const places = flow.places[t] ?? [];
      const points = control.nodes
        .filter((node) => node.kind === 'step')
        .map((_, pc) => {
          const chosenBy = flow.chosenBy(t, pc).map((local) => ({
            field: text.layout.local(local),
            count: members(anyOf(local.sort, text.layout.sizes) as number).length,
          }));
          const ids = new Int32Array(chosenBy.reduce((n, { count }) => n * count, 1)).fill(-1);
          for (const place of places) {
            if (place.pc !== pc) continue;
            const index = chosenBy.reduce(
              (n, { count }, i) => n * count + (place.chosen[i] ?? 0),
              0,
            );
            ids[index] = place.id;
          }
          return { chosenBy, ids };
        });
      const before = conflicts.before[t] ?? [];
      const after = conflicts.after[t] ?? [];
      const waits = conflicts.waits[t] ?? [];
      const notices = conflicts.notices[t] ?? [];
      const heeds = Uint8Array.from(conflicts.heeds[t] ?? [], Number);
      const stops = stopsOf(conflicts, t);
      return { points, places: places.length, before, after, waits, notices, heeds, stops };
    }),
  };
}

/** What is known at each place, from which the plan is made. */
export function flowOf(text: PlanText): Flow {
  const entries = new Entries(text.layout);
  const observed = new Set(text.observers.flatMap((one) => one.declarations.cells));
  const looked = waitedFor(text);
  const followed = (cell: Cell): boolean => looked.has(cell) && !observed.has(cell);
  const variables = new Variables(entries, followed, text.threads);
  const around: Surroundings = { entries, fixed: text.fixed, observers: text.observers, variables };
  try {
    return new Flow(text, around, true);
  } catch (error) {
    if (!(error instanceof TooManyPlaces)) throw error;
    return new Flow(text, around, false);
  }
}

/** Number of the place a thread is at; `places` at its end. */
export function placeOf(plan: ThreadPlan, counter: Field, words: Int32Array): number {
  const point = plan.points[((words[counter.word] as number) >>> counter.shift) & counter.mask];
  if (point === undefined) return plan.places;
  let index = 0;
  for (const { field, count } of point.chosenBy) {
    index = index * count + (((words[field.word] as number) >>> field.shift) & field.mask);
  }
  return point.ids[index] as number;
}
