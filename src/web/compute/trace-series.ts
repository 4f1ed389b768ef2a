// What a picture of a recording needs at any zoom, from arrays made once: for each CPU and class of events their
// times, and how many are in each column of pixels. The counts are exact at every zoom.

import { classes, classOf, firstFrom, type TraceTable } from './trace-table.ts';

export interface TraceSeries {
  /** By CPU, then by class. */
  readonly times: readonly (readonly Float64Array[])[];
}

/** Of the events of a filter, in their order; left out: of all. */
export function seriesOf(table: TraceTable, chosen?: Uint32Array): TraceSeries {
  const classOfIndex = table.kinds.map(classOf);
  const cpus = Math.max(1, table.cpuCount);
  const sizes = new Uint32Array(cpus * classes.length);
  const count = chosen?.length ?? table.count;
  const cellOf = (event: number): number =>
    (table.cpu[event] as number) * classes.length +
    (classOfIndex[table.kind[event] as number] as number);
  for (let i = 0; i < count; i++) {
    const cell = cellOf(chosen === undefined ? i : (chosen[i] as number));
    sizes[cell] = (sizes[cell] as number) + 1;
  }
  const all = Array.from(sizes, (size) => new Float64Array(size));
  const ends = new Uint32Array(all.length);
  for (let i = 0; i < count; i++) {
    const event = chosen === undefined ? i : (chosen[i] as number);
    const cell = cellOf(event);
    const end = ends[cell] as number;
    (all[cell] as Float64Array)[end] = table.time[event] as number;
    ends[cell] = end + 1;
  }
  return {
    times: Array.from({ length: cpus }, (_, cpu) =>
      all.slice(cpu * classes.length, (cpu + 1) * classes.length),
    ),
  };
}

/** A stretch of time, in ns. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** As `firstFrom`, where the answer is near: neighbouring columns are neighbours in memory. */
function nextFrom(times: Float64Array, time: number, from: number): number {
  let size = 1;
  let low = from;
  while (low + size < times.length && (times[low + size] as number) < time) {
    low += size;
    size *= 2;
  }
  let high = Math.min(low + size + 1, times.length);
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many events are in each of `columns` equal parts of a window. */
export function countsIn(times: Float64Array, { from, to }: Window, columns: number): Uint32Array {
  const counts = new Uint32Array(columns);
  const step = (to - from) / columns;
  let start = firstFrom(times, from);
  for (let i = 0; i < columns && start < times.length; i++) {
    const end = nextFrom(times, from + (i + 1) * step, start);
    counts[i] = end - start;
    start = end;
  }
  return counts;
}

export function wholeOf(table: TraceTable): Window {
  const first = table.time[0] ?? 0;
  const last = table.time[table.count - 1] ?? 1;
  return { from: first, to: Math.max(last, first + 1) };
}

const LEAST_NS = 100;

/** Zooms around a moment, within the whole. `factor` below 1 shows less. */
export function zoomed(
  { from, to }: Window,
  around: number,
  factor: number,
  whole: Window,
): Window {
  const size = Math.min(Math.max((to - from) * factor, LEAST_NS), whole.to - whole.from);
  const share = (around - from) / (to - from);
  return moved({ from: around - share * size, to: around + (1 - share) * size }, 0, whole);
}

export function moved({ from, to }: Window, by: number, whole: Window): Window {
  const size = to - from;
  const start = Math.min(Math.max(from + by, whole.from), Math.max(whole.from, whole.to - size));
  return { from: start, to: start + size };
}

/** Events of all CPUs and classes in each of `columns` equal parts of the whole. */
export function totalsIn({ times }: TraceSeries, whole: Window, columns: number): Uint32Array {
  const sum = new Uint32Array(columns);
  for (const one of times.flat()) {
    const counts = countsIn(one, whole, columns);
    for (let i = 0; i < columns; i++) sum[i] = (sum[i] as number) + (counts[i] as number);
  }
  return sum;
}
