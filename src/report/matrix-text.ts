// Every scenario by every design, as a table: one row for each situation, one column a design.

import { counted, grouped, padEnd, width, wrap } from '../base/text.ts';
import type { Cell, MatrixRow, Outcome } from '../explain/matrix.ts';
import type { Design } from '../kernel/kernel.ts';
import { failureLines } from './failure-text.ts';
import type { Look } from './look.ts';

/** What stands below a table. */
export const tableLegend =
  "holds: in every interleaving of the situation's world; *: in none of them does the moment come that the scenario is about. -: the design defers nothing there. ?: stopped at a bound. Anything else is what truth reports first; lufcheck check NAME --design ID tells its story.";

/** A cell in one word; `-` is `does not apply`, `?` a bound, `*`: without what the scenario is about. */
export function cellWord(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'holds':
      return outcome.unreached === undefined ? 'holds' : 'holds *';
    case 'violated':
      return outcome.what;
    case 'bounded':
    case 'not begun':
      return '?';
    case 'does not apply':
      return '-';
    case 'error':
      return 'error';
  }
}

export function rowName({ situation }: MatrixRow): string {
  const { scenario, id } = situation;
  return situation.variants.length === scenario.variants.length
    ? scenario.id
    : `${scenario.id}:${id}`;
}

export function matrixLines(
  rows: readonly MatrixRow[],
  designs: readonly Design[],
  { columns, paint }: Look,
): string[] {
  const wide = Math.max(...rows.map((row) => width(rowName(row))), 'situation'.length);
  const columnOf = designs.map((design, i) =>
    Math.max(width(design.id), ...rows.map((row) => width(cellWord(row.cells[i] as Outcome)))),
  );
  const head = designs.map((design, i) => padEnd(design.id, columnOf[i] as number));
  const lines = [paint.bold(`${padEnd('situation', wide)}  ${head.join('  ')}`.trimEnd())];
  for (const row of rows) {
    const cells = row.cells.map((cell, i) => {
      const word = padEnd(cellWord(cell), columnOf[i] as number);
      if (cell.kind === 'violated' || cell.kind === 'error') return paint.bad(word);
      return cell.kind === 'holds' ? word : paint.dim(word);
    });
    lines.push(`${padEnd(rowName(row), wide)}  ${cells.join('  ')}`.trimEnd());
  }
  lines.push('');
  lines.push(...wrap(tableLegend, columns));
  for (const row of rows) {
    row.cells.forEach((cell, i) => {
      if (cell.kind !== 'error') return;
      lines.push(...failureLines(cell.error, `${rowName(row)} ${designs[i]?.id}`, columns));
    });
  }
  return lines;
}

/** After Ctrl-C: how much was answered, and how far those got that were at work. */
export function stoppedLines(
  cells: readonly Cell[],
  outcomes: readonly Outcome[],
  { paint }: Look,
): string[] {
  const open = outcomes.filter((one) => one.kind === 'bounded' || one.kind === 'not begun').length;
  const answered = outcomes.length - open;
  const lines = [
    paint.warn(`Stopped: ${grouped(answered)} of ${grouped(cells.length)} cells judged.`),
  ];
  outcomes.forEach((one, i) => {
    if (one.kind !== 'bounded' || one.bound !== 'interrupted') return;
    const { situation, design } = cells[i] as Cell;
    const name = `${situation.scenario.id}:${situation.id} ${design.id}`;
    const far = `${counted(one.states ?? 0, 'state')}, depth ${one.depth ?? 0}`;
    lines.push(paint.warn(`  ${name} was at work: ${far}; nothing wrong up to there`));
  });
  return lines;
}
