// The same question, put to one worker and to several: the answers are the same to the last byte.
// The threads run the built package, as they do for users.

import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { SystemText } from '../src/base/system-text.ts';
import type { Crew } from '../src/explore/crew.ts';
import { type SearchOptions, type SearchResult, search, searching } from '../src/explore/search.ts';
import { twoPhaseCommit, wideTwoPhaseCommit } from '../src/explore/testing/two-phase-commit.ts';
import { nodeCrew } from '../src/explore-node/crew.ts';

/** Waits for its threads, so that they have their part also in what is soon over. */
const patient: Crew = { start: (setups) => ({ ...nodeCrew.start(setups), ready: () => true }) };

/** As it would be printed: without time, and memory, which grows in other steps. */
function printed(result: SearchResult): string {
  const { seconds: _, bytes: __, ...rest } = result;
  return JSON.stringify(rest);
}

const questions: readonly [string, SystemText, SearchOptions][] = [
  ['what holds', twoPhaseCommit(7), { targets: ['inconsistent'] }],
  ['what is violated', twoPhaseCommit(7), { targets: ['committed'] }],
  [
    'what is searched again for the way',
    twoPhaseCommit(7),
    { targets: ['committed'], keptBytes: 0 },
  ],
  ['wide states, searched again', wideTwoPhaseCommit(7), { targets: ['committed'], keptBytes: 0 }],
  ['wide states', wideTwoPhaseCommit(7), { targets: ['committed'] }],
  ['a tree of pairs', wideTwoPhaseCommit(7), { targets: ['inconsistent'], store: 'tree' }],
  ['a bound', twoPhaseCommit(7), { targets: ['inconsistent'], bounds: { maxStates: 150_000 } }],
];

describe('one worker, two and three say the same', () => {
  test.each(questions)('about %s', (_, text, options) => {
    const [one, ...others] = [1, 2, 3].map((workers) =>
      printed(search(text, { ...options, workers, crew: patient })),
    );
    for (const other of others) expect(other).toBe(one);
  });
});

test('an error in a worker is an error of the search', () => {
  const text = twoPhaseCommit(7);
  // Only the other thread is a worker thread without a name for its module.
  const source = `if (typeof __lufcheck_main === 'undefined') throw new Error('cannot be made here');\n${text.source}`;
  Object.assign(globalThis, { __lufcheck_main: true });
  expect(() =>
    search({ ...text, source }, { targets: [], workers: 2, crew: patient }),
  ).toThrowError('cannot be made here');
});

describe('a worker that is gone is told, and nobody waits for it', () => {
  const text = twoPhaseCommit(7);
  const source = `if (typeof __lufcheck_main === 'undefined') process.exit(7);\n${text.source}`;
  const workers = 2;

  test('by its end, where the search lets the event loop run, as commands do', async () => {
    Object.assign(globalThis, { __lufcheck_main: true });
    const run = searching({ ...text, source }, { targets: [], workers, crew: patient });
    const toTheEnd = async (): Promise<void> => {
      while (run.next(true).done !== true) await setImmediate();
    };
    await expect(toTheEnd()).rejects.toThrowError('worker 1 exited with 7');
  });

  test('by its silence, where it does not', () => {
    const crew: Crew = {
      start: () => ({ ...idle, ready: () => true }),
    };
    const ask = (): unknown => search(text, { targets: [], workers, crew, silence: 0.3 });
    expect(ask).toThrowError(expect.objectContaining({ code: 'LUF-E107' }));
  });
});

const idle = { post() {}, failure: () => undefined, lost: () => undefined, close() {} };

test('nobody waits for a thread that has not begun', () => {
  const crew: Crew = { start: () => ({ ...idle, ready: () => false }) };
  const options = { targets: ['inconsistent'], silence: 0.3 };
  const alone = search(twoPhaseCommit(7), options);
  expect(printed(search(twoPhaseCommit(7), { ...options, workers: 2, crew }))).toBe(printed(alone));
});

test('several workers need somebody to start them', () => {
  expect(() => search(twoPhaseCommit(3), { targets: [], workers: 2 })).toThrowError('start them');
});
