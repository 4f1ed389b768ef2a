// The page of a story: what its address says, as a diagram that can be stepped through, left and explored.

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { StoryAddress } from '../../explain/story-address.ts';
import { allRows, condensedRows, type ShownRow } from '../compute/rows.ts';
import type { StoryView, ViewStep } from '../compute/story-view.ts';
import { replayLine, subjectNameOf } from '../compute/subject-name.ts';
import { ask, run } from '../work/ask.ts';
import { Hatching } from './hatching.tsx';
import { asTrouble, type Keys, latest, useAnswer, useKeys, useWidth } from './hooks.ts';
import { StoryBeside } from './story-beside.tsx';
import { StoryDiagram } from './story-diagram.tsx';
import { StoryExplorer } from './story-explorer.tsx';
import { StoryLegend } from './story-legend.tsx';
import { ChangesPanel, ChoicesPanel, HowPanel, type HowState, WhyPanel } from './story-panels.tsx';
import { Transport } from './transport.tsx';
import { TroubleNote } from './trouble-note.tsx';

interface Props {
  readonly address: StoryAddress;
  /** The text of a file that the variant is in; left out: the catalogue's. */
  readonly source?: string | undefined;
  /** `isNew`: back leads to the old one. */
  readonly onAddress: (address: StoryAddress, isNew: boolean) => void;
  /** Where links to other views of stories lead; undefined where they have no address of their own. */
  readonly href?: ((address: StoryAddress) => string) | undefined;
}

export function StoryPage(props: Props): JSX.Element {
  const { address, source, onAddress } = props;
  const { schedule, beside } = address;
  const subject = subjectNameOf(address);
  const key = JSON.stringify([subject, source, schedule]);
  const loaded = useAnswer(key, () => ask('view', { subject, source, schedule }));
  const view = latest(loaded);
  const total = view?.steps.length ?? 0;
  const at = Math.min(address.at ?? total, total);
  const [how, setHow] = useState<HowState>({ kind: 'idle' });
  const [focus, setFocus] = useState(0);
  const cancelHow = useRef(() => {});
  const latestAddress = useRef(address);
  latestAddress.current = address;
  const place = `${key} ${at}`;
  const answered = latest(
    useAnswer(place, async () => ({
      place,
      choices: await ask('choices', { subject, source, schedule, at }),
    })),
  );
  const choices = answered?.choices;
  // Until they are there, those of the step before stay to be seen, and cannot be taken.
  const isCurrent = answered?.place === place;
  useEffect(() => setHow({ kind: 'idle' }), [key, at]);
  useEffect(() => () => cancelHow.current(), []);
  const rows = view === undefined ? [] : rowsOf(view, address);

  const goTo = (step: number): void => onAddress({ ...address, at: step }, false);
  const follow = async (from: number, actions: readonly number[]): Promise<void> => {
    const next = await ask('after', { subject, source, schedule, at: from, actions });
    const { at: _, ...rest } = address;
    onAddress({ ...rest, schedule: next.schedule, at: next.steps.length }, true);
  };
  const take = (way: ViewStep): void => {
    if (!isCurrent) return;
    if (view?.steps[at]?.action === way.action) goTo(at + 1);
    else void follow(at, [way.action]);
  };
  const undo = (): void => {
    if (total > 0) void follow(at === 0 ? total - 1 : at - 1, []);
  };
  const askHow = (words: readonly string[]): void => {
    const running = run('how', { subject, source, schedule, at, words });
    cancelHow.current = running.cancel;
    setHow({ kind: 'asking' });
    running.answer.then(
      (answer) => setHow({ kind: 'answer', answer }),
      (error) => setHow({ kind: 'trouble', trouble: asTrouble(error) }),
    );
  };
  const by = (direction: 1 | -1): void => goTo(nextStop(rows, at, direction, total));
  const showAll = address.show === 'all';
  const toggleAll = (): void => {
    const { show: _, ...rest } = address;
    onAddress(showAll ? { ...rest, at } : { ...rest, at, show: 'all' }, false);
  };
  const compare = (other: string | undefined): void => {
    const { beside: _, ...rest } = address;
    onAddress(other === undefined ? rest : { ...rest, beside: other }, true);
  };
  const keys: Keys = {
    ...{ ArrowRight: () => by(1), ArrowDown: () => by(1), j: () => by(1), n: () => by(1) },
    ...{ ArrowLeft: () => by(-1), ArrowUp: () => by(-1), k: () => by(-1), p: () => by(-1) },
    Home: () => goTo(0),
    End: () => goTo(total),
    u: undo,
    a: toggleAll,
    '/': () => setFocus((old) => old + 1),
    ...Object.fromEntries(
      (choices?.ways ?? []).slice(0, 9).map((way, i) => [String(i + 1), () => take(way)]),
    ),
  };
  useKeys(keys);

  if (loaded.state === 'trouble') return <TroubleNote trouble={loaded.trouble} />;
  if (view === undefined) return <p class="dim">reading the model ...</p>;
  const repaired = view.told?.missing.sibling;
  const sibling = repaired === undefined ? undefined : `${view.scenario}:${repaired}`;
  const isFresh = schedule === '' && address.at === undefined;
  return (
    <div class={beside === undefined ? 'story' : 'story two'}>
      <Hatching />
      <Head view={view} address={address} onCompare={compare} />
      {!isFresh && loaded.state === 'there' && total === 0 && (
        <div class="story-head">
          <button type="button" onClick={() => onAddress(withoutPlace(address), true)}>
            Find the shortest way to something wrong
          </button>
        </div>
      )}
      {isFresh && (
        <div class="story-head">
          <StoryExplorer
            subject={subject}
            source={source}
            world={view.size}
            onFound={(found) => onAddress({ ...latestAddress.current, schedule: found }, false)}
          />
        </div>
      )}
      <div>
        <Transport
          at={at}
          total={total}
          canCondense={condensedRows(view) !== undefined}
          showAll={showAll}
          onStep={by}
          onGo={goTo}
          onUndo={undo}
          onToggle={toggleAll}
        />
        {beside !== undefined ? (
          <StoryBeside address={address} source={source} subject={subject} at={at} onPick={goTo} />
        ) : (
          <Diagram view={view} rows={rows} at={at} onPick={goTo} />
        )}
      </div>
      <div class="side">
        {view.told !== undefined && (
          <WhyPanel
            told={view.told}
            onPick={goTo}
            repairedHref={
              sibling === undefined ? undefined : props.href?.({ ...address, at, beside: sibling })
            }
          />
        )}
        <ChoicesPanel
          choices={choices}
          isCurrent={isCurrent}
          taken={view.steps[at]}
          onTake={take}
        />
        <ChangesPanel view={view} at={at} />
        <HowPanel
          state={how}
          focus={focus}
          onAsk={askHow}
          onCancel={() => {
            cancelHow.current();
            setHow({ kind: 'idle' });
          }}
          onGo={(actions) => void follow(at, actions)}
        />
      </div>
    </div>
  );
}

