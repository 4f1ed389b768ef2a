// Explores a variant in a worker of its own and says how far it is; can be cancelled.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { counted, grouped } from '../../base/text.ts';
import type { SubjectName } from '../compute/subject-name.ts';
import { propertyText } from '../compute/words.ts';
import { run } from '../work/ask.ts';
import type { Found, Progress, Trouble } from '../work/protocol.ts';
import { asTrouble } from './hooks.ts';
import { TroubleNote } from './trouble-note.tsx';

interface Props {
  readonly subject: SubjectName;
  readonly source?: string | undefined;
  readonly world: string;
  /** A shortest way to something wrong. */
  readonly onFound: (schedule: string) => void;
}

const MOST_STATES = 3_000_000;
const MOST_SECONDS = 120;

type State =
  | { readonly kind: 'running'; readonly progress?: Progress }
  | { readonly kind: 'cancelled'; readonly progress?: Progress }
  | { readonly kind: 'done'; readonly found: Found }
  | { readonly kind: 'trouble'; readonly trouble: Trouble };

export function StoryExplorer({ subject, source, world, onFound }: Props): JSX.Element {
  const [state, setState] = useState<State>({ kind: 'running' });
  const [round, setRound] = useState(0);
  const [cancel, setCancel] = useState<(() => void) | undefined>(undefined);
  const key = JSON.stringify([subject, source, round]);
  useEffect(() => {
    setState({ kind: 'running' });
    const running = run(
      'find',
      { subject, source, maxStates: MOST_STATES, maxSeconds: MOST_SECONDS },
      (progress) => setState({ kind: 'running', progress }),
    );
    setCancel(() => running.cancel);
    running.answer.then(
      (found) => {
        setState({ kind: 'done', found });
        if (found.schedule !== undefined) onFound(found.schedule);
      },
      (error) => setState({ kind: 'trouble', trouble: asTrouble(error) }),
    );
    return running.cancel;
  }, [key]);
  if (state.kind === 'trouble') return <TroubleNote trouble={state.trouble} />;
  if (state.kind === 'done') return <Outcome found={state.found} world={world} />;
  const stop = (): void => {
    cancel?.();
    setState((old) => ({ ...old, kind: 'cancelled' }) as State);
  };
  return (
    <div class="panel running row" role="status">
      <strong>{state.kind === 'running' ? 'Exploring every interleaving' : 'Cancelled'}</strong>
      <span class="dim">{progressText(state.progress)}</span>
      <span class="grow" />
      {state.kind === 'running' ? (
        <button type="button" onClick={stop}>
          Cancel
        </button>
      ) : (
        <button type="button" onClick={() => setRound(round + 1)}>
          Explore again
        </button>
      )}
    </div>
  );
}

export function progressText(progress: Progress | undefined): string {
  if (progress === undefined) return 'starting';
  const { states, depth, frontier, seconds } = progress;
  return `${grouped(states)} states, depth ${depth}, ${grouped(frontier)} waiting, ${seconds.toFixed(1)} s`;
}

function Outcome({ found, world }: { readonly found: Found; readonly world: string }): JSX.Element {
  const { verdict, states, seconds, bound, depth, property } = found;
  const cost = `${counted(states, 'state')}, ${seconds.toFixed(1)} s, in this browser`;
  if (verdict === 'violated') {
    return (
      <div class="panel" role="status">
        <span class="tag violated">violated</span> {propertyText(property ?? '')} after {depth}{' '}
        steps <span class="dim">({cost})</span>
      </div>
    );
  }
  if (verdict === 'holds') {
    return (
      <div class="panel" role="status">
        <span class="tag holds">holds</span> in every interleaving within {world}{' '}
        <span class="dim">
          ({cost}); not a proof beyond it. Any step below can still be taken by hand.
        </span>
      </div>
    );
  }
  return (
    <div class="panel" role="status">
      <span class="tag bounded">{verdict}</span>{' '}
      {verdict === 'unreached'
        ? 'nothing is wrong, but what the scenario is about never came about'
        : `stopped at ${bound}: nothing wrong up to there, which is not "holds"`}{' '}
      <span class="dim">({cost})</span>
    </div>
  );
}
