// Draws a story: rows of steps in a lane for each CPU, bars for TLBs and memory, strokes and brackets. What is
// where comes from compute/.

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { type Columns, columnsOf, pixelOf, rowHeights, topsOf } from '../compute/columns.ts';
import { placeOfStep, type ShownRow } from '../compute/rows.ts';
import { type Segment, segmentsOf } from '../compute/segments.ts';
import type { StoryView } from '../compute/story-view.ts';
import { type Bracket, bracketsOf, type Stroke, strokesOf } from '../compute/strokes.ts';

interface Props {
  readonly view: StoryView;
  /** Undefined where only the other kernel has a step. */
  readonly rows: readonly (ShownRow | undefined)[];
  /** How high each is, where two stand side by side; left out: as its text needs. */
  readonly heights?: readonly number[];
  readonly differs?: readonly boolean[];
  readonly at: number;
  readonly width: number;
  readonly label: string;
  readonly onPick: (step: number) => void;
}

export function StoryDiagram(props: Props): JSX.Element {
  const { view, rows, at, width, differs, onPick } = props;
  const model = useMemo(() => {
    const { lanes, segments } = segmentsOf(view);
    return { lanes, segments, strokes: strokesOf(view, lanes), brackets: bracketsOf(view) };
  }, [view]);
  const columns = columnsOf({ width, threads: view.threads, lanes: model.lanes });
  const text = columns.cpus[0]?.width ?? 100;
  const heights = props.heights ?? rowHeights(rows, text);
  const tops = topsOf(heights);
  // The start is seen too, where no step has been taken.
  const total = Math.max((tops.at(-1) as number) + 6, 28);
  const own = rows.flatMap((row, line) => (row === undefined ? [] : [{ row, line }]));
  const lines = own.map(({ line }) => line);
  const y = (step: number): number =>
    pixelOf(
      tops,
      placeOfStep(
        own.map(({ row }) => row),
        step,
        lines,
      ),
    );
  const end = view.steps.length;
  const cursor = at >= end ? total : bottomOf(own, tops, at);
  return (
    <div class="diagram" style={{ width: `${columns.width}px` }}>
      <Heads columns={columns} />
      <div style={{ position: 'relative', height: `${total}px` }}>
        <svg width={columns.width} height={total} aria-hidden="true">
          <Dividers columns={columns} height={total} />
          {model.segments.map((segment) => (
            <Bar
              key={`${segment.lane}@${segment.from}`}
              segment={segment}
              columns={columns}
              top={segment.from === 0 ? 0 : y(segment.from)}
              bottom={segment.to > end ? total - 4 : y(segment.to)}
            />
          ))}
          {model.brackets.map((bracket) => (
            <LockBracket
              key={`${bracket.who}/${bracket.lock}@${bracket.from}`}
              bracket={bracket}
              columns={columns}
              top={y(bracket.from)}
              bottom={bracket.to === undefined ? total - 4 : y(bracket.to)}
            />
          ))}
          {model.strokes.map((stroke, i) => (
            <FlushStroke
              key={`${stroke.step}/${i}`}
              stroke={stroke}
              columns={columns}
              y={y(stroke.step)}
            />
          ))}
          {at < end && (
            <rect class="later" x={0} y={cursor} width={columns.width} height={total - cursor} />
          )}
        </svg>
        {rows.map((row, i) =>
          row === undefined ? (
            <div
              key={`gap${i}`}
              class="gap"
              style={{ top: `${tops[i]}px`, height: `${heights[i]}px` }}
            />
          ) : (
            <StepRow
              key={row.from}
              row={row}
              columns={columns}
              top={tops[i] as number}
              height={heights[i] as number}
              isNow={row.from <= at && at <= row.to}
              isFuture={row.from > at}
              differs={differs?.[i] === true}
              onPick={onPick}
            />
          ),
        )}
        <svg width={columns.width} height={total} aria-hidden="true">
          {at < end && (
            <line class="cursor-line" x1={0} x2={columns.width} y1={cursor} y2={cursor} />
          )}
        </svg>
      </div>
    </div>
  );
}

/** The lower edge of the last row that has begun. */
function bottomOf(
  own: readonly { readonly row: ShownRow; readonly line: number }[],
  tops: readonly number[],
  at: number,
): number {
  const last = own.findLast(({ row }) => row.from <= at);
  return last === undefined ? 0 : (tops[last.line + 1] as number);
}

function Heads({ columns }: { readonly columns: Columns }): JSX.Element {
  return (
    <div class="heads" style={{ width: `${columns.width}px` }}>
      {columns.cpus.map(({ cpu, threads, x, width }) => (
        <div key={cpu} class="cpu" style={{ left: `${x}px`, width: `${width}px` }}>
          CPU {cpu}
          <span>{threads.join(', ')}</span>
        </div>
      ))}
      {columns.groups.map(({ x, width, text }) => (
        <div key={text} class="group" style={{ left: `${x}px`, width: `${width}px` }}>
          {text}
        </div>
      ))}
      {[...columns.lanes.values()].map(({ lane, x, width }) => (
        <div
          key={lane.key}
          class="lane"
          title={lane.kind === 'tlb' ? `TLB of CPU ${lane.cpu}: ${lane.title}` : lane.title}
          style={{ left: `${x}px`, width: `${width}px` }}
        >
          {lane.kind === 'tlb' && lane.title === 'va' ? 'TLB' : lane.title}
        </div>
      ))}
    </div>
  );
}

