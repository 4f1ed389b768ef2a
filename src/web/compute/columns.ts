// Where lanes and rows of a story are on the page, in pixels. The texts of a CPU get what the bars leave.

import { wrap } from '../../base/text.ts';
import type { ShownRow } from './rows.ts';
import type { Lane, LaneKind } from './segments.ts';

export interface Column {
  readonly x: number;
  readonly width: number;
}
export interface CpuColumn extends Column {
  readonly cpu: number;
  readonly threads: readonly string[];
}
export interface LaneColumn extends Column {
  readonly lane: Lane;
}
export interface GroupHead extends Column {
  readonly text: string;
}
export interface Columns {
  readonly width: number;
  readonly cpus: readonly CpuColumn[];
  readonly lanes: ReadonlyMap<string, LaneColumn>;
  readonly groups: readonly GroupHead[];
}

const GUTTER = 46;
const BRACKETS = 8;
const GAP = 10;
const widths: Readonly<Record<LaneKind, number>> = { tlb: 34, pte: 76, slot: 76, frame: 92 };
const groupNames: Readonly<Record<Exclude<LaneKind, 'tlb'>, string>> = {
  pte: 'page table',
  slot: 'cache',
  frame: 'frames',
};
const LEAST_TEXT = 128;

export interface ColumnsRequest {
  readonly width: number;
  readonly threads: readonly { readonly name: string; readonly cpu: number }[];
  readonly lanes: readonly Lane[];
}

/** `width` is what there is; the answer may need more, and is then scrolled. */
export function columnsOf({ width, threads, lanes }: ColumnsRequest): Columns {
  const cpus = [
    ...new Set([
      ...threads.map(({ cpu }) => cpu),
      ...lanes.flatMap(({ cpu }) => (cpu === undefined ? [] : [cpu])),
    ]),
  ].sort((a, b) => a - b);
  const barsOf = (cpu: number): Lane[] => lanes.filter((lane) => lane.cpu === cpu);
  const kinds = (['pte', 'slot', 'frame'] as const).filter((kind) =>
    lanes.some((lane) => lane.kind === kind),
  );
  const memory = kinds.reduce(
    (sum, kind) => sum + GAP + lanes.filter((lane) => lane.kind === kind).length * widths[kind],
    0,
  );
  const bars = lanes.filter(({ kind }) => kind === 'tlb').length * widths.tlb;
  const fixed = GUTTER + memory + bars + cpus.length * (BRACKETS + GAP) + GAP;
  const text = Math.max(LEAST_TEXT, Math.floor((width - fixed) / Math.max(1, cpus.length)));
  let x = GUTTER;
  const places = new Map<string, LaneColumn>();
  const cpuColumns = cpus.map((cpu): CpuColumn => {
    x += BRACKETS;
    const names = threads.filter((one) => one.cpu === cpu).map(({ name }) => name);
    const column = { cpu, threads: names, x, width: text };
    x += text;
    for (const lane of barsOf(cpu)) {
      places.set(lane.key, { lane, x, width: widths.tlb });
      x += widths.tlb;
    }
    x += GAP;
    return column;
  });
  const groups = kinds.map((kind): GroupHead => {
    x += GAP;
    const start = x;
    for (const lane of lanes.filter((one) => one.kind === kind)) {
      places.set(lane.key, { lane, x, width: widths[kind] });
      x += widths[kind];
    }
    return { x: start, width: x - start, text: groupNames[kind] };
  });
  return { width: Math.max(width, x + GAP), cpus: cpuColumns, lanes: places, groups };
}

const LINE = 17;
const PADDING = 8;
/** Of a letter, on average and with some room; of those in bold. */
const LETTER = 7;
const BOLD_LETTER = 7.6;

/** The height of each row: texts that are too long for their column get more lines. */
export function rowHeights(rows: readonly (ShownRow | undefined)[], text: number): number[] {
  return rows.map((row) => PADDING + LINE * (row === undefined ? 1 : linesOf(row, text)));
}

function linesOf({ text, mark }: ShownRow, width: number): number {
  // What is marked is in bold, and has a sign before or behind it.
  const letters = Math.max(1, Math.floor(width / (mark === undefined ? LETTER : BOLD_LETTER)));
  const lines = wrap(mark === undefined ? text : `${text} x`, letters);
  // A word that is longer than a line is broken.
  return lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / letters)), 0);
}

/** Tops of rows, and the end: one more than there are rows. */
export function topsOf(heights: readonly number[]): number[] {
  const tops = [0];
  for (const height of heights) tops.push((tops.at(-1) as number) + height);
  return tops;
}

/** From a place in rows (2.5: the middle of the third) to pixels. */
export function pixelOf(tops: readonly number[], place: number): number {
  const last = tops.length - 1;
  const row = Math.min(Math.floor(place), last);
  const top = tops[row] as number;
  const next = tops[Math.min(row + 1, last)] as number;
  return top + (next - top) * (place - row);
}
