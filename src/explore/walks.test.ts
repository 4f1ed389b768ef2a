import { describe, expect, test } from 'vitest';
import { systemOf } from './system.ts';
import { twoPhaseCommit } from './testing/two-phase-commit.ts';
import { type WalkOptions, walk } from './walks.ts';

const system = systemOf(twoPhaseCommit(4));
/** Managers are actors 1 to 4, the one of them all is 0. */
const actorOf = (action: number): number => {
  if (action < 2) return 0;
  const way = (action - 2) % 5;
  return way === 0 ? 0 : 1 + Math.floor((action - 2) / 5);
};
const swarm: WalkOptions = {
  kind: 'swarm',
  targets: ['inconsistent'],
  seed: 7,
  runs: 200,
  steps: 60,
};
const pct: WalkOptions = { ...swarm, kind: 'pct', actorOf };

/** Whether the actions can be taken one after the other, and what the last one reports. */
function lastReport(path: readonly number[]): number {
  let state = system.initial;
  let reported = 0;
  for (const action of path) {
    const { words, ways, compiled } = system;
    const into = new Int32Array(ways * words);
    const [actions, reports] = [new Int32Array(ways), new Int32Array(ways)];
    const end = compiled.expand(state, 0, into, actions, reports, 0);
    const n = actions.subarray(0, end).indexOf(action);
    expect(n).toBeGreaterThanOrEqual(0);
    reported = reports[n] as number;
    state = into.slice(n * words, (n + 1) * words);
  }
  return reported;
}

describe.each([swarm, pct])('$kind', (options) => {
  test('says that it sampled, never that something holds', () => {
    const found = walk(system, options);
    expect(found).toMatchObject({ kind: 'sampled', verdict: 'nothing found', runs: 200 });
  });

  test('finds what can be found, by a way that can be taken', () => {
    const found = walk(system, { ...options, targets: ['committed'], runs: 5000 });
    expect(found.verdict).toBe('violated');
    expect(lastReport(found.violation?.path ?? []) & 2).toBe(2);
  });

  test('does the same for the same seed, and something else for another', () => {
    const sought = { ...options, targets: ['committed'], runs: 5000 };
    expect(walk(system, sought)).toEqual(walk(system, sought));
    expect(walk(system, { ...sought, seed: 8 })).not.toEqual(walk(system, sought));
  });
});

test('the guarantee of priorities is stated: 1 / (n k^(d-1)) for a run', () => {
  const { guarantee } = walk(system, { ...pct, orderings: 2 });
  expect(guarantee).toMatchObject({ actors: 5, orderings: 2, perRun: 1 / (5 * 60) });
  expect(guarantee?.allRuns).toBeCloseTo(1 - (1 - 1 / 300) ** 200);
  expect(walk(system, swarm).guarantee).toBeUndefined();
});

test('a bug of two orderings is found at least as often as the guarantee says', () => {
  // One thread of ten steps; the other must take its only step after the fifth and before the sixth.
  const racing = systemOf({
    words: 1,
    ways: 2,
    properties: ['bug'],
    initial: new Int32Array([0]),
    threadActions: new Uint8Array([1, 1]),
    source: `return {
      expand(from, at, into, actions, reports, n) {
        const s = from[at], i = s & 15, done = s >> 4;
        if (i < 10) { into[n] = s + 1; actions[n] = 0; reports[n] = 0; n++; }
        if (!done) { into[n] = s | 16; actions[n] = 1; reports[n] = i === 5 ? 1 : 0; n++; }
        return n;
      },
      finished: () => true,
    };`,
  });
  let found = 0;
  const runs = 2000;
  for (let seed = 0; seed < runs; seed++) {
    const options: WalkOptions = {
      kind: 'pct',
      targets: ['bug'],
      seed,
      runs: 1,
      steps: 11,
      orderings: 2,
      actorOf: (action) => action,
    };
    if (walk(racing, options).verdict === 'violated') found++;
  }
  const guarantee = runs / (2 * 11);
  // Four standard deviations below what is promised on average would be a broken promise.
  expect(found).toBeGreaterThan(guarantee - 4 * Math.sqrt(guarantee));
});