function Head(props: {
  readonly view: StoryView;
  readonly address: StoryAddress;
  readonly onCompare: (other: string | undefined) => void;
}): JSX.Element {
  const { view, address, onCompare } = props;
  const { told, ending } = view;
  const line = replayLine(subjectNameOf(address), view.schedule);
  return (
    <header class="story-head">
      <h1>
        {told !== undefined && <span class="tag violated">violated</span>}
        {told?.title ?? view.title}
      </h1>
      <div class="row">
        <code>{address.variant}</code>
        <span>{view.says}</span>
        <span class="dim" title="-NAME: without that flush point; +NAME: with it">
          kernel {view.design}
        </span>
        {address.world !== undefined && <span class="dim">in a world of {address.world}</span>}
        {address.slip !== undefined && (
          <span class="warn">
            with a slip made in <code>{address.unit}</code>: <code>{address.slip}</code>
          </span>
        )}
        <span class="grow" />
        <label>
          beside{' '}
          <select
            value={address.beside ?? ''}
            onChange={(event) => onCompare(event.currentTarget.value || undefined)}
          >
            <option value="">nothing</option>
            {view.others.map(({ name, says, holds }) => (
              <option key={name} value={name} title={says}>
                {name.slice(view.scenario.length + 1)} {holds ? '(holds)' : ''}
              </option>
            ))}
          </select>
        </label>
      </div>
      <details>
        <summary class="dim">
          {view.size}
          {ending === 'violated' ? '' : ` · ${ending ?? 'can go on'}`}
        </summary>
        <p>
          {view.title}. {view.about} <span class="dim">{view.source}</span>
        </p>
        {told !== undefined && line !== undefined && (
          <p>
            In a terminal: <code>npx lufcheck replay '{line}'</code>
          </p>
        )}
      </details>
    </header>
  );
}

function Diagram(props: {
  readonly view: StoryView;
  readonly rows: readonly ShownRow[];
  readonly at: number;
  readonly onPick: (step: number) => void;
}): JSX.Element {
  const [box, width] = useWidth();
  const { view, rows } = props;
  return (
    <section class="panel diagram-box" ref={box} aria-label="The story, step by step">
      {width > 0 && <StoryDiagram {...props} width={width} label={`steps of ${view.variant}`} />}
      {rows.length === 0 && (
        <p class="dim" style={{ padding: '12px' }}>
          No step has been taken. Take one from the list of what can happen next.
        </p>
      )}
      <StoryLegend />
    </section>
  );
}

function rowsOf(view: StoryView, { show }: StoryAddress): ShownRow[] {
  return (show === 'all' ? undefined : condensedRows(view)) ?? allRows(view);
}

/** The address of the variant alone: it is explored there. */
function withoutPlace({ at: _, ...rest }: StoryAddress): StoryAddress {
  return { ...rest, schedule: '' };
}

/** The end of the next row, or of the one before. */
function nextStop(rows: readonly ShownRow[], at: number, direction: 1 | -1, total: number): number {
  if (direction === 1) return rows.find(({ to }) => to > at)?.to ?? total;
  return rows.findLast(({ to }) => to < at)?.to ?? 0;
}
