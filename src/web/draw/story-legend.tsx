import type { JSX } from 'preact';

/** What the marks of a diagram mean. */
export function StoryLegend(): JSX.Element {
  return (
    <div class="legend">
      <Mark look="true" text="TLB entry, as in the page table" />
      <Mark look="unmapped" text="stale: unmapped, not flushed" />
      <Mark look="wrong" text="stale and wrong: frame reused, or content changed" />
      <span>
        <svg width="22" height="12" aria-hidden="true">
          <line class="stroke" x1="0" x2="22" y1="6" y2="6" />
          <line class="stroke-hit" x1="9" x2="19" y1="6" y2="6" />
        </svg>
        flush of the entries it covers
      </span>
      <span>
        <svg width="12" height="14" aria-hidden="true">
          <path class="bracket" d="M9 1h-5v12h5" />
        </svg>
        lock held
      </span>
      <span>! a flush was due before this · ✗ the wrong access</span>
      <span>
        keys: <kbd>←</kbd> <kbd>→</kbd> step, <kbd>1</kbd>..<kbd>9</kbd> take, <kbd>u</kbd> undo,{' '}
        <kbd>?</kbd> all
      </span>
    </div>
  );
}

function Mark({ look, text }: { readonly look: string; readonly text: string }): JSX.Element {
  return (
    <span>
      <svg width="14" height="14" aria-hidden="true">
        <rect class={`seg-${look}`} x="1" y="1" width="12" height="12" rx="2" />
      </svg>
      {text}
    </span>
  );
}