function Dividers({
  columns,
  height,
}: {
  readonly columns: Columns;
  readonly height: number;
}): JSX.Element {
  return (
    <>
      {[...columns.cpus.map(({ x }) => x - 10), ...columns.groups.map(({ x }) => x - 6)].map(
        (x) => (
          <line key={x} class="divider" x1={x} x2={x} y1={0} y2={height} />
        ),
      )}
    </>
  );
}

interface BarProps {
  readonly segment: Segment;
  readonly columns: Columns;
  readonly top: number;
  readonly bottom: number;
}

function Bar({ segment, columns, top, bottom }: BarProps): JSX.Element | null {
  const place = columns.lanes.get(segment.lane);
  if (place === undefined) return null;
  const isTlb = place.lane.kind === 'tlb';
  const width = isTlb ? 24 : place.width - 6;
  const x = place.x + (place.width - width) / 2;
  const height = Math.max(2, bottom - top - 1);
  return (
    <g class="hover">
      <title>{segment.about}</title>
      <rect class={`seg-${segment.look}`} x={x} y={top} width={width} height={height} rx={3} />
      {!isTlb && height > 12 && (
        <text class="seg-text" x={x + 4} y={top + Math.min(13, height - 2)}>
          {segment.text}
        </text>
      )}
      {isTlb && height > 15 && (
        <text class="seg-text on-bar" text-anchor="middle" x={x + width / 2} y={top + 12}>
          {segment.text}
        </text>
      )}
    </g>
  );
}

function LockBracket(props: {
  readonly bracket: Bracket;
  readonly columns: Columns;
  readonly top: number;
  readonly bottom: number;
}): JSX.Element | null {
  const { bracket, columns, top, bottom } = props;
  const column = columns.cpus.find(({ cpu }) => cpu === bracket.cpu);
  if (column === undefined) return null;
  const x = column.x - 4 - bracket.depth * 4;
  const foot = bracket.to === undefined ? '' : 'h4';
  return (
    <g class="hover">
      <title>{`${bracket.who} holds ${bracket.lock}`}</title>
      <path class="bracket" d={`M${x + 4} ${top}h-4V${bottom}${foot}`} />
    </g>
  );
}

function FlushStroke(props: {
  readonly stroke: Stroke;
  readonly columns: Columns;
  readonly y: number;
}): JSX.Element | null {
  const { stroke, columns, y } = props;
  const from = columns.cpus.find(({ cpu }) => cpu === stroke.cpu);
  const hit = stroke.lanes.flatMap((key) => columns.lanes.get(key) ?? []);
  if (from === undefined) return null;
  const start = from.x + from.width - 8;
  const ends = [start, ...hit.map(({ x, width }) => x + width / 2)];
  return (
    <g class="hover">
      <title>{stroke.about}</title>
      <line class="stroke" x1={Math.min(...ends)} x2={Math.max(...ends)} y1={y} y2={y} />
      {hit.map(({ lane, x, width }) => (
        <line key={lane.key} class="stroke-hit" x1={x + 4} x2={x + width - 4} y1={y} y2={y} />
      ))}
    </g>
  );
}

interface StepProps {
  readonly row: ShownRow;
  readonly columns: Columns;
  readonly top: number;
  readonly height: number;
  readonly isNow: boolean;
  readonly isFuture: boolean;
  readonly differs: boolean;
  readonly onPick: (step: number) => void;
}

function StepRow({
  row,
  columns,
  top,
  height,
  isNow,
  isFuture,
  differs,
  onPick,
}: StepProps): JSX.Element {
  const column = columns.cpus.find(({ cpu }) => cpu === row.cpu);
  const several = (column?.threads.length ?? 0) > 1 && row.who !== 'hardware';
  const classes = [
    'step',
    ...(row.mark === undefined ? [] : [row.mark]),
    ...(row.who === 'hardware' ? ['hardware'] : []),
    ...(row.weight === 1 ? ['quiet'] : []),
    ...(row.isInner ? ['inner'] : []),
    ...(isFuture ? ['future'] : []),
    ...(differs ? ['differs'] : []),
  ];
  const number = row.from === row.to ? `${row.from}` : `${row.from}-${row.to}`;
  return (
    <button
      type="button"
      class={classes.join(' ')}
      style={{ top: `${top}px`, height: `${height}px` }}
      aria-current={isNow ? 'step' : undefined}
      title={row.where}
      onClick={() => onPick(row.to)}
    >
      <span class="n">{number}</span>
      <span class="hidden">
        CPU {row.cpu}, {row.who}:{' '}
      </span>
      <span class="what" style={{ left: `${column?.x ?? 0}px`, width: `${column?.width ?? 0}px` }}>
        {row.mark === 'late' ? '! ' : ''}
        {several ? `${row.who}: ` : ''}
        {row.text}
        {row.mark === 'wrong' ? ' ✗' : ''}
      </span>
      {row.mark === 'late' && <span class="hidden"> (a flush was due before this)</span>}
      {row.mark === 'wrong' && <span class="hidden"> (this is wrong)</span>}
    </button>
  );
}
