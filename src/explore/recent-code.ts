// States seen a moment ago, as generated text. Most successors are among them, and need not be
// looked up in a table that is far away.

import { differing, hashing, list } from './code-text.ts';
import type { Plan } from './plan.ts';

/** States that `recent` holds: more find more, fewer stay in the nearest cache. */
const RECENT = 1 << 13;
const RECENT_WIDE = 1 << 12;

export interface RecentCode {
  /**
   * Where states fold: moves those of the states first..end-1 together that are not in `recent`, and
   * answers their end. What it lets through is expected to be in the table soon.
   */
  sift(states: Int32Array, first: number, end: number, recent: Int32Array): number;
  /** Forgets the recent states: once before the first use, and when some did not reach the table. */
  forget(recent: Int32Array): void;
}

/** Words of `recent`. */
export function recentWords(plan: Plan): number {
  return plan.words * sizeOf(plan);
}

function sizeOf({ arity }: Plan): number {
  return arity === 0 ? RECENT : RECENT_WIDE;
}

/**
 * An expression: 0 if the state whose hash is `h` is among the recent ones, else 1, and then it is
 * from now on. It uses the `x`, `r` and `missing` of the code around it, and does not branch: whether
 * a state is a recent one is what a processor cannot guess.
 */
export function sieve(states: string, at: string, words: number, size = RECENT): string {
  const differ = differing(
    words,
    (w) => `recent[r + ${w}]`,
    (w) => `${states}[${at} + ${w}]`,
  );
  const put = list(words, (w) => `recent[r + ${w}] = ${states}[${at} + ${w}]`, ', ');
  return `(r = (h & ${size - 1}) * ${words}, missing = ${differ}, ${put}, missing >>> 31)`;
}

export function recentSource(plan: Plan): string {
  const { words } = plan;
  const size = sizeOf(plan);
  const hash = hashing(Array.from({ length: words }, (_, w) => `states[s + ${w}]`));
  return `
function sift(states, first, end, recent) {
  let kept = first * ${words}, r = 0, missing = 0;
  for (let n = first, s = kept; n < end; n++, s += ${words}) {
    ${hash}
    r = (h & ${size - 1}) * ${words};
    missing = ${differing(
      words,
      (w) => `recent[r + ${w}]`,
      (w) => `states[s + ${w}]`,
    )};
    if (missing === 0) continue;
    ${list(words, (w) => `recent[r + ${w}] = states[s + ${w}];`, ' ')}
    if (kept !== s) { ${list(words, (w) => `states[kept + ${w}] = states[s + ${w}];`, ' ')} }
    kept += ${words};
  }
  return kept / ${words};
}
function placeOf(states) {
  const s = 0;
  ${hash}
  return (h & ${size - 1}) * ${words};
}
function forget(recent) {
  // Every place gets a state that is looked for at another: all zeros, or what is none.
  recent.fill(0);
  const state = [${list(words, () => '0', ', ')}];
  const zero = placeOf(state);
  do state[0]++; while (placeOf(state) === zero);
  recent[zero] = state[0];
}`;
}
