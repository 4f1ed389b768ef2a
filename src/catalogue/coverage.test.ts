import { expect, test } from 'vitest';
import { scenarios } from './all.ts';
import { cases, missingPoints, more, topics } from './coverage.ts';
import { refsOf } from './coverage-entry.ts';
import { coveragePage } from './coverage-page.ts';

const all = [...cases, ...more, ...missingPoints, ...topics];
const expected = ([id, variant]: readonly [string, string]): string | undefined =>
  scenarios.find((one) => one.id === id)?.variants.find((one) => one.id === variant)?.expect;

test('what is said to go wrong goes wrong, and what is said to hold holds', () => {
  for (const { id, broken, repaired } of all) {
    for (const ref of refsOf(broken)) {
      expect(expected(ref), `${id}: ${ref.join(':')}`).toBeDefined();
      expect(expected(ref), `${id}: ${ref.join(':')}`).not.toBe('holds');
    }
    for (const ref of refsOf(repaired)) {
      expect(expected(ref), `${id}: ${ref.join(':')}`).toBe('holds');
    }
  }
});

test('every entry is shown broken and repaired, or says what is missing or why nothing goes wrong', () => {
  for (const { id, broken, repaired, missing, note } of all) {
    if (missing !== undefined) continue;
    expect(repaired?.length ?? 0, id).toBeGreaterThan(0);
    if (broken?.length === 0) expect(note, id).toBeDefined();
  }
});

test('nothing on record is dropped', () => {
  expect(cases).toHaveLength(63);
  expect(new Set(cases.map(({ id }) => id)).size).toBe(63);
  const direct = cases.filter((one) => one.direct);
  expect(direct.filter(({ missing }) => missing !== undefined)).toEqual([]);
  const others = cases.filter((one) => !one.direct && one.missing === undefined);
  expect(others.length).toBeGreaterThanOrEqual(25);
  expect(missingPoints).toHaveLength(26);
  expect(topics).toHaveLength(14);
});

test('the page says the same', async () => {
  await expect(coveragePage()).toMatchFileSnapshot('../../docs/coverage.md');
});
