// The reductions against the search without them: the same verdict, the same first property, the
// same number of states in which everybody is done; and the claims they rest on, state by state.
// Every scenario takes part with its cheapest broken and its cheapest repaired variant; with
// ALL_VARIANTS=1 in the environment, with all that can be searched in a moment.

import { describe, expect, test } from 'vitest';
import { scenarios } from '../src/catalogue/all.ts';
import { modelOf } from '../src/catalogue/build.ts';
import type { Scenario, Variant } from '../src/catalogue/scenario.ts';
import { checked } from '../src/explain/judge.ts';
import { DEADLOCK, type SearchResult, search } from '../src/explore/search.ts';
import { Machine } from '../src/lang/machine.ts';
import type { Plan } from '../src/lang/reduce/plan.ts';
import { type Broken, brokenDiamonds } from '../src/lang/reduce/testing/diamonds.ts';

const SMALL = 5_000;

interface Case {
  readonly name: string;
  readonly scenario: Scenario;
  readonly variant: Variant;
  readonly full: SearchResult;
}

function cases(): Case[] {
  return scenarios.flatMap((scenario) => {
    const all = scenario.variants.map((variant): Case => {
      const machine = new Machine(modelOf(scenario, variant));
      const full = search(machine, { targets: checked, bounds: { maxStates: SMALL } });
      return { name: `${scenario.id}:${variant.id}`, scenario, variant, full };
    });
    const exact = all
      .filter(({ full }) => full.verdict !== 'bounded')
      .sort((a, b) => a.full.states - b.full.states);
    if (process.env.ALL_VARIANTS === '1') return exact;
    const cheapest = (verdict: string): Case[] =>
      exact.filter(({ full }) => full.verdict === verdict).slice(0, 1);
    return [...cheapest('holds'), ...cheapest('violated')];
  });
}

const some = cases();

function planOf(scenario: Scenario, variant: Variant): Plan {
  const reductions = { fusion: true, localFirst: true };
  return new Machine(modelOf(scenario, variant), { reductions }).plan as Plan;
}

describe('the same answer with and without reductions', () => {
  test.each(some)('$name', ({ scenario, variant, full }) => {
    const plan = planOf(scenario, variant);
    const text = modelOf(scenario, variant);
    for (const reductions of [
      { fusion: true },
      { localFirst: true },
      { fusion: true, localFirst: true },
    ]) {
      const machine = new Machine(text, { reductions, plan });
      const result = search(machine, { targets: checked });
      expect(result.verdict).toBe(full.verdict);
      expect(result.violation?.properties).toEqual(full.violation?.properties);
      expect(result.states).toBeLessThanOrEqual(full.states);
      if (result.violation === undefined) {
        expect(result.completed).toBe(full.completed);
        continue;
      }
      // Single steps are a run of the model as it is that ends with the report, and no shorter than
      // the shortest.
      const { path, properties } = result.violation;
      const steps = machine.singleSteps(path, properties);
      expect(steps.length).toBeGreaterThanOrEqual(full.depth);
      const plain = new Machine(text);
      let state = plain.initial();
      let last: readonly string[] = [];
      for (const action of steps) {
        const { next, happenings } = plain.replay(state, action);
        last = happenings.filter(({ kind }) => kind === 'report').map(({ name }) => name);
        state = next;
      }
      if (properties[0] !== DEADLOCK) expect(last).toEqual(properties);
    }
  });
});

describe('what is said to commute does, in every state', () => {
  test.each(some.filter(({ full }) => full.states < 800))('$name', ({ scenario, variant }) => {
    const plan = planOf(scenario, variant);
    const machine = new Machine(modelOf(scenario, variant));
    const other = new Machine(modelOf(scenario, variant));
    const broken: Broken[] = [];
    search(
      {
        words: machine.words,
        properties: machine.properties,
        initial: () => machine.initial(),
        finished: (state) => machine.finished(state),
        isThreadAction: (action) => machine.isThreadAction(action),
        successors: (state, visit) => {
          broken.push(...brokenDiamonds(other, plan, state));
          machine.successors(state, visit);
        },
      },
      { targets: [], bounds: { maxStates: 3000 } },
    );
    expect(broken).toEqual([]);
  });
});
