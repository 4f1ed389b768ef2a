import { expect, test } from 'vitest';
import { progressLine } from './progress-line.ts';

const names = ['a:x', 'a:y', 'b:z'];
const at = (
  states: number,
): Parameters<typeof progressLine>[1] extends ReadonlyMap<number, infer P> ? P : never => ({
  states,
  transitions: 0,
  depth: 7,
  frontier: 300,
  seconds: 2,
});

test('of one question everything, of several the states; and how many are done', () => {
  expect(progressLine(names, new Map([[1, at(1200)]]), 1)).toBe(
    '1/3 a:y 1,200 states, depth 7, 300 waiting, 600/s',
  );
  const two = new Map([
    [1, at(1)],
    [2, undefined],
  ]);
  expect(progressLine(names, two, 1)).toBe('1/3 a:y 1 state · b:z');
  expect(progressLine(names, new Map(), 3)).toBe('3/3');
});
