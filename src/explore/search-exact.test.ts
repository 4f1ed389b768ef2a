import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SystemText } from '../base/system-text.ts';
import { planOf, type StoreKind } from './plan.ts';
import { DEADLOCK, type SearchOptions, type SearchResult, search } from './search.ts';
import { obviousSearch, randomSystem } from './testing/random-system.ts';
import { twoPhaseCommit, wideTwoPhaseCommit } from './testing/two-phase-commit.ts';

const stores: readonly (StoreKind | 'auto')[] = ['auto', 'plain', 'folded', 'tree'];

/** What must be the same whatever way it was found. */
function answer({
  verdict,
  states,
  transitions,
  depth,
  completed,
  violation,
}: SearchResult): object {
  return { verdict, states, transitions, depth, completed, violation };
}

const shapes = fc.record({
  seed: fc.integer(),
  states: fc.integer({ min: 1, max: 3000 }),
  ways: fc.integer({ min: 1, max: 6 }),
  words: fc.integer({ min: 1, max: 14 }),
  rarity: fc.constantFrom(1, 20, 500, 100_000),
});

describe('what falls out of a queue and a map', () => {
  test('is what the search finds: counts, verdict, and the very same way there', () => {
    fc.assert(
      fc.property(shapes, fc.boolean(), fc.constantFrom(...stores), (shape, deadlock, store) => {
        const text = randomSystem(shape);
        const targets = ['one', ...(deadlock ? [DEADLOCK] : [])];
        const { violation, ...counts } = obviousSearch(text, 1, deadlock);
        const verdict = violation === undefined ? 'holds' : 'violated';
        const found = search(text, { targets, store });
        expect(answer(found)).toEqual({ verdict, ...counts, violation });
      }),
      { numRuns: 300 },
    );
  });

  test('also when the levels were not kept and are searched again', () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom(...stores), (shape, store) => {
        const text = randomSystem(shape);
        const options: SearchOptions = { targets: ['one', DEADLOCK], store };
        const again = search(text, { ...options, keptBytes: 0 });
        expect(answer(again)).toEqual(answer(search(text, options)));
      }),
      { numRuns: 100 },
    );
  });
});

test.each(stores)('two-phase commit has its published counts in a %s store', (store) => {
  const counts = [
    [3, 288, 1145],
    [5, 8832, 58_145],
  ] as const;
  for (const [rms, states, transitions] of counts) {
    for (const text of [twoPhaseCommit(rms), wideTwoPhaseCommit(rms)]) {
      const found = search(text, { targets: ['inconsistent'], reachable: ['committed'], store });
      expect(found).toMatchObject({ verdict: 'holds', states, transitions, unreached: [] });
    }
  }
});

test('two-phase commit of eight: 1,745,408 states and 18,507,777 transitions', () => {
  const found = search(twoPhaseCommit(8), { targets: ['inconsistent'] });
  expect(found).toMatchObject({ verdict: 'holds', states: 1_745_408, transitions: 18_507_777 });
});

test('a witness that is never reached is no success', () => {
  const found = search(twoPhaseCommit(3), { targets: [], reachable: ['committed', 'impossible'] });
  expect(found).toMatchObject({ verdict: 'unreached', unreached: ['impossible'] });
});

/** Counts up in its second word; the first is whatever it is told to be. */
function counter(first: number, most: number): SystemText {
  return {
    words: 2,
    ways: 2,
    properties: [],
    initial: new Int32Array([first, 0]),
    threadActions: new Uint8Array([1]),
    source: `return {
      expand(from, at, into, actions, reports, n) {
        for (let i = 1; i <= 2 && from[at + 1] + i <= ${most}; i++, n++) {
          into[2 * n] = from[at] ^ i; into[2 * n + 1] = from[at + 1] + i; actions[n] = 0; reports[n] = 0;
        }
        return n;
      },
      finished: () => true,
    };`,
  };
}

test('no word is reserved: a state may look like an empty slot', () => {
  const usual = search(counter(0, 3000), { targets: [] });
  // The first `twist` of space.ts, and the one that means a slot in the making.
  for (const first of [0xa53c96b4 | 0, 0xa53c96b5 | 0]) {
    expect(answer(search(counter(first, 3000), { targets: [] }))).toEqual(answer(usual));
  }
});

test('pairs fold to two words, groups of four to three at most', () => {
  expect(planOf(12, 'tree')).toMatchObject({ key: 2, arity: 2 });
  expect(planOf(12)).toMatchObject({ key: 3, arity: 4 });
  expect(planOf(40)).toMatchObject({ key: 3, arity: 4 });
  expect(planOf(3)).toMatchObject({ key: 3, arity: 0 });
});

test('what a tree keeps takes less room than states as they are', () => {
  const bytes = (store: StoreKind): number => {
    const found = search(wideTwoPhaseCommit(7), { targets: [], store });
    return found.bytes / found.states;
  };
  expect(bytes('tree')).toBeLessThan(bytes('plain') / 3);
});
