// Stepping, scrubbing and playing.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useKeys } from './hooks.ts';

interface Props {
  readonly at: number;
  readonly total: number;
  readonly canCondense: boolean;
  readonly showAll: boolean;
  readonly onStep: (direction: 1 | -1) => void;
  readonly onGo: (step: number) => void;
  readonly onUndo: () => void;
  readonly onToggle: () => void;
}

/** Milliseconds a step is shown. */
const PACE = 700;

export function Transport(props: Props): JSX.Element {
  const { at, total, canCondense, showAll, onStep, onGo, onUndo, onToggle } = props;
  const [isPlaying, setPlaying] = useState(false);
  useEffect(() => {
    if (!isPlaying) return;
    if (at >= total) {
      setPlaying(false);
      return;
    }
    const timer = setTimeout(() => onStep(1), PACE);
    return () => clearTimeout(timer);
  }, [isPlaying, at, total]);
  const play = (): void => {
    if (!isPlaying && at >= total) onGo(0);
    setPlaying(!isPlaying);
  };
  useKeys({ ' ': play });
  return (
    <div class="transport" role="toolbar" aria-label="Steps">
      <button
        type="button"
        aria-label="To the start"
        title="To the start (Home)"
        onClick={() => onGo(0)}
      >
        «
      </button>
      <button
        type="button"
        aria-label="Step back"
        title="Step back (left, k)"
        onClick={() => onStep(-1)}
      >
        ‹
      </button>
      <button type="button" aria-pressed={isPlaying} title="Play (space)" onClick={play}>
        {isPlaying ? 'Stop' : 'Play'}
      </button>
      <button
        type="button"
        aria-label="Step on"
        title="Step on (right, j)"
        onClick={() => onStep(1)}
      >
        ›
      </button>
      <button
        type="button"
        aria-label="To the end"
        title="To the end (End)"
        onClick={() => onGo(total)}
      >
        »
      </button>
      <input
        type="range"
        min={0}
        max={total}
        value={at}
        aria-label="Step"
        aria-valuetext={`step ${at} of ${total}`}
        onInput={(event) => onGo(Number(event.currentTarget.value))}
      />
      <span class="count dim" role="status">
        step {at} of {total}
      </span>
      {canCondense && (
        <button type="button" aria-pressed={showAll} title="Every step (a)" onClick={onToggle}>
          every step
        </button>
      )}
      <button type="button" title="Take back a step (u)" disabled={total === 0} onClick={onUndo}>
        undo
      </button>
    </div>
  );
}
