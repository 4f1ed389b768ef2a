// What each flush point of a design protects: a row for a point, a column for each scenario in which taking it
// away was tried. Computed when the pages were made.

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { counted, grouped } from '../../base/text.ts';
import { storyAddress } from '../../explain/story-address.ts';
import type { BoardIndex } from '../compute/board-index.ts';
import {
  addressOfCommand,
  type Filter,
  type PointAnswer,
  type PointRow,
  passes,
  pointRows,
} from '../compute/board-model.ts';
import { siteData } from './fetch-json.ts';
import { latest, useAnswer } from './hooks.ts';
import { TableBox } from './table-box.tsx';
import { TroubleNote } from './trouble-note.tsx';

interface Props {
  readonly index: BoardIndex;
  readonly filter: Filter;
  readonly design: string;
  readonly onDesign: (design: string) => void;
}

export function PointsTable({ index, filter, design, onDesign }: Props): JSX.Element {
  const loaded = useAnswer('points', () =>
    siteData<{ bounds: { maxStates: number }; questions: PointAnswer[] }>('points.json'),
  );
  const data = latest(loaded);
  const rows = useMemo(
    () => pointRows(index, design, data?.questions ?? []),
    [index, design, data],
  );
  const shown = rows.filter((row) =>
    passes(filter, [row.point, row.says, ...row.cells.keys()].join(' '), [...row.cells.values()]),
  );
  const scenarios = index.scenarios.filter(({ id }) =>
    shown.some((row) => row.cells.get(id)?.kind === 'violated'),
  );
  const withPoints = index.designs.filter(({ points }) => points.length > 0);
  return (
    <>
      <div class="row">
        <label>
          flush points of{' '}
          <select value={design} onChange={(event) => onDesign(event.currentTarget.value)}>
            {withPoints.map(({ id }) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </select>
        </label>
        <p class="dim grow" role="status">
          {loaded.state === 'waiting' && 'reading ...'}
          {loaded.state === 'there' && data === undefined && (
            <>
              Nothing about flush points came with these pages:{' '}
              <code>npx lufcheck rules --flush-points --design {design}</code> computes it.
            </>
          )}
          {data !== undefined &&
            `Computed when the pages were made, up to ${grouped(data.bounds.maxStates)} states a question. A column for each scenario that some point protects: ✗ goes wrong without it, · still holds, ? not decided.`}
        </p>
      </div>
      {loaded.state === 'trouble' && <TroubleNote trouble={loaded.trouble} />}
      <TableBox label="Flush points by scenarios">
        <table class="board points">
          <thead>
            <tr>
              <th scope="col">flush point</th>
              <th scope="col">protects</th>
              {scenarios.map(({ id, title }) => (
                <th key={id} scope="col" class="tilted" title={title}>
                  <span>{id}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <Point
                key={row.point}
                row={row}
                scenarios={scenarios.map(({ id }) => id)}
                isKnown={data !== undefined}
              />
            ))}
          </tbody>
        </table>
      </TableBox>
    </>
  );
}

function protectsNothing({ asked }: PointRow, isKnown: boolean): string {
  if (!isKnown) return 'not computed';
  return asked === 0 ? 'on no path that was explored' : `0 of ${counted(asked, 'scenario')}`;
}

function Point(props: {
  readonly row: PointRow;
  readonly scenarios: readonly string[];
  readonly isKnown: boolean;
}): JSX.Element {
  const { row, scenarios, isKnown } = props;
  return (
    <tr>
      <th scope="row" title={row.says}>
        <code>{row.point}</code>
        <span class="dim">{row.says}</span>
      </th>
      <td class="protects">
        {row.broken > 0 ? (
          <strong>
            {row.broken} of {counted(row.asked, 'scenario')}
          </strong>
        ) : (
          <span class="dim">{protectsNothing(row, isKnown)}</span>
        )}
      </td>
      {scenarios.map((id) => {
        const cell = row.cells.get(id);
        if (cell === undefined) return <td key={id} class="cell" />;
        const about = `${row.point} in ${id}: ${cell.about}`;
        return (
          <td key={id} class={`cell ${cell.kind}`}>
            <a href={storyAddress(addressOfCommand(cell.command))} title={about} aria-label={about}>
              {cell.kind === 'violated' ? '✗' : cell.kind === 'holds' ? '·' : '?'}
            </a>
          </td>
        );
      })}
    </tr>
  );
}
