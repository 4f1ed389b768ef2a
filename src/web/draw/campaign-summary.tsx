import type { JSX } from 'preact';
import { grouped } from '../../base/text.ts';
import type { SummaryRow } from '../../campaign/summary.ts';
import { boundText, summaryColumns } from '../../report/campaign-status-text.ts';
import type { GiveCampaign } from './campaign-view.tsx';
import { TableBox } from './table-box.tsx';

/** Parts of a bar: what a row's cells are, in the colours of verdicts. */
const parts = [
  ['violated', ({ violated }: SummaryRow) => violated],
  ['holds', ({ holds }: SummaryRow) => holds],
  ['bounded', ({ bounded }: SummaryRow) => bounded],
  ['none', ({ other, error, aside }: SummaryRow) => other + error + aside],
] as const;

/** How far everything is known: a row for each kind of cell, which a click shows alone. */
export function CampaignSummary(props: {
  readonly rows: readonly SummaryRow[];
  readonly total: SummaryRow;
  readonly group: string;
  readonly onGive: GiveCampaign;
}): JSX.Element {
  const { rows, total, group, onGive } = props;
  const used = summaryColumns.filter(([name, of]) => name === 'cells' || of(total) > 0);
  return (
    <TableBox label="Verdicts by kind of cell" look="of-kinds">
      <table class="plain summary">
        <thead>
          <tr>
            <th scope="col">cells</th>
            <th scope="col">
              <span class="hidden">shares</span>
            </th>
            {used.map(([name]) => (
              <th key={name} scope="col" class="number">
                {name === 'cells' ? 'number' : name}
              </th>
            ))}
            <th scope="col">nothing else wrong up to</th>
          </tr>
        </thead>
        <tbody>
          {[...rows, ...(rows.length > 1 ? [total] : [])].map((row) => (
            <tr key={row.name} class={row === total ? 'total' : ''}>
              <th scope="row">
                {row === total ? (
                  'all'
                ) : (
                  <button
                    type="button"
                    class="plain-button"
                    aria-pressed={group === row.name}
                    onClick={() => onGive({ group: group === row.name ? '' : row.name }, true)}
                  >
                    {row.name}
                  </button>
                )}
              </th>
              <td>
                <div class="shares" aria-hidden="true">
                  {parts.map(([kind, of]) => (
                    <span
                      key={kind}
                      class={`share ${kind}`}
                      style={{ width: `${(of(row) / Math.max(1, row.cells)) * 100}%` }}
                    />
                  ))}
                </div>
              </td>
              {used.map(([name, of]) => (
                <td key={name} class="number">
                  {of(row) === 0 ? <span class="dim">·</span> : grouped(of(row))}
                </td>
              ))}
              <td>{boundText(row)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
