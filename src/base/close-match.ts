// Which of the known words somebody meant who wrote another one.

/** Edits (one character put in, left out, changed, or swapped with its neighbour) between words. */
export function distance(a: string, b: string): number {
  let older: number[] = [];
  let old = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(
        (old[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (old[j - 1] as number) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (older[j - 2] as number) + 1);
      }
      row.push(best);
    }
    older = old;
    old = row;
  }
  return old[b.length] as number;
}

/**
 * The known words nearest to what was written, best first, at most three; none if none is near. A
 * word that is one edit away puts those out of the question that are three.
 *
 * @example
 * ```ts
 * closeMatches('luf-writ2', ['LUF-write2', 'LUF-munmap', 'LUF-buddy'])
 * // => ['LUF-write2']
 * ```
 */
export function closeMatches(written: string, known: readonly string[]): string[] {
  const plain = written.toLowerCase();
  const near = known
    .map((word, at) => {
      const other = word.toLowerCase();
      const part = plain.length >= 3 && (other.includes(plain) || plain.includes(other));
      return { word, at, far: part ? Math.min(1, distance(plain, other)) : distance(plain, other) };
    })
    .filter(({ word, far }) => far <= Math.max(1, Math.floor(word.length / 3)))
    .sort((a, b) => a.far - b.far || a.at - b.at);
  const best = near[0]?.far ?? 0;
  return near
    .filter(({ far }) => far <= best + 1)
    .slice(0, 3)
    .map(({ word }) => word);
}
