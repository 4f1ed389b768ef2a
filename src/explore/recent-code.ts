// States seen a moment ago, as generated text. Most successors are among them, and need not be
// looked up in a table that is far away. Wide states are kept as their keys.

import { differing, hashing, list } from './code-text.ts';
import type { Plan } from './plan.ts';

/** States that `recent` holds: more find more, fewer stay in the nearest cache. */
const RECENT = 1 << 13;

export interface RecentCode {
  /** Forgets the recent states: once before the first use, and when some did not reach the table. */
  forget(recent: Int32Array): void;
}

/** Words of `recent`. */
export function recentWords({ key }: Plan): number {
  return key * RECENT;
}

/**
 * An expression: 0 if the key whose hash is `h` is among the recent ones, else 1, and then it is
 * from now on. It uses the `x`, `r` and `missing` of the code around it, and does not branch: whether
 * a state is a recent one is what a processor cannot guess.
 */
export function sieve(keys: string, at: string, words: number): string {
  const differ = differing(
    words,
    (w) => `recent[r + ${w}]`,
    (w) => `${keys}[${at} + ${w}]`,
  );
  const put = list(words, (w) => `recent[r + ${w}] = ${keys}[${at} + ${w}]`, ', ');
  return `(r = (h & ${RECENT - 1}) * ${words}, missing = ${differ}, ${put}, missing >>> 31)`;
}

export function recentSource({ key }: Plan): string {
  return `
function placeOf(keys) {
  ${hashing(Array.from({ length: key }, (_, w) => `keys[${w}]`))}
  return (h & ${RECENT - 1}) * ${key};
}
function forget(recent) {
  // Every place gets a key that is looked for at another: all zeros, or what is none.
  recent.fill(0);
  const some = [${list(key, () => '0', ', ')}];
  const zero = placeOf(some);
  do some[0]++; while (placeOf(some) === zero);
  recent[zero] = some[0];
}`;
}
