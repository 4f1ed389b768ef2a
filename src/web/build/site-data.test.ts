// The tables that come with the pages (`npm run site-data`) are of this model and this catalogue. All of them would
// take an hour: what names there are is compared whole, and the cheapest scenarios are asked again. A change of the
// kernel's functions changes counts in some of those.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { canonical } from '../../campaign/canonical.ts';
import { scenarios } from '../../catalogue/all.ts';
import type { Scenario } from '../../catalogue/scenario.ts';
import { situationsOf } from '../../explain/matrix.ts';
import type { RuleAnswer } from '../../explain/rule-answers.ts';
import { designs } from '../../kernel/designs/all.ts';
import { flushPoints } from '../../kernel/kernel.ts';
import { allRules } from '../../rules/all.ts';
import {
  MATRIX_STATES,
  type MatrixRow,
  matrixRows,
  POINT_STATES,
  type PointRow,
  pointRows,
  RULE_STATES,
  ruleRows,
} from './site-tables.ts';

function read<T>(name: string): T {
  const path = new URL(`../public/data/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}
interface Bounded {
  readonly bounds: { readonly maxStates: number };
}
const matrix = read<Bounded & { designs: string[]; rows: MatrixRow[] }>('matrix');
const points = read<Bounded & { questions: PointRow[] }>('points');
const rules = read<Bounded & { rules: { id: string }[]; questions: RuleAnswer[] }>('rules');

const AGAIN = 'make it anew: npm run build, then npm run site-data';
const scenarioOf = (name: string): string => name.split(':')[0] ?? '';
const ids = scenarios.map(({ id }) => id);

test('each has the bound that the pages name', () => {
  const bounds = [matrix, points, rules].map((file) => file.bounds.maxStates);
  expect(bounds, AGAIN).toEqual([MATRIX_STATES, POINT_STATES, RULE_STATES]);
});

test('every situation of the catalogue is there under every design, and no other', () => {
  expect(matrix.designs, AGAIN).toEqual(designs.map(({ id }) => id));
  const here = scenarios.flatMap(situationsOf);
  expect(
    matrix.rows.map(({ situation, variants }) => [situation, variants]),
    AGAIN,
  ).toEqual(here.map(({ scenario, id, variants }) => [`${scenario.id}:${id}`, variants]));
  expect(matrix.rows.filter(({ cells }) => cells.length !== designs.length)).toEqual([]);
});

test('every rule and every scenario was asked about', () => {
  expect(
    rules.rules.map(({ id }) => id),
    AGAIN,
  ).toEqual(allRules.map(({ id }) => id));
  expect(new Set(rules.questions.map(({ name }) => scenarioOf(name))), AGAIN).toEqual(new Set(ids));
});

test('every flush point that was taken away is one, and its scenario is there', () => {
  const strange = points.questions.filter(
    ({ name, removed = '' }) =>
      !Object.hasOwn(flushPoints, removed) || !ids.includes(scenarioOf(name)),
  );
  expect(
    strange.map(({ name, choice }) => `${name} ${choice}`),
    AGAIN,
  ).toEqual([]);
});

/** The cheapest scenarios of a table, until so many states are spent. */
function sample<Row>(
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  statesOf: (row: Row) => number,
  most: number,
): Scenario[] {
  const spent = new Map<string, number>();
  for (const row of rows) {
    const id = scenarioOf(nameOf(row));
    spent.set(id, (spent.get(id) ?? 0) + statesOf(row));
  }
  let left = most;
  return [...spent]
    .sort(([, a], [, b]) => a - b)
    .flatMap(([id, states]) => {
      left -= states;
      const scenario = scenarios.find((one) => one.id === id);
      return left < 0 || scenario === undefined ? [] : [scenario];
    });
}

/** Scenarios of which a table says something else than what is asked now, in whatever order. */
function stale<Row>(
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  asked: readonly Scenario[],
  ask: (scenario: Scenario) => readonly Row[],
): string[] {
  const textOf = (some: readonly Row[]): string =>
    some
      .map((row) => canonical(row))
      .sort()
      .join('\n');
  return asked.flatMap((scenario) => {
    const had = rows.filter((row) => scenarioOf(nameOf(row)) === scenario.id);
    return textOf(had) === textOf(ask(scenario)) ? [] : [scenario.id];
  });
}

const statesOfRow = ({ cells }: MatrixRow): number =>
  // What goes wrong is found early; how many states that took is not in the table.
  cells.reduce((sum, cell) => sum + ('states' in cell ? (cell.states ?? 0) : 300), 0);

test('designs by scenarios: the cheapest say the same now', () => {
  const nameOf = ({ situation }: MatrixRow): string => situation;
  const asked = sample(matrix.rows, nameOf, statesOfRow, 30_000);
  expect(asked.length).toBeGreaterThan(2);
  expect(stale(matrix.rows, nameOf, asked, matrixRows), AGAIN).toEqual([]);
});

/** Two names of one question are one question: which of them is told does not matter. */
const answerOf = ({ command: _, kind: __, ...answer }: PointRow) => answer;

test('flush points: the cheapest say the same now', () => {
  const nameOf = ({ name }: Pick<PointRow, 'name'>): string => name;
  const asked = sample(points.questions, nameOf, ({ states }) => states, 10_000);
  expect(asked.length).toBeGreaterThan(2);
  const ask = (scenario: Scenario) => pointRows(scenario).map(answerOf);
  expect(stale(points.questions.map(answerOf), nameOf, asked, ask), AGAIN).toEqual([]);
});

test('rules: the cheapest say the same now', () => {
  const nameOf = ({ name }: RuleAnswer): string => name;
  const asked = sample(rules.questions, nameOf, ({ states }) => states, 10_000);
  expect(asked.length).toBeGreaterThan(2);
  expect(stale(rules.questions, nameOf, asked, ruleRows), AGAIN).toEqual([]);
});

test('one state more or less is noticed', () => {
  const nameOf = ({ name }: RuleAnswer): string => name;
  const [one] = sample(rules.questions, nameOf, ({ states }) => states, 10_000);
  expect(one).toBeDefined();
  if (one === undefined) return;
  const wrong = rules.questions.map((row) => ({ ...row, states: row.states + 1 }));
  expect(stale(wrong, nameOf, [one], ruleRows)).toEqual([one.id]);
});
