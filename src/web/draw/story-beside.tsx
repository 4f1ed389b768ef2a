// Two kernels side by side: the steps of the first, and the second following as closely as it can. Rows in which
// they differ are shaded.

import type { JSX } from 'preact';
import type { StoryAddress } from '../../explain/story-address.ts';
import { columnsOf, rowHeights } from '../compute/columns.ts';
import { allRows, pairsThatMatter, type ShownRow } from '../compute/rows.ts';
import { segmentsOf } from '../compute/segments.ts';
import type { BesideView, StoryView } from '../compute/story-view.ts';
import type { SubjectName } from '../compute/subject-name.ts';
import { propertyText } from '../compute/words.ts';
import { ask } from '../work/ask.ts';
import { latest, useAnswer, useWidth } from './hooks.ts';
import { StoryDiagram } from './story-diagram.tsx';
import { StoryLegend } from './story-legend.tsx';
import { TroubleNote } from './trouble-note.tsx';

interface Props {
  readonly address: StoryAddress;
  readonly subject: SubjectName;
  readonly source?: string | undefined;
  /** Steps of the first kernel. */
  readonly at: number;
  readonly onPick: (step: number) => void;
}

export function StoryBeside({ address, subject, source, at, onPick }: Props): JSX.Element {
  const { schedule, beside = '' } = address;
  const other = { variant: beside };
  const key = JSON.stringify([subject, other, source, schedule]);
  const loaded = useAnswer(key, () => ask('beside', { subject, other, source, schedule }));
  const both = latest(loaded);
  const [box, width] = useWidth();
  if (loaded.state === 'trouble') return <TroubleNote trouble={loaded.trouble} />;
  return (
    <div ref={box}>
      {both === undefined || width === 0 ? (
        <p class="dim">following the steps in the other kernel ...</p>
      ) : (
        <Both
          both={both}
          names={[address.variant, beside]}
          at={at}
          width={width}
          showAll={address.show === 'all'}
          onPick={onPick}
        />
      )}
    </div>
  );
}

function Both(props: {
  readonly both: BesideView;
  readonly names: readonly [string, string];
  readonly at: number;
  readonly width: number;
  readonly showAll: boolean;
  readonly onPick: (step: number) => void;
}): JSX.Element {
  const { both, names, at, onPick } = props;
  const { a, b } = both;
  const pairs = props.showAll ? both.pairs : pairsThatMatter(both.pairs, a);
  const width = Math.floor((props.width - 10) / 2) - 2;
  const own = { a: allRows(a), b: allRows(b) };
  const rows = {
    a: pairs.map((pair) => (pair.a === undefined ? undefined : own.a[pair.a - 1])),
    b: pairs.map((pair) => (pair.b === undefined ? undefined : own.b[pair.b - 1])),
  };
  const heights = mostOf(heightsOf(a, rows.a, width), heightsOf(b, rows.b, width));
  const differs = pairs.map(({ same }) => !same);
  const reached =
    at === 0 ? -1 : pairs.findLastIndex((pair) => pair.a !== undefined && pair.a <= at);
  const there = pairs.slice(0, reached + 1).findLast((pair) => pair.b !== undefined)?.b ?? 0;
  const isEnd = at >= a.steps.length;
  return (
    <>
      <div class="besides">
        <section class="panel diagram-box" aria-label={names[0]}>
          <Title name={names[0]} view={a} />
          <StoryDiagram
            {...{ view: a, rows: rows.a, heights, differs, at, width, onPick }}
            label={names[0]}
          />
        </section>
        <section class="panel diagram-box" aria-label={names[1]}>
          <Title name={names[1]} view={b} />
          <StoryDiagram
            {...{ view: b, rows: rows.b, heights, differs, width }}
            at={isEnd ? b.steps.length : there}
            label={names[1]}
            onPick={(step) => {
              const pair = pairs.findIndex((one) => one.b === step);
              onPick(pairs.slice(0, pair + 1).findLast((one) => one.a !== undefined)?.a ?? 0);
            }}
          />
        </section>
      </div>
      <StoryLegend />
      <p class="dim">
        Shaded: steps in which the two differ. The second follows the first as closely as it can;
        that is one way it can go, not the only one.
      </p>
    </>
  );
}

function Title({ name, view }: { readonly name: string; readonly view: StoryView }): JSX.Element {
  const wrong = view.steps.flatMap((step) => step.wrong)[0];
  return (
    <h2>
      {name}{' '}
      {wrong === undefined ? (
        <span class="tag none">nothing goes wrong on this way</span>
      ) : (
        <span class="tag violated">{propertyText(wrong)}</span>
      )}{' '}
      <span class="dim">{view.says}</span>
    </h2>
  );
}

function heightsOf(
  view: StoryView,
  rows: readonly (ShownRow | undefined)[],
  width: number,
): number[] {
  const { lanes } = segmentsOf(view);
  const columns = columnsOf({ width, threads: view.threads, lanes });
  return rowHeights(rows, columns.cpus[0]?.width ?? 100);
}

function mostOf(some: readonly number[], others: readonly number[]): number[] {
  return some.map((height, i) => Math.max(height, others[i] ?? 0));
}
