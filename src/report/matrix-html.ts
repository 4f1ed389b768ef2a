// A table of situations by designs as one page like that of html.ts.

import { counted } from '../base/text.ts';
import type { MatrixRow, Outcome } from '../explain/matrix.ts';
import type { Design } from '../kernel/kernel.ts';
import { framed } from './html.ts';
import { escaped } from './junit.ts';
import { cellWord, rowName, tableLegend } from './matrix-text.ts';

export function matrixHtml(
  version: string,
  rows: readonly MatrixRow[],
  designs: readonly Design[],
): string {
  const heads = designs.map(({ id }) => `<th scope="col">${escaped(id)}</th>`).join('');
  return framed('lufcheck: situations by designs', version, [
    '<h1>Situations by designs</h1>',
    `<div class="wide"><table><thead><tr><th scope="col">situation</th>${heads}</tr></thead><tbody>`,
    ...rows.map((row) => {
      const name = `<th scope="row">${escaped(rowName(row))}</th>`;
      return `<tr>${name}${row.cells.map(cell).join('')}</tr>`;
    }),
    '</tbody></table></div>',
    `<p class="facts">${escaped(tableLegend)}</p>`,
  ]);
}

function cell(outcome: Outcome): string {
  const word = escaped(cellWord(outcome));
  const isBad = outcome.kind === 'violated' || outcome.kind === 'error';
  const dyed = isBad ? `<strong class="violated">${word}</strong>` : word;
  return `<td>${dyed}<br><span class="facts">${escaped(detail(outcome))}</span></td>`;
}

/** How far a verdict goes, or why there is none. */
function detail(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'holds':
      return [
        counted(outcome.states, 'state'),
        ...(outcome.unreached ?? []).map((what) => `never ${what}`),
      ].join('; ');
    case 'violated':
      return counted(outcome.steps, 'step');
    case 'bounded':
      return `stopped: ${outcome.bound}`;
    case 'does not apply':
      return outcome.why;
    case 'not begun':
      return 'not begun';
    case 'error':
      return `${outcome.error.code} ${outcome.error.message}`;
  }
}
