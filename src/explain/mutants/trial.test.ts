import { expect, test } from 'vitest';
import { scenarios } from '../../catalogue/all.ts';
import type { Scenario, Variant } from '../../catalogue/scenario.ts';
import { allRules } from '../../rules/all.ts';
import { judge } from '../judge.ts';
import type { MutantName } from './programs.ts';
import { withSlip } from './programs.ts';
import { ruleSlips, tryingRule } from './rule-slips.ts';
import { type Survey, surveying } from './survey.ts';
import { type MutantAnswer, trying } from './trial.ts';

function named(name: string): { name: string; scenario: Scenario; variant: Variant } {
  for (const scenario of scenarios) {
    for (const variant of scenario.variants) {
      if (`${scenario.id}:${variant.id}` === name) return { name, scenario, variant };
    }
  }
  throw new Error(`no variant '${name}'`);
}

function whole<T>(run: Generator<unknown, T, boolean>): T {
  for (;;) {
    const { done, value } = run.next(true);
    if (done === true) return value;
  }
}

const surveys = new Map<string, Survey>();
function survey(name: string): Survey {
  const { scenario, variant } = named(name);
  const known = surveys.get(name);
  const made = known ?? whole(surveying(scenario, variant, { maxStates: 10_000 }));
  surveys.set(name, made);
  return made;
}

function tried(mutant: MutantName, name: string, maxStates = 10_000): MutantAnswer {
  const { changes } = survey(name);
  const subjects = { whole: [{ ...named(name), changes }], large: [] };
  return whole(trying(mutant, subjects, { maxStates }, new Map()));
}

const region = 'unmap_region@6.12';

test("without its flush point munmap leaves reclaim's translation alive, and a rule says so before", () => {
  const mutant = { unit: region, slip: 'flush_tlb_batched_pending/no-flush' };
  const { outcome, found } = tried(mutant, 'LUF-munmap:strict');
  expect({ outcome, found }).toEqual({
    outcome: 'truth',
    found: {
      variant: 'LUF-munmap:strict',
      what: 'stale-read',
      steps: 19,
      rules: [{ id: 'address-changed-before-flush', before: true, at: false, after: false }],
    },
  });
  const { scenario, variant } = named('LUF-munmap:strict');
  const { violation } = judge(scenario, withSlip(scenario, variant, mutant));
  expect(violation).toMatchObject({ property: 'stale-read', steps: { length: 19 } });
});

test('a lock that is left out is told by the model itself', () => {
  const { outcome, found } = tried({ unit: region, slip: 'lock:ptl/no-lock' }, 'LUF-munmap:strict');
  expect(outcome).toBe('truth');
  expect(found).toMatchObject({ what: 'LUF-E003', says: "'pte.frame' is written without ptl" });
  const kept = tried({ unit: region, slip: 'pte_unmap_unlock/no-step' }, 'LUF-munmap:strict');
  expect(kept.found?.what).toBe('deadlock');
});

test('what changes nothing that threads share is equivalent, what does and harms nobody survives', () => {
  const always = { unit: region, slip: 'if-gathered/always' };
  const { outcome, alike, reaching } = tried(always, 'LUF-munmap:strict');
  expect({ outcome, alike, reaching }).toEqual({ outcome: 'equivalent', alike: 1, reaching: 1 });
  const leak = { unit: region, slip: 'if-page/never' };
  expect(tried(leak, 'LUF-munmap:strict')).toMatchObject({
    outcome: 'survivor',
    alike: 0,
    whole: 1,
  });
});

test('a bound is said, and a place that no run comes to is known before', () => {
  const leak = { unit: region, slip: 'if-page/never' };
  expect(tried(leak, 'LUF-munmap:strict', 100)).toMatchObject({ outcome: 'survivor', bounded: 1 });
  const { places } = survey('LUF-munmap:strict');
  const reached = (slip: string): unknown =>
    places.find((one) => one.unit === region && one.slip === slip)?.reached;
  expect(reached('zap_pte_range:if-pte.frame/never')).toBe(true);
  // No entry in this scenario is dirty.
  expect(reached('zap_pte_range:folio.dirty/drop')).toBe(false);
});

test('a variant too large to be explored whole can show what is wrong, and not that nothing is', () => {
  const large = [named('LUF-munmap:strict')];
  const inLarge = (slip: string, maxStates: number): MutantAnswer =>
    whole(trying({ unit: region, slip }, { whole: [], large }, { maxStates }, new Map()));
  const wrong = { variant: 'LUF-munmap:strict', what: 'stale-read', large: true };
  const shortest = inLarge('flush_tlb_batched_pending/no-flush', 10_000);
  expect(shortest).toMatchObject({ outcome: 'truth', found: { ...wrong, steps: 19 } });
  expect(shortest.found?.shortest).toBeUndefined();
  // So few states do not come as far as a random run.
  const some = inLarge('flush_tlb_batched_pending/no-flush', 100);
  expect(some).toMatchObject({ outcome: 'truth', found: { ...wrong, shortest: false } });
  expect(some.found?.steps).toBeGreaterThanOrEqual(19);
  expect(some.found?.rules.map(({ id }) => id)).toEqual(['address-changed-before-flush']);
  const nothing = { outcome: 'survivor', reaching: 0, whole: 0, sampled: 1 };
  expect(inLarge('if-gathered/always', 10_000)).toMatchObject(nothing);
  expect(inLarge('lock:ptl/no-lock', 100).found).toMatchObject({ what: 'LUF-E003' });
});

test('a program that the language refuses is no mutant', () => {
  const endless = { unit: 'flush_tlb_mm_range@6.12', slip: 'flush_tlb_func/no-step' };
  expect(tried(endless, 'LUF-munmap:strict')).toMatchObject({
    outcome: 'refused',
    why: 'a loop has a way round without any step',
  });
});

test('a rule that is deaf, or asks too little, changes its verdict in a variant', () => {
  const rule = allRules.find(({ id }) => id === 'frame-reused-before-flush');
  if (rule === undefined) throw new Error('the rule is gone');
  const models = ['LUF-buddy:mainline-broken', 'LUF-munmap:strict'].map(named);
  const slips = ruleSlips(rule, models).map(({ slip }) => slip);
  expect(slips).toContain('pte.clear/deaf');
  const verdict = (slip: string): MutantAnswer =>
    whole(tryingRule(rule, slip, models, { maxStates: 10_000, before: new Map() }));
  expect(verdict('pte.clear/deaf')).toMatchObject({
    outcome: 'rule',
    found: { variant: 'LUF-buddy:mainline-broken', what: 'does not fire, and did' },
  });
  expect(verdict('tlb.flush/deaf')).toMatchObject({
    outcome: 'rule',
    found: { what: 'fires, and did not' },
  });
});
