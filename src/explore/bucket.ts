// How a table lies in memory: in buckets of a cache line or more, so that what a look-up compares
// lies beside what it touched first. A bucket has as many slots as fit, used from the first on.

/** Words of a cache line on the machines of today. */
const LINE = 16;
/** Slots behind the buckets that keys call home, for those that find theirs full. */
const OVERFLOW_SLOTS = 1024;

export interface Bucket {
  readonly words: number;
  readonly slots: number;
  /** Buckets behind the last home. */
  readonly tail: number;
}

/** `key`: words of a key. At most a ninth of a bucket is left over, where lines allow it. */
export function bucketOf(key: number): Bucket {
  // Half a line of the shortest keys: more slots would only be more to compare.
  let best = key === 1 ? LINE / 2 : 0;
  for (let words = LINE; best === 0 || (key > 1 && waste(best, key) > 1 / 9); words += LINE) {
    if (words > 4 * LINE && best !== 0) break;
    if (words >= key && (best === 0 || waste(words, key) < waste(best, key))) best = words;
  }
  const slots = Math.floor(best / key);
  return { words: best, slots, tail: Math.ceil(OVERFLOW_SLOTS / slots) };
}

function waste(words: number, key: number): number {
  return (words % key) / words;
}
