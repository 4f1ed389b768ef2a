import type { JSX } from 'preact';
import { counted, grouped } from '../../base/text.ts';
import type { Difference } from '../../campaign/compare.ts';
import { cellLine } from '../compute/campaign-model.ts';
import { TableBox } from './table-box.tsx';

/** Rows that are made. */
const MOST = 500;

/** What is known otherwise than in another campaign, the worst first. */
export function CampaignDifferences(props: {
  readonly name: string;
  readonly differences: readonly Difference[];
}): JSX.Element {
  const { name, differences } = props;
  const bad = differences.filter(({ change }) => change === 'newly violated');
  const sorted = [...bad, ...differences.filter(({ change }) => change !== 'newly violated')];
  return (
    <>
      <p role="status" class={bad.length > 0 ? 'bad' : 'dim'}>
        {counted(differences.length, 'difference')} from {name}
        {bad.length > 0 ? `, ${grouped(bad.length)} newly violated` : ', none newly violated'}.
        {differences.length > MOST && ` The first ${MOST} are shown.`}
      </p>
      {differences.length > 0 && (
        <TableBox label={`Differences from ${name}`}>
          <table class="plain cells">
            <thead>
              <tr>
                <th scope="col">difference</th>
                <th scope="col">cell</th>
                <th scope="col">in {name}</th>
                <th scope="col">now</th>
              </tr>
            </thead>
            <tbody>
              {sorted.slice(0, MOST).map((one) => (
                <tr key={`${one.change} ${one.name}`}>
                  <td class={one.change === 'newly violated' ? 'bad' : ''}>{one.change}</td>
                  <td>
                    <code>{one.name}</code>
                  </td>
                  <td>
                    <Side cell={one.before} />
                  </td>
                  <td>
                    <Side cell={one.after} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableBox>
      )}
    </>
  );
}

function Side({ cell }: { readonly cell: Difference['before'] }): JSX.Element {
  if (cell === undefined) return <span class="dim">not there</span>;
  const { kind, word, about, seconds } = cellLine(cell);
  return (
    <>
      <span class={`tag ${kind}`}>{word}</span> {about}
      {seconds === 0 ? '' : <span class="dim"> {seconds.toFixed(1)} s</span>}
    </>
  );
}
