import { expect, test } from 'vitest';
import { EntrySet } from './entry-set.ts';

/** The same every time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test('it says and holds what a set of texts does', () => {
  const next = random(7);
  const [ours, theirs] = [new EntrySet(), new Set<string>()];
  for (let i = 0; i < 20_000; i++) {
    const mm = Math.floor(next() * 5);
    // Runs of pages, and pages beyond 2^32.
    const va = (Math.floor(next() * 3) * 2 ** 40 + Math.floor(next() * 4000)) * 4096;
    const name = `${mm} ${va}`;
    expect(ours.has(mm, va)).toBe(theirs.has(name));
    if (next() < 0.6) {
      expect(ours.add(mm, va)).toBe(!theirs.has(name));
      theirs.add(name);
    } else {
      expect(ours.delete(mm, va)).toBe(theirs.delete(name));
    }
    if (i % 2000 === 0) {
      const [start, pages] = [Math.floor(next() * 4000), i % 4000 === 0 ? 2 ** 40 : 100];
      const [from, until] = [start * 4096, (start + pages) * 4096];
      ours.deleteRange(mm, from, until);
      for (const one of [...theirs]) {
        const [of, at] = one.split(' ').map(Number) as [number, number];
        if (of === mm && at >= from && at < until) theirs.delete(one);
      }
    }
    expect(ours.size).toBe(theirs.size);
  }
  expect(theirs.size).toBeGreaterThan(1000);
});

test('what is cleared is empty', () => {
  const set = new EntrySet();
  expect(set.add(1, 4096)).toBe(true);
  set.clear();
  expect(set.delete(1, 4096)).toBe(false);
  expect(set.size).toBe(0);
});
