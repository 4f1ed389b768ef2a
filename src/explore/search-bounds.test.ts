import { describe, expect, test } from 'vitest';
import { search } from './search.ts';
import { twoPhaseCommit } from './testing/two-phase-commit.ts';
import { estimateOf } from './trend.ts';

const seven = twoPhaseCommit(7);
const targets = ['inconsistent'];

describe('a bound is bounded, and says how far it got', () => {
  test('states: the levels that were found whole', () => {
    const found = search(seven, { targets, bounds: { maxStates: 100_000 } });
    expect(found).toMatchObject({ verdict: 'bounded', bound: '100000 states' });
    expect(found.states).toBeLessThanOrEqual(100_000);
    // One level less to keep, and all of that level looked at: the same as a bound on depth.
    const { states, transitions } = search(seven, { targets, bounds: { maxDepth: found.depth } });
    expect(found.states + 0).toBeLessThan(states);
    expect(found.transitions).toBe(transitions);
  });

  test('a violation is still found in what there was no room to follow', () => {
    const found = search(seven, { targets: ['committed'] });
    const depth = found.violation?.path.length ?? 0;
    const { states } = search(seven, { targets: [], bounds: { maxDepth: depth - 1 } });
    const tight = search(seven, { targets: ['committed'], bounds: { maxStates: states + 1 } });
    expect(tight.violation).toEqual(found.violation);
  });

  test('bytes', () => {
    const found = search(seven, { targets, bounds: { maxBytes: 2 ** 20 } });
    expect(found).toMatchObject({ verdict: 'bounded', bound: `${2 ** 20} bytes` });
    expect(found.bytes).toBeLessThanOrEqual(2 ** 20);
    expect(found.states).toBeGreaterThan(20_000);
    expect(found.depth).toBeGreaterThan(5);
    expect(found.estimate?.how).toBeDefined();
  });

  test('bytes, near the end: how much there is in all is told as a guess', () => {
    const found = search(seven, { targets, bounds: { maxBytes: 3 * 2 ** 20 } });
    expect(found).toMatchObject({ verdict: 'bounded', bound: `${3 * 2 ** 20} bytes` });
    expect(found.estimate?.states).toBeGreaterThan(found.states);
    expect(found.estimate?.states).toBeLessThan(3 * 296_448);
  });

  test('what the machine could still give', () => {
    const found = search(seven, { targets, freeBytes: () => 2 ** 18 });
    expect(found).toMatchObject({ verdict: 'bounded', bound: 'the free memory of this machine' });
  });

  test('seconds', () => {
    const found = search(twoPhaseCommit(10), { targets, bounds: { maxSeconds: 0.3 } });
    expect(found).toMatchObject({ verdict: 'bounded', bound: '0.3 s' });
    expect(found.seconds).toBeLessThan(30);
  });
});

describe('what is left is estimated', () => {
  const levels: number[] = [];
  test('within a factor of three for two-phase commit, half way through', () => {
    for (let maxDepth = 1; maxDepth <= 15; maxDepth++) {
      const { states } = search(seven, { targets, bounds: { maxDepth } });
      levels.push(states - levels.reduce((sum, n) => sum + n, 0));
    }
    const { states = 0 } = estimateOf(levels);
    expect(states).toBeGreaterThan(296_448 / 3);
    expect(states).toBeLessThan(296_448 * 3);
  });

  test('and where nothing can be told, nothing is', () => {
    expect(estimateOf([1, 2, 4])).toEqual({ how: 'too few levels to tell how much is left' });
    expect(estimateOf([1, 2, 4, 8, 16, 32, 64, 128])).toEqual({
      how: 'levels still grow faster and faster: no end in sight',
    });
  });
});
