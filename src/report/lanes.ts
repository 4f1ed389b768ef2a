// Rows of a story in columns, one lane per CPU. In each row one lane speaks, so its text may run to
// the right over lanes that are silent; a lane is an indentation, and nothing is cut.

import { padEnd, padStart, width, wrap } from '../base/text.ts';
import type { Row } from '../explain/rows.ts';
import type { Lane, Story } from '../explain/story.ts';
import type { Look } from './look.ts';

const GAP = 2;

export function laneLines(story: Story, rows: readonly Row[], look: Look): string[] {
  const texts = rows.map((row) => cellOf(row, rows, story));
  const number = Math.max(...rows.map((row) => width(numberOf(row))), 2);
  const gutter = number + 4;
  const starts = laneStarts(story.lanes, rows, texts, gutter, look.columns);
  const head = story.lanes.reduce(
    (line, lane, i) => padEnd(line, starts[i] as number) + headOf(lane),
    '',
  );
  const lines = [look.paint.bold(head)];
  rows.forEach((row, r) => {
    const lane = story.lanes.findIndex((one) => one.cpu === row.cpu);
    const start = starts[lane] as number;
    const flag = row.mark === 'late' ? '!' : ' ';
    const left = `${padStart(numberOf(row), number)} ${flag}`;
    const { before, after } = bracketsBeside(row, rows, story, starts, lane);
    const parts = wrap(texts[r] as string, look.columns - start, '  ');
    parts.forEach((part, i) => {
      const line = padEnd(padEnd(i === 0 ? left : '', gutter).slice(0, gutter) + before, start);
      const rest = after.reduce(
        (all, at) => (width(all) < at ? `${padEnd(all, at)}│` : all),
        line + part,
      );
      lines.push(dyed(rest, row, look).trimEnd());
    });
  });
  return lines;
}

function dyed(line: string, row: Row, { paint }: Look): string {
  if (row.mark === 'wrong') return paint.bad(line);
  if (row.mark === 'late') return paint.warn(line);
  return row.weight === 1 || row.hardware ? paint.dim(line) : line;
}

function headOf({ cpu, threads }: Lane): string {
  return [`CPU${cpu}`, ...threads].join(' ');
}

function numberOf({ from, to }: Row): string {
  return from === to ? `${from}` : `${from}-${to}`;
}

/** A row's text with its part of a lock's bracket, and the sign of the wrong access. */
function cellOf(row: Row, rows: readonly Row[], story: Story): string {
  const lane = story.lanes.find((one) => one.cpu === row.cpu);
  const several = (lane?.threads.length ?? 0) > 1 && !row.hardware;
  const text = `${several ? `${row.who}: ` : ''}${row.text}${row.mark === 'wrong' ? '  ✗' : ''}`;
  const range = story.locks.find((one) => one.who === row.who && overlaps(one, row));
  if (range === undefined) return text;
  const mine = rows.filter((one) => one.who === row.who && overlaps(range, one));
  if (mine.length === 1) return `${range.lock}[ ${text} ]`;
  if (row === mine[0]) return `${range.lock} ┌ ${text}`;
  const indent = ' '.repeat(width(range.lock));
  return `${indent} ${row === mine.at(-1) ? '└' : '│'} ${text}`;
}

function overlaps(range: { from: number; to: number }, row: Row): boolean {
  return range.from <= row.to && row.from <= range.to;
}

/** Where other lanes' lock brackets pass a row by: a text to its left, columns to its right. */
function bracketsBeside(
  row: Row,
  rows: readonly Row[],
  story: Story,
  starts: readonly number[],
  lane: number,
): { before: string; after: number[] } {
  let before = '';
  const after: number[] = [];
  for (const range of story.locks) {
    const mine = rows.filter((one) => one.who === range.who && overlaps(range, one));
    const [first, last] = [mine[0], mine.at(-1)];
    if (first === undefined || last === undefined || range.who === row.who) continue;
    if (!(first.to < row.from && row.to < last.from)) continue;
    const of = story.lanes.findIndex((one) => one.cpu === range.cpu);
    const at = (starts[of] as number) + width(range.lock) + 1;
    if (of > lane) after.push(at);
    if (of < lane) before = `${padEnd(before, at - (starts[0] as number))}│`;
  }
  return { before, after: after.sort((a, b) => a - b) };
}

/** Lanes as wide as their texts where there is room; else narrower, texts running over. */
function laneStarts(
  lanes: readonly Lane[],
  rows: readonly Row[],
  texts: readonly string[],
  gutter: number,
  columns: number,
): number[] {
  const heads = lanes.map((lane) => width(headOf(lane)));
  const natural = lanes.map((lane, i) =>
    Math.max(
      heads[i] as number,
      ...rows.map((row, r) => (row.cpu === lane.cpu ? width(texts[r] as string) : 0)),
    ),
  );
  const widths = [...natural];
  // The last lane has nothing to run over.
  const fits = (): boolean => gutter + sum(widths) + GAP * (lanes.length - 1) <= columns;
  while (!fits()) {
    const spare = widths.map((w, i) => (i < lanes.length - 1 ? w - (heads[i] as number) : 0));
    const most = Math.max(...spare);
    if (most <= 0) break;
    const widest = spare.indexOf(most);
    widths[widest] = (widths[widest] as number) - 1;
  }
  const starts: number[] = [];
  let at = gutter;
  for (const w of widths) {
    starts.push(at);
    at += w + GAP;
  }
  return starts;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, n) => all + n, 0);
}
