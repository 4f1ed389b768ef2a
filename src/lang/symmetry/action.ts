// What exchanging identities does to a packed state: rows of tables trade places, and so do the
// program counters and locals of threads; values that are identities get their new names. A local
// is permuted only where it may still be read, since its room is shared and a dead value means
// nothing.

import { indexOf } from '../describe.ts';
import { type Field, readField, writeField } from '../layout.ts';
import type { Machine, ThreadLayout } from '../machine.ts';
import type { Cell, Local } from '../nodes.ts';
import type { Sizes, Sort } from '../sorts.ts';
import { entryImage, mapValue } from './derive.ts';
import { type Element, imageOf } from './group.ts';

/** A field of the state that can trade places with others of its like. */
export interface Place {
  readonly field: Field;
  /** Undefined where the value stays as it is, or is named anew by the thread's point. */
  readonly sort: Sort | undefined;
  /** The entry of a table that it is; undefined for what belongs to a thread's course. */
  readonly entry: { readonly cell: Cell; readonly index: readonly number[] } | undefined;
}

/** A local that holds an identity, at those points of a thread where it may still be read. */
export interface LiveLocal {
  /** Its place in `places`. */
  readonly place: number;
  readonly sort: Sort;
}

export interface Places {
  readonly sizes: Sizes;
  readonly words: number;
  readonly places: readonly Place[];
  /** Where each place goes under an element. */
  readonly moved: (element: Element) => Int32Array;
  /** By thread: the place of its program counter. */
  readonly counters: readonly number[];
  /** By thread and program counter: the live locals that hold identities. */
  readonly live: readonly (readonly (readonly LiveLocal[])[])[];
}

export function placesOf(machine: Machine): Places {
  const { sizes } = machine.text;
  const places: Place[] = [];
  const tables: { cell: Cell; start: number; count: number }[] = [];
  for (const [cell, fields] of machine.layout.entries()) {
    tables.push({ cell, start: places.length, count: fields.length });
    fields.forEach((field, entry) => {
      const index = indexOf(cell, entry, sizes);
      places.push({ field, sort: cell.sort, entry: { cell, index } });
    });
  }
  const rooms = machine.threadLayouts.map((thread) => {
    const start = places.length;
    const own = fieldsOf(thread, machine);
    for (const field of own) places.push({ field, sort: undefined, entry: undefined });
    return { start, fields: own };
  });
  const live = machine.threadLayouts.map((thread, t) => {
    const { start, fields } = rooms[t] as (typeof rooms)[number];
    const { live, held } = thread.liveness();
    return thread.points.map((node) =>
      [...(live[node] as ReadonlySet<Local>)]
        // One that nothing has been put into is zero, and its room may be another's.
        .filter((local) => held[node]?.has(local))
        .filter(({ sort }) => sort.kind === 'id' || sort.kind === 'maybe' || sort.kind === 'set')
        .map((local) => ({
          place: start + fields.indexOf(machine.layout.local(local)),
          sort: local.sort,
        }))
        .sort((a, b) => a.place - b.place),
    );
  });
  const moved = (element: Element): Int32Array => {
    const to = new Int32Array(places.length);
    for (const { cell, start, count } of tables) {
      for (let e = 0; e < count; e++) to[start + e] = start + entryImage(cell, e, sizes, element);
    }
    rooms.forEach(({ start, fields }, t) => {
      const other = rooms[imageOf(element, 'thread', t)] as (typeof rooms)[number];
      for (let i = 0; i < fields.length; i++) to[start + i] = other.start + i;
    });
    return to;
  };
  const counters = rooms.map(({ start }) => start);
  return { sizes, words: machine.words, places, moved, counters, live };
}

/** The program counter, then the room of the locals, in an order that equal texts share. */
function fieldsOf({ control, pc }: ThreadLayout, machine: Machine): Field[] {
  const fields = new Set<Field>([pc]);
  for (const frame of control.frames) {
    for (const local of frame.locals) fields.add(machine.layout.local(local));
  }
  return [...fields];
}

/** The state with its identities exchanged. */
export function applied(places: Places, element: Element, state: Int32Array): Int32Array {
  const image = new Int32Array(places.words);
  const to = places.moved(element);
  places.places.forEach(({ field, sort }, p) => {
    const value = readField(state, field);
    const target = places.places[to[p] as number] as Place;
    const renamed = sort === undefined ? value : mapValue(sort, value, places.sizes, element);
    writeField(image, target.field, renamed);
  });
  places.counters.forEach((place, t) => {
    const counter = readField(image, (places.places[place] as Place).field);
    for (const local of places.live[t]?.[counter] ?? []) {
      const { field } = places.places[local.place] as Place;
      const value = readField(image, field);
      writeField(image, field, mapValue(local.sort, value, places.sizes, element));
    }
  });
  return image;
}
