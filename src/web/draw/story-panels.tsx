// The panels beside a story: why it is wrong, what can happen next, what a step changed, how to get somewhere.

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { counted } from '../../base/text.ts';
import { type ChangeGroup, changeGroups, valueText } from '../compute/change-groups.ts';
import type { Choices, StoryView, Told, ViewStep } from '../compute/story-view.ts';
import { propertyText } from '../compute/words.ts';
import type { HowAnswer, Trouble } from '../work/protocol.ts';
import { TroubleNote } from './trouble-note.tsx';

export function WhyPanel(props: {
  readonly told: Told;
  readonly onPick: (step: number) => void;
  readonly repairedHref: string | undefined;
}): JSX.Element {
  const { told, onPick, repairedHref } = props;
  const { points, sibling } = told.missing;
  return (
    <section class="panel why" aria-label="Why it is wrong">
      <h2>Why it is wrong</h2>
      {told.why.map(({ text, steps }) => (
        <p key={text}>
          {text}{' '}
          {steps.map((step) => (
            <span key={step}>
              <button type="button" aria-label={`go to step ${step}`} onClick={() => onPick(step)}>
                {step}
              </button>{' '}
            </span>
          ))}
        </p>
      ))}
      {points.length > 0 && (
        <p>
          <strong>Repair:</strong>{' '}
          {points.map(({ point, says }) => (
            <span key={point}>
              <code>{point}</code>: {says}.{' '}
            </span>
          ))}
          {sibling !== undefined && repairedHref !== undefined && (
            <a href={repairedHref}>beside {sibling}, which holds</a>
          )}
        </p>
      )}
      <p>
        <strong>Rules:</strong> {told.recommended.length} are recommended, and of these{' '}
        <Fired told={told} isWanted={(id) => told.recommended.includes(id)} onPick={onPick} />. Of
        the others{' '}
        <Fired told={told} isWanted={(id) => !told.recommended.includes(id)} onPick={onPick} />.{' '}
        <span class="dim">Silent, and put to the test: {tested(told)}.</span>
      </p>
    </section>
  );
}

function Fired(props: {
  readonly told: Told;
  readonly isWanted: (id: string) => boolean;
  readonly onPick: (step: number) => void;
}): JSX.Element {
  const { told, isWanted, onPick } = props;
  const fired = told.fired.filter(({ id }) => isWanted(id));
  if (fired.length === 0) return <>none fired</>;
  return (
    <>
      {fired.map(({ id, step }, i) => (
        <span key={id}>
          {i > 0 && ', '}
          <code>{id}</code> fired at{' '}
          <button type="button" aria-label={`go to step ${step}`} onClick={() => onPick(step)}>
            {step}
          </button>
        </span>
      ))}
    </>
  );
}

function tested({ silent, untested }: Told): string {
  const spoken = silent.filter((id) => !untested.includes(id));
  return spoken.length === 0 ? 'none' : spoken.join(', ');
}

