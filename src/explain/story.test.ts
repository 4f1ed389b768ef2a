import { describe, expect, test } from 'vitest';
import { scenarios } from '../catalogue/all.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { judge } from './judge.ts';
import { type Story, storyOf } from './story.ts';
import { type Found, violationsOfCatalogue } from './testing/violations.ts';

const all = violationsOfCatalogue().map((one) => [one.name, one] as const);

const told = new Map<Found, Story>();
/** Each story is told once for all that is asked of it. */
function storyFor(one: Found): Story {
  const story = told.get(one) ?? storyOf(one.verdict, one.violation);
  told.set(one, story);
  return story;
}

describe('a story', () => {
  test.each(all)('%s: shows every step that a sentence speaks of', (_, one) => {
    const { rows, why } = storyFor(one);
    for (const { steps } of why) {
      for (const step of steps) {
        expect(rows.some((row) => row.from <= step && step <= row.to)).toBe(true);
      }
    }
  });

  test.each(all)('%s: rows are in order, apart, and on the lane of their CPU', (_, one) => {
    const { rows, lanes } = storyFor(one);
    rows.forEach((row, i) => {
      expect(row.to).toBeGreaterThanOrEqual(row.from);
      expect(row.from).toBeGreaterThan(rows[i - 1]?.to ?? 0);
      expect(lanes.some((lane) => lane.cpu === row.cpu)).toBe(true);
      for (let n = row.from; n <= row.to; n++) {
        expect(one.violation.steps[n - 1]?.who).toBe(row.who);
      }
    });
    expect(rows.at(-1)?.mark).toBe('wrong');
  });

  test.each(all)('%s: names the rules that fired, and the others as silent', (_, one) => {
    const { fired, silent } = storyFor(one);
    expect(fired.map((rule) => rule.id)).toEqual(one.violation.rules.map((rule) => rule.id));
    expect(silent.some((id) => fired.some((rule) => rule.id === id))).toBe(false);
  });

  test.each(all)('%s: the variant it points to as repaired holds', (_, one) => {
    const { missing, scenario } = storyFor(one);
    if (missing.sibling === undefined) return;
    const { scenario: whole } = one.verdict;
    const sibling = whole.variants.find((variant) => variant.id === missing.sibling);
    expect(scenario).toBe(whole.id);
    expect(judge(whole, sibling as Variant).result.verdict).toBe('holds');
  });

  test.each(all)('%s: keeps its title when its threads swap places', (_, one) => {
    const { scenario, variant } = one.verdict;
    const swapped = mirrored(scenario);
    const twin = variant.threads === undefined ? variant : undefined;
    if (twin === undefined) return;
    const verdict = judge(swapped, twin);
    expect(verdict.violation).toBeDefined();
    if (verdict.violation === undefined) return;
    expect(storyOf(verdict, verdict.violation).title).toBe(storyFor(one).title);
  });
});

/** The same scenario with its threads listed the other way round. */
function mirrored(scenario: Scenario): Scenario {
  return { ...scenario, threads: [...scenario.threads].reverse() };
}

test("no title is a scenario's, a thread's or a CPU's", () => {
  const names = scenarios.flatMap((scenario) => [
    scenario.id,
    ...scenario.threads.map((thread) => thread.name),
  ]);
  for (const [, one] of all) {
    const { title } = storyFor(one);
    for (const name of names) expect(title.split(/\W+/)).not.toContain(name);
    expect(title).not.toMatch(/CPU|\d(?!\))/);
  }
});
