import type { JSX } from 'preact';

/** The pattern that stale entries are filled with, once for all pictures of a page. */
export function Hatching(): JSX.Element {
  return (
    <svg class="patterns" width="0" height="0" aria-hidden="true">
      <defs>
        <pattern
          id="hatched"
          width="6"
          height="6"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <line x1="0" y1="0" x2="0" y2="6" stroke="var(--stale)" stroke-width="3" />
        </pattern>
      </defs>
    </svg>
  );
}
