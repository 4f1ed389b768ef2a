// Which look comes next, and that every cell comes to its end.

import { describe, expect, test } from 'vitest';
import type { CellBounds, ModelCell } from './cell.ts';
import { forecast } from './forecast.ts';
import { levelsOf } from './levels.ts';
import type { CellResult, Outcome } from './result.ts';
import { answers, nextLevel, Scheduler } from './scheduler.ts';
import type { CampaignRecord } from './store.ts';

const levels = levelsOf({ from: 1000, to: 100_000, factor: 10 });

function cellOf(name: string, more: Partial<ModelCell> = {}): ModelCell {
  return { kind: 'model', of: 'situation', name, design: 'd', ...more };
}

function bounded(bounds: CellBounds, guess?: number): CellResult {
  const { states } = bounds;
  const outcome: Outcome = {
    verdict: 'bounded',
    bound: `${states} states`,
    states,
    depth: 5,
    ...(guess === undefined ? {} : { guess }),
  };
  return { key: 'k', subject: 's', bounds, outcome };
}

function ended(verdict: 'holds' | 'violated', bounds: CellBounds): CellResult {
  const outcome: Outcome =
    verdict === 'holds'
      ? { verdict, states: 10, depth: 5 }
      : { verdict, what: 'leak', steps: 3, states: 9, rules: [], schedule: 'S', story: 'b' };
  return { key: 'k', subject: 's', bounds, outcome };
}

test('looks begin small and end at the last bound', () => {
  expect(levels.map(({ states }) => states)).toEqual([1000, 10_000, 100_000]);
  expect(levelsOf({ from: 5, to: 5, bytes: 9 })).toEqual([{ states: 5, bytes: 9 }]);
  expect(levelsOf({ from: 10, to: 95, factor: 3, depth: 7 }).at(-1)).toEqual({
    states: 95,
    depth: 7,
    bytes: 2 ** 30,
  });
});

test('a result answers what a look could not tell better', () => {
  const [small, middle] = levels as [CellBounds, CellBounds];
  expect(answers(bounded(small), small)).toBe(true);
  expect(answers(bounded(small), middle)).toBe(false);
  expect(answers(ended('holds', small), middle)).toBe(true);
  expect(nextLevel(levels, bounded(middle))).toBe(2);
  expect(nextLevel(levels, ended('violated', small))).toBeUndefined();
  // Cut off by its depth: more states go no deeper.
  const deep = bounded({ states: 1000, depth: 4 });
  const cut = { ...deep, outcome: { ...deep.outcome, bound: 'depth 4' } as Outcome };
  expect(answers(cut, { states: 9999, depth: 4 })).toBe(true);
  expect(answers(cut, { states: 9999, depth: 5 })).toBe(false);
});

describe('the next look', () => {
  test('is of what is likely to go wrong, by what it has in common with others', () => {
    const scheduler = new Scheduler();
    for (let n = 0; n < 10; n++) {
      scheduler.learner.learn(
        cellOf(`x${n}:v`, { design: 'bad' }),
        0,
        ended('violated', { states: 1 }),
        1,
      );
      scheduler.learner.learn(
        cellOf(`x${n}:v`, { design: 'good' }),
        0,
        ended('holds', { states: 1 }),
        1,
      );
    }
    scheduler.add(0, cellOf('y:v', { design: 'good' }), levels);
    scheduler.add(1, cellOf('y:v', { design: 'bad' }), levels);
    expect(scheduler.next()?.n).toBe(1);
  });

  test('is of what the catalogue expects to fail', () => {
    const scheduler = new Scheduler();
    scheduler.add(0, cellOf('y:v', { expect: 'holds' }), levels);
    scheduler.add(1, cellOf('y:w', { expect: 'leak' }), levels);
    expect(scheduler.next()?.n).toBe(1);
  });

  test('is the cheap one, by what smaller bounds took', () => {
    const scheduler = new Scheduler();
    const [first] = levels as [CellBounds];
    scheduler.add(0, cellOf('y:v'), levels, { result: bounded(first), seconds: 10 });
    scheduler.add(1, cellOf('y:w'), levels, { result: bounded(first), seconds: 0.1 });
    const next = scheduler.next();
    expect(next).toMatchObject({ n: 1, level: 1 });
    // Ten times the states, ten times the time.
    expect(next?.cost).toBeCloseTo(1);
  });

  test('of a cell whose end is near is not thought to take its whole bound', () => {
    const scheduler = new Scheduler();
    const [first] = levels as [CellBounds];
    scheduler.add(0, cellOf('y:v'), levels, { result: bounded(first, 2500), seconds: 1 });
    expect(scheduler.next()?.cost).toBeCloseTo(2.5);
  });
});

test('every cell is deepened to its last bound, and none is looked at twice for the same', () => {
  const scheduler = new Scheduler();
  for (let n = 0; n < 20; n++) scheduler.add(n, cellOf(`s${n}:v`), levels);
  const seen: string[] = [];
  for (let look = scheduler.next(); look !== undefined; look = scheduler.next()) {
    const { n, level, bounds } = look;
    seen.push(`${n} ${level}`);
    scheduler.ended(n, n % 2 === 0 ? bounded(bounds) : ended('holds', bounds), 0.1 * (n + 1));
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toHaveLength(10 * 3 + 10);
});

test('a forecast counts what an hour buys, and says nothing of violations', () => {
  const campaign: CampaignRecord = {
    id: 'c',
    spec: {
      schema: 'lufcheck.campaign/1',
      name: 'c',
      cells: [{ kind: 'matrix' }],
      bounds: { from: 1000, to: 100_000, factor: 10 },
    },
    folder: '/',
    program: 'p',
    begun: '',
    state: 'stopped',
    since: '',
    listed: true,
    cells: [0, 1, 2, 3].map((n) => ({
      cell: cellOf(`s${n}:v`),
      group: 0,
      subject: `${n}`,
      result: bounded({ states: 1000 }, n === 0 ? 5000 : undefined),
      cost: { seconds: 1, memory: 1, worker: 'w' },
      seconds: 1,
      deaths: [],
    })),
  };
  // 5 s for the one that is near its end, 10 and 100 for each other one.
  expect(forecast(campaign, 36, 1)).toMatchObject({
    looks: 4,
    ends: 1,
    least: { before: 1000, after: 10_000 },
    from: 4,
  });
  expect(forecast(campaign, 3600, 1).all).toBeCloseTo(5 + 3 * 110);
});