export function ChoicesPanel(props: {
  readonly choices: Choices | undefined;
  /** They are of the step that is shown, and can be taken. */
  readonly isCurrent: boolean;
  /** The step of the schedule that comes next, if any. */
  readonly taken: ViewStep | undefined;
  readonly onTake: (step: ViewStep) => void;
}): JSX.Element {
  const { choices, isCurrent, taken, onTake } = props;
  return (
    <section class="panel" aria-label="What can happen next" aria-busy={!isCurrent}>
      <h2>What can happen next</h2>
      {choices === undefined ? (
        <p class="dim">...</p>
      ) : choices.ways.length === 0 ? (
        <p>{endings[choices.ending ?? 'finished']}</p>
      ) : (
        <ol class="choices">
          {choices.ways.map((way, i) => (
            <li key={way.action}>
              <button
                type="button"
                class={[
                  way.action === taken?.action ? 'taken' : '',
                  way.wrong.length > 0 ? 'leads-wrong' : '',
                ].join(' ')}
                title={way.where}
                onClick={() => onTake(way)}
              >
                <span class="k">{i < 9 ? i + 1 : ''}</span>
                <span>
                  <span class="who">{way.who === 'hardware' ? `CPU ${way.cpu}` : way.who}</span>{' '}
                  {way.what === '' ? <code>{way.where}</code> : way.what}
                  {way.wrong.map((id) => (
                    <span key={id} class="bad">
                      {' '}
                      ✗ {propertyText(id)}
                    </span>
                  ))}
                  {way.fired.map((id) => (
                    <span key={id} class="warn">
                      {' '}
                      ! {id}
                    </span>
                  ))}
                  {way.action === taken?.action && <span class="dim"> (this story)</span>}
                </span>
              </button>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

const endings: Readonly<Record<string, string>> = {
  violated:
    'Something is wrong: the story ends here. A step back (left arrow) shows what else could have happened.',
  deadlock: 'Nobody can go on: a deadlock.',
  finished: 'Every thread is done, and nothing went wrong on this way.',
};

export function ChangesPanel({
  view,
  at,
}: {
  readonly view: StoryView;
  readonly at: number;
}): JSX.Element {
  const groups = at === 0 ? [] : changeGroups(view.steps[at - 1]?.changes ?? [], view.rules);
  const step = view.steps[at - 1];
  return (
    <section class="panel" aria-label="What this step changed">
      <h2>{at === 0 ? 'The start' : `What step ${at} changed`}</h2>
      {step !== undefined && (
        <p class="dim mono">
          {step.who === 'hardware' ? `hardware of CPU ${step.cpu}` : step.who}
          {step.where === '' ? '' : `: ${step.where}`}
        </p>
      )}
      {groups.map((group) => (
        <Changes key={group.title} group={group} />
      ))}
      {at > 0 && groups.length === 0 && <p class="dim">nothing</p>}
      <FullState view={view} at={at} />
    </section>
  );
}

function Changes({ group }: { readonly group: ChangeGroup }): JSX.Element {
  const table = (
    <table class="diffs">
      <tbody>
        {group.changes.map(({ name, before, after }) => (
          <tr key={name}>
            <td>{name}</td>
            <td>
              <del>{valueText(before)}</del> → <ins>{valueText(after)}</ins>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
  if (!group.isFolded) return table;
  return (
    <details>
      <summary class="dim">
        {group.title} ({group.changes.length})
      </summary>
      {table}
    </details>
  );
}

function FullState({ view, at }: { readonly view: StoryView; readonly at: number }): JSX.Element {
  const [words, setWords] = useState('');
  const [isOpen, setOpen] = useState(false);
  const state: Record<string, unknown> = isOpen ? { ...view.initial } : {};
  for (const { changes } of isOpen ? view.steps.slice(0, at) : []) {
    for (const { name, after } of changes) state[name] = after;
  }
  const found = Object.entries(state).filter(([name]) =>
    words
      .toLowerCase()
      .split(/\s+/)
      .every((word) => name.toLowerCase().includes(word)),
  );
  return (
    <details onToggle={(event) => setOpen((event.currentTarget as HTMLDetailsElement).open)}>
      <summary class="dim">whole state after step {at}</summary>
      <input
        type="search"
        placeholder="filter by name: tlb, pte, pc[reader]"
        aria-label="Filter the state by name"
        value={words}
        onInput={(event) => setWords(event.currentTarget.value)}
      />
      <table class="diffs">
        <tbody>
          {found.map(([name, value]) => (
            <tr key={name}>
              <td>{name}</td>
              <td>{valueText(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

export type HowState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'asking' }
  | { readonly kind: 'answer'; readonly answer: HowAnswer }
  | { readonly kind: 'trouble'; readonly trouble: Trouble };

export function HowPanel(props: {
  readonly state: HowState;
  readonly focus: number;
  readonly onAsk: (words: readonly string[]) => void;
  readonly onCancel: () => void;
  readonly onGo: (actions: readonly number[]) => void;
}): JSX.Element {
  const { state, focus, onAsk, onCancel, onGo } = props;
  const [words, setWords] = useState('');
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (focus > 0) input.current?.focus();
  }, [focus]);
  const ask = (event: Event): void => {
    event.preventDefault();
    const wanted = words.trim().split(/\s+/).filter(Boolean);
    if (wanted.length > 0) onAsk(wanted);
  };
  return (
    <section class="panel" aria-label="How can this be reached">
      <h2>How can I reach ...</h2>
      <form class="row" onSubmit={ask}>
        <input
          ref={input}
          class="grow"
          type="text"
          value={words}
          placeholder="slab alloc, leak, stale read"
          aria-label="Words of a step, or something wrong"
          onInput={(event) => setWords(event.currentTarget.value)}
        />
        {state.kind === 'asking' ? (
          <button type="button" onClick={onCancel}>
            Cancel
          </button>
        ) : (
          <button type="submit">Find</button>
        )}
      </form>
      <div role="status">
        {state.kind === 'asking' && <p class="dim">looking at every way on from here ...</p>}
        {state.kind === 'answer' && <HowText answer={state.answer} onGo={onGo} />}
      </div>
      {state.kind === 'trouble' && <TroubleNote trouble={state.trouble} />}
    </section>
  );
}

function HowText(props: {
  readonly answer: HowAnswer;
  readonly onGo: (actions: readonly number[]) => void;
}): JSX.Element {
  const { answer, onGo } = props;
  if (answer.kind === 'unknown') return <p>No step and nothing wrong is called that.</p>;
  if (answer.kind !== 'way') {
    const states = counted(answer.states, 'state');
    return answer.kind === 'never' ? (
      <p>It cannot be reached from here: all {states} were looked at.</p>
    ) : (
      <p>Not within {states}; there are more.</p>
    );
  }
  return (
    <>
      <p>
        The shortest way has {counted(answer.steps.length, 'step')}.{' '}
        <button type="button" onClick={() => onGo(answer.actions)}>
          Go
        </button>
      </p>
      <ol class="dim">
        {answer.steps.map((text, i) => (
          <li key={i}>{text}</li>
        ))}
      </ol>
    </>
  );
}
