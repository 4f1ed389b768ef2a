// The reductions against the search without them: the same verdict, the same first property, the
// same number of states in which everybody is done; and the claims they rest on, state by state.
// Variants of every scenario take part if they can be searched in a moment.

import { describe, expect, test } from 'vitest';
import { modelOf } from '../src/catalogue/build.ts';
import { type Chosen, chosenVariants, isAll } from '../src/catalogue/testing/chosen.ts';
import { checked } from '../src/explain/judge.ts';
import { DEADLOCK, type SearchResult, search } from '../src/explore/search.ts';
import { Machine } from '../src/lang/machine.ts';
import { withOwnCells } from '../src/lang/own-cells.ts';
import type { Plan } from '../src/lang/reduce/plan.ts';
import { type Broken, brokenDiamonds } from '../src/lang/reduce/testing/diamonds.ts';
import { type Symmetry, symmetryOf } from '../src/lang/symmetry/derive.ts';
import { quotient } from '../src/lang/symmetry/quotient.ts';
import { realSteps } from '../src/lang/symmetry/real-steps.ts';
import { sharedPlan } from '../src/lang/symmetry/shared-plan.ts';
import { generated } from '../src/lang/symmetry/testing/compare.ts';

const SMALL = isAll ? 5_000 : 1_500;

interface Case extends Chosen {
  readonly full: SearchResult;
}

/** Those that can be searched in a moment. */
function cases(): Case[] {
  return chosenVariants().flatMap((one): Case[] => {
    const machine = new Machine(modelOf(one.scenario, one.variant), { resetDead: true });
    const full = search(machine, { targets: checked, bounds: { maxStates: SMALL } });
    return full.verdict === 'bounded' ? [] : [{ ...one, full }];
  });
}

const some = cases();

interface Derived {
  readonly plain: Machine;
  readonly symmetry: Symmetry;
  readonly plan: Plan;
}

function derive({ scenario, variant }: Case): Derived {
  const text = withOwnCells(new Machine(modelOf(scenario, variant)));
  const plain = new Machine(text, { resetDead: true });
  const symmetry = symmetryOf(plain);
  return { plain, symmetry, plan: sharedPlan(plain, symmetry) };
}

/** Single steps are a run of the model as it is that ends with the report. */
function expectRun(
  { scenario, variant, full }: Case,
  steps: readonly number[],
  ids: readonly string[],
): void {
  expect(steps.length).toBeGreaterThanOrEqual(full.depth);
  const plain = new Machine(modelOf(scenario, variant));
  let state = plain.initial();
  let last: readonly string[] = [];
  for (const action of steps) {
    const { next, happenings } = plain.replay(state, action);
    last = happenings.filter(({ kind }) => kind === 'report').map(({ name }) => name);
    state = next;
  }
  if (ids[0] !== DEADLOCK) expect(last).toEqual(ids);
}

const all = { fusion: true, localFirst: true, lateHardware: true };

let symmetric = 0;

describe('the same answer with and without reductions', () => {
  test.each(some)('$name', (one) => {
    const { full } = one;
    const { plain, symmetry, plan } = derive(one);
    for (const reductions of [
      { fusion: true },
      { localFirst: true },
      { lateHardware: true },
      all,
    ]) {
      const machine = new Machine(plain.text, { resetDead: true, reductions, plan });
      const result = search(machine, { targets: checked });
      expect(result.verdict).toBe(full.verdict);
      expect(result.violation?.properties).toEqual(full.violation?.properties);
      // With a violation both have looked at more than the way to it, each at something else.
      if (result.violation === undefined) {
        expect(result.states).toBeLessThanOrEqual(full.states);
        expect(result.completed).toBe(full.completed);
        continue;
      }
      const { path, properties } = result.violation;
      expectRun(one, machine.singleSteps(path, properties), properties);
    }
    if (symmetry.components.length === 0) return;
    symmetric++;
    const canonical = generated(plain, symmetry);
    const stepping = new Machine(plain.text, { resetDead: true, reductions: all, plan });
    const result = search(quotient(stepping, canonical), { targets: checked });
    expect(result.verdict).toBe(full.verdict);
    expect(result.violation?.properties).toEqual(full.violation?.properties);
    if (result.violation === undefined) {
      expect(result.states).toBeLessThanOrEqual(full.states);
      const alone = search(quotient(plain, canonical), { targets: checked });
      expect(result.completed).toBe(alone.completed);
      return;
    }
    const { path, properties } = result.violation;
    expectRun(one, realSteps({ plain, stepping, canonical }, path, properties), properties);
  });
  test('and most of them have some symmetry', () => {
    expect(symmetric).toBeGreaterThan(some.length / 2);
  });
});

describe('what is said to commute does, in every state', () => {
  test.each(some.filter(({ full }) => full.states < 800))('$name', (one) => {
    const { plain: machine, plan } = derive(one);
    const other = new Machine(machine.text, { resetDead: true });
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
