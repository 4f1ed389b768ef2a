// Pieces of text that the generated inner loops share.

/** `of(0)`, `of(1)`, ... joined. */
export function list(n: number, of: (i: number) => string, between: string): string {
  return Array.from({ length: n }, (_, i) => of(i)).join(between);
}

/**
 * Statements that declare `h`, a hash of the words. Each word is spread before it is multiplied, so
 * that high bits count too, and apart from the others, so that the processor works on all of them
 * at once; the last steps are murmur3's (Appleby, public domain).
 */
export function hashing(words: readonly string[]): string {
  const parts = words.map((word, i) => {
    const factor = Math.imul(0x9e3779b1, 2 * i + 1) ^ 0x5bd1e994;
    return `x = ${word}; h = (h + Math.imul(x ^ (x >>> 15), ${factor | 1})) | 0;`;
  });
  return `let h = 0x9e3779b9 | 0, x = 0; ${parts.join(' ')} h ^= h >>> 16; h = Math.imul(h, 0xc2b2ae35); h ^= h >>> 15;`;
}

/** An expression whose sign is set if some of the words differ from the others; without a branch. */
export function differing(
  n: number,
  one: (i: number) => string,
  other: (i: number) => string,
): string {
  const bits = list(n, (i) => `(${one(i)} ^ ${other(i)})`, ' | ');
  return `(x = ${bits}, x | (0 - x))`;
}
