// Scenarios by designs. The verdicts were computed when the pages were made; cells can be computed anew here, by
// workers, as far as they are shown.

import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { grouped } from '../../base/text.ts';
import { storyAddress } from '../../explain/story-address.ts';
import type { BoardIndex } from '../compute/board-index.ts';
import {
  type BoardCell,
  type BoardRow,
  cellOf,
  designRows,
  type Filter,
  type MatrixData,
  passes,
} from '../compute/board-model.ts';
import { type Running, run } from '../work/ask.ts';
import type { Found } from '../work/protocol.ts';
import { siteData } from './fetch-json.ts';
import { latest, useAnswer } from './hooks.ts';
import { TableBox } from './table-box.tsx';

interface Props {
  readonly index: BoardIndex;
  readonly filter: Filter;
}

/** States looked at for a cell that is computed here. */
const MOST_STATES = 200_000;
const MOST_SECONDS = 30;

export function DesignsTable({ index, filter }: Props): JSX.Element {
  const loaded = useAnswer('matrix', () => siteData<MatrixData>('matrix.json'));
  const matrix = latest(loaded);
  const [own, setOwn] = useState<ReadonlyMap<string, BoardCell>>(new Map());
  const all = useMemo(() => designRows(index, matrix), [index, matrix]);
  const rows = all.filter((row) => passes(filter, `${row.name} ${row.title}`, row.cells));
  const note = (key: string, cell: BoardCell): void => setOwn((old) => new Map(old).set(key, cell));
  return (
    <>
      <div class="row">
        <p class="dim grow" role="status">
          {rows.length} of {all.length} situations.{' '}
          {matrix === undefined
            ? 'No verdicts came with these pages: compute them here.'
            : `Verdicts came with these pages: up to ${grouped(matrix.bounds.maxStates)} states each. Underlined: computed here just now.`}{' '}
          A dot: the design does not apply there.
        </p>
        <Compute rows={rows} index={index} onCell={note} />
      </div>
      <TableBox label="Scenarios by designs">
        <table class="board">
          <thead>
            <tr>
              <th scope="col">scenario</th>
              {index.designs.map(({ id, says }) => (
                <th key={id} scope="col" title={says}>
                  <span>{id}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={row.name} row={row} index={index} own={own} />
            ))}
          </tbody>
        </table>
      </TableBox>
    </>
  );
}

function Row(props: {
  readonly row: BoardRow;
  readonly index: BoardIndex;
  readonly own: ReadonlyMap<string, BoardCell>;
}): JSX.Element {
  const { row, index, own } = props;
  return (
    <tr>
      <th scope="row" title={row.title}>
        <code>{row.name}</code>
        <span class="dim">{row.title}</span>
      </th>
      {row.cells.map((cell, i) => {
        const design = index.designs[i]?.id ?? '';
        const fresh = own.get(`${row.name} ${design}`);
        const shown = fresh ?? cell;
        const about = `${row.name} under ${design}: ${shown?.about ?? 'not computed'}`;
        return (
          <td
            key={design}
            class={`cell ${shown?.kind ?? 'none'} ${fresh === undefined ? '' : 'fresh'}`}
          >
            <a
              href={storyAddress({ variant: row.name, design, schedule: '' })}
              title={about}
              aria-label={about}
            >
              {shown?.text ?? '?'}
            </a>
          </td>
        );
      })}
    </tr>
  );
}

interface Job {
  readonly name: string;
  readonly design: string;
}

/** Computes the cells that are shown, some at a time. */
function Compute(props: {
  readonly rows: readonly BoardRow[];
  readonly index: BoardIndex;
  readonly onCell: (key: string, cell: BoardCell) => void;
}): JSX.Element {
  const { rows, index, onCell } = props;
  const [done, setDone] = useState<number | undefined>(undefined);
  const [total, setTotal] = useState(0);
  const running = useRef(new Set<Running<Found>>());
  const stopped = useRef(false);
  const stop = (): void => {
    stopped.current = true;
    for (const one of running.current) one.cancel();
    running.current.clear();
    setDone(undefined);
  };
  useEffect(() => stop, []);
  const start = (): void => {
    const jobs: Job[] = rows.flatMap((row) =>
      row.cells.flatMap((cell, i) => {
        const design = index.designs[i]?.id ?? '';
        return cell?.kind === 'none' ? [] : [{ name: row.name, design }];
      }),
    );
    stopped.current = false;
    setTotal(jobs.length);
    setDone(0);
    const threads = Math.max(1, Math.min(8, navigator.hardwareConcurrency - 1));
    for (let i = 0; i < threads; i++) void work(jobs);
  };
  const work = async (jobs: Job[]): Promise<void> => {
    for (let job = jobs.shift(); job !== undefined && !stopped.current; job = jobs.shift()) {
      const one = run('find', {
        subject: { variant: job.name, design: job.design },
        maxStates: MOST_STATES,
        maxSeconds: MOST_SECONDS,
      });
      running.current.add(one);
      const cell = await one.answer.then(ofFound, (error) => ({
        ...({ kind: 'none', text: 'error' } as const),
        about: String(error),
      }));
      running.current.delete(one);
      if (stopped.current) return;
      onCell(`${job.name} ${job.design}`, cell);
      setDone((old) => (old ?? 0) + 1);
    }
  };
  if (done !== undefined && done < total) {
    return (
      <div class="row" role="status">
        <progress max={total} value={done} aria-label="cells computed" /> {done} of {total}
        <button type="button" onClick={stop}>
          Cancel
        </button>
      </div>
    );
  }
  return (
    <button
      type="button"
      onClick={start}
      title="Explores every cell that is shown, in this browser"
    >
      Compute here
    </button>
  );
}

function ofFound(found: Found): BoardCell {
  const { verdict, property = '', depth, states, bound = '' } = found;
  return cellOf({ kind: verdict, what: property, steps: depth, states, bound });
}
