import { expect, test } from 'vitest';
import { bucketOf } from './bucket.ts';

test('buckets are whole lines, or one of them is half a line, and waste little', () => {
  for (let key = 1; key <= 80; key++) {
    const { words, slots, tail } = bucketOf(key);
    expect(words % (key === 1 ? 8 : 16)).toBe(0);
    expect(slots).toBe(Math.floor(words / key));
    expect(slots).toBeGreaterThan(0);
    expect(tail * slots).toBeGreaterThanOrEqual(1024);
  }
  expect([1, 2, 3, 4, 6].map((key) => bucketOf(key))).toMatchObject([
    { words: 8, slots: 8 },
    { words: 16, slots: 8 },
    { words: 16, slots: 5 },
    { words: 16, slots: 4 },
    { words: 32, slots: 5 },
  ]);
});
