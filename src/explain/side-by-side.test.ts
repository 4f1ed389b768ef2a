import { expect, test } from 'vitest';
import { width } from '../base/text.ts';
import { scenarios } from '../catalogue/all.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { diffText } from '../report/diff-text.ts';
import { plainLook } from '../report/look.ts';
import { judge } from './judge.ts';
import { sideBySide } from './side-by-side.ts';

const buddy = scenarios.find((one) => one.id === 'LUF-buddy') as Scenario;
const variant = (id: string): Variant => buddy.variants.find((one) => one.id === id) as Variant;
const run = judge(buddy, variant('broken')).violation?.steps.map((step) => step.action) ?? [];

test('a variant beside itself has no difference', () => {
  const { first, wrong, pairs } = sideBySide(buddy, [variant('broken'), variant('broken')], run);
  expect({ first, wrong, steps: pairs.length }).toEqual({
    first: undefined,
    wrong: 'leak',
    steps: run.length,
  });
});

test('beside the repair: the flush is what only the repair has, and the access reads no leak', () => {
  const {
    pairs,
    first = -1,
    wrong,
  } = sideBySide(buddy, [variant('broken'), variant('repaired')], run);
  expect(wrong).toBeUndefined();
  expect(pairs.slice(0, first).every(({ a, b }) => a?.text === b?.text)).toBe(true);
  const only = pairs.filter(({ a }) => a === undefined).map(({ b }) => b?.text ?? '');
  expect(only.some((text) => text.endsWith('flush CPU 1'))).toBe(true);
  // Each side keeps its own steps, all of them and in order.
  expect(pairs.flatMap(({ a }) => (a === undefined ? [] : [a.step.action]))).toEqual(run);
  const numbers = pairs.flatMap(({ b }) => (b === undefined ? [] : [b.step.n]));
  expect(numbers).toEqual(numbers.map((_, i) => i + 1));
});

test.each([80, 120])('fits %i columns, with one first difference', (columns) => {
  const found = sideBySide(buddy, [variant('broken'), variant('repaired')], run);
  const sides = [
    { name: 'LUF-buddy:broken', outcome: 'violated: leak' },
    { name: 'LUF-buddy:repaired', outcome: 'holds' },
  ] as const;
  const lines = diffText(found, { sides, led: 'the first', all: true }, { ...plainLook, columns });
  for (const line of lines) expect(width(line)).toBeLessThanOrEqual(columns);
  expect(lines.filter((line) => line.startsWith('►'))).toHaveLength(1);
});

test('two that hold are compared along a run of the threads in turn', () => {
  const { pairs, first } = sideBySide(
    buddy,
    [variant('repaired'), variant('immediate')],
    undefined,
  );
  expect(first).toBeDefined();
  expect(pairs.at(-1)?.a?.step.who).toBe('slab');
});
