import { expect, test } from 'vitest';
import { DEADLOCK, type Explorable, search } from './search.ts';

/** The two jugs of 3 and 5 litres: `four` is reported when the larger one holds 4. */
const jugs: Explorable = {
  words: 1,
  properties: ['four'],
  initial: () => new Int32Array([0]),
  finished: () => true,
  isThreadAction: () => true,
  successors: (state, visit) => {
    const small = (state[0] as number) >> 3;
    const big = (state[0] as number) & 7;
    const toBig = Math.min(small, 5 - big);
    const toSmall = Math.min(big, 3 - small);
    const next = [
      [3, big],
      [small, 5],
      [0, big],
      [small, 0],
      [small - toBig, big + toBig],
      [small + toSmall, big - toSmall],
    ] as const;
    next.forEach(([s, b], action) => {
      visit(action, new Int32Array([(s << 3) | b]), b === 4 ? 1 : 0);
    });
  },
};

test('finds the shortest way', () => {
  const result = search(jugs, { targets: ['four'] });
  expect(result.verdict).toBe('violated');
  expect(result.violation?.path).toEqual([1, 5, 2, 5, 1, 5]);
  expect(result.depth).toBe(6);
});

test('visits each state once when nothing is wrong', () => {
  const result = search(jugs, { targets: [] });
  expect(result).toMatchObject({ verdict: 'holds', states: 16, transitions: 96, depth: 7 });
});

test.each([
  [{ maxStates: 5 }, '5 states'],
  [{ maxDepth: 3 }, 'depth 3'],
])('a bound is bounded, never holds: %o', (bounds, bound) => {
  expect(search(jugs, { targets: [], bounds })).toMatchObject({ verdict: 'bounded', bound });
});

test('stops when asked to, and says so', () => {
  const endless: Explorable = {
    ...jugs,
    successors: (state, visit) => visit(0, new Int32Array([(state[0] as number) + 1]), 0),
  };
  const result = search(endless, {
    targets: [],
    bounds: { maxDepth: Infinity },
    onProgress: () => false,
  });
  expect(result).toMatchObject({ verdict: 'bounded', bound: 'interrupted' });
  expect(result.states).toBeGreaterThan(10);
});

test('a state that nobody can leave is a deadlock unless all are done', () => {
  const stuck: Explorable = {
    ...jugs,
    finished: (state) => state[0] === 2,
    successors: (state, visit) => {
      if ((state[0] as number) < 2) visit(0, new Int32Array([(state[0] as number) + 1]), 0);
      if (state[0] === 0) visit(1, new Int32Array([7]), 0);
    },
  };
  expect(search(stuck, { targets: [DEADLOCK] }).violation).toEqual({
    properties: [DEADLOCK],
    path: [1],
  });
  expect(search(stuck, { targets: [] }).completed).toBe(1);
});

test('thousands of states survive the growing of the store', () => {
  const grid: Explorable = {
    ...jugs,
    words: 3,
    initial: () => new Int32Array(3),
    successors: (state, visit) => {
      for (let i = 0; i < 3; i++) {
        const next = state.slice();
        next[i] = (next[i] as number) + 1;
        if ((next[i] as number) < 40) visit(i, next, 0);
      }
    },
  };
  expect(search(grid, { targets: [] })).toMatchObject({ states: 64_000, transitions: 187_200 });
});
