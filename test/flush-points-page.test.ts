// docs/flush-points.md has a section that `lufcheck rules --flush-points --page` writes, from the same answers
// as docs/data/flush-points.json. What they say is asked again here for a sample.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { scenarios } from '../src/catalogue/all.ts';
import type { PointNeed } from '../src/explain/flush-point-needs.ts';
import { redesigned } from '../src/explain/redesign.ts';
import { ruleAnswers } from '../src/explain/rule-answers.ts';
import { truthAlone } from '../src/explain/truth-alone.ts';
import { designs } from '../src/kernel/designs/all.ts';
import { readModelAnswers } from '../src/lab/model-answers.ts';
import { type FlushPointsAsked, flushPointsPage } from '../src/report/flush-points-page.ts';
import { needText } from '../src/report/rules-text.ts';

function read(name: string): string {
  return readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8');
}
const file = 'data/flush-points.json';
const data = JSON.parse(read(file)) as {
  readonly bounds: { readonly maxStates: number };
  readonly finished: boolean;
  readonly designs: FlushPointsAsked['asked'];
  readonly flushPoints: readonly PointNeed[];
};
const { flushPoints: needs, designs: asked, finished } = data;
const { maxStates } = data.bounds;

test('the section is what the answers say', () => {
  const section = flushPointsPage({ needs, asked, maxStates, finished }).join('\n');
  expect(read('flush-points.md')).toContain(section);
  expect(finished).toBe(true);
});

test('every flush point of every version of LUF has its row, and the lab can read it', () => {
  const versions = designs.filter(({ id }) => id.startsWith('luf-'));
  expect(versions.length).toBeGreaterThan(2);
  for (const { id, points } of versions) {
    const rows = readModelAnswers(read(file), file, id);
    expect(rows.map(({ point }) => point)).toEqual([...points]);
  }
});

/** What `check` says of a row's command; undefined if it says the same as the row. */
function disagreement({ wrong }: Pick<PointNeed, 'wrong'>): string | undefined {
  if (wrong === undefined) return undefined;
  const [, name, ...options] = wrong.command;
  const option = (key: string): string | undefined => {
    const at = options.indexOf(`--${key}`);
    return at < 0 ? undefined : options[at + 1];
  };
  const subjects = scenarios.flatMap((scenario) =>
    scenario.variants
      .filter(({ id }) => `${scenario.id}:${id}` === name)
      .map((variant) => ({ scenario, variant })),
  );
  const [one] = redesigned(subjects, { design: option('design'), without: option('without') });
  if (one === undefined) return `no such question: ${wrong.command.join(' ')}`;
  const answer = truthAlone(one.scenario, one.variant, { maxStates });
  const [first] = answer.wrong;
  const is = `${first?.what ?? answer.truth} after ${answer.steps}`;
  const said = `${wrong.what} after ${wrong.steps}`;
  return is === said ? undefined : `${name}: ${is}, not ${said}`;
}

describe('a shortest interleaving is found again', () => {
  const told = needs.filter((one) => one.wrong !== undefined);
  const sample = designs.flatMap(({ id }) =>
    told
      .filter((one) => one.design === id)
      .sort((a, b) => (a.wrong?.steps ?? 0) - (b.wrong?.steps ?? 0))
      .slice(0, 5),
  );
  test.each(sample.map((need) => [`${need.design} less ${need.point}`, need] as const))(
    '%s',
    (_, need) => expect(disagreement(need)).toBeUndefined(),
  );
  test('broken on purpose: one step less, or another end, is seen', () => {
    const [need] = sample;
    if (need?.wrong === undefined) throw new Error('no sample');
    const shorter = { ...need.wrong, steps: need.wrong.steps - 1 };
    const other = { ...need.wrong, what: 'stale-permission' };
    expect(disagreement({ wrong: shorter })).toContain('not');
    expect(disagreement({ wrong: other })).toContain('not');
  });
});

const few = ['LUF-exits'];
const answers = scenarios
  .filter(({ id }) => few.includes(id))
  .flatMap((scenario) => ruleAnswers(scenario, { rules: [], designs, maxStates: 3000 }));

/** Answers that the rows know nothing of, or know better. */
function unknownTo(rows: readonly PointNeed[]): string[] {
  return answers.flatMap(({ lacks = [], design, truth, steps = 0, command }) =>
    lacks.flatMap((point) => {
      const row = rows.find((one) => one.design === design && one.point === point);
      if (row === undefined || truth !== 'breaks') return [];
      const known = row.wrong !== undefined && row.wrong.steps <= steps;
      return known ? [] : [`${design} less ${point}: ${command.join(' ')}`];
    }),
  );
}

describe('where nothing is said to go wrong, nothing does', () => {
  test('in a sample of scenarios', () => {
    expect(unknownTo(needs)).toEqual([]);
  });
  test('broken on purpose: a row that says "nothing" of a point that is needed', () => {
    const lying = needs.map(({ wrong: _, ...rest }) => rest);
    expect(unknownTo(lying)).not.toEqual([]);
    expect(needText({ ...(lying[0] as PointNeed), bounded: 0 }, { program: 'x' })).toContain(
      'nothing',
    );
  });
});
