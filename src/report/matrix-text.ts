// Every scenario by every design, as a table: one row for each situation, one column a design.

import { padEnd, width, wrap } from '../base/text.ts';
import type { MatrixRow, Outcome } from '../explain/matrix.ts';
import type { Design } from '../kernel/kernel.ts';
import type { Look } from './look.ts';

/** A cell in one word; `-` is `does not apply`, `?` a bound. */
export function cellWord(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'holds':
      return 'holds';
    case 'violated':
      return outcome.what;
    case 'bounded':
      return '?';
    case 'unreached':
      return 'unreached';
    case 'does not apply':
      return '-';
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
      if (cell.kind === 'violated') return paint.bad(word);
      return cell.kind === 'holds' ? word : paint.dim(word);
    });
    lines.push(`${padEnd(rowName(row), wide)}  ${cells.join('  ')}`.trimEnd());
  }
  lines.push('');
  lines.push(
    ...wrap(
      "holds: in every interleaving of the situation's world. -: the design defers nothing there. ?: stopped at a bound. Anything else is what truth reports first; lufcheck check NAME --design ID tells its story.",
      columns,
    ),
  );
  return lines;
}
