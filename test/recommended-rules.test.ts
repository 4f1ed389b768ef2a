// The recommended rules are silent where nothing can go wrong: in every scenario's repaired kernel, as
// far as a few hundred states go (docs/rules.md has the whole of each), and on a stock kernel's recording.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scenarios } from '../src/catalogue/all.ts';
import type { Scenario, Variant } from '../src/catalogue/scenario.ts';
import { ruleCensus } from '../src/explain/rule-census.ts';
import { allRules, recommendedRules } from '../src/rules/all.ts';
import type { AnyRule } from '../src/rules/rule.ts';
import { checkTrace } from '../src/trace/check/check-trace.ts';
import { memorySource } from '../src/trace/formats/byte-source.ts';

const FEW_STATES = 400;

/** The kernel that is repaired, rather than one that defers nothing. */
function repaired(scenario: Scenario): Variant | undefined {
  const holding = scenario.variants.filter(
    ({ expect: wish, kernelOf, design }) =>
      wish === 'holds' && kernelOf === undefined && design.design.returnsEarly === undefined,
  );
  return holding.find(({ id }) => id !== 'immediate' && id !== 'mainline') ?? holding[0];
}

function cries(
  { scenario, variant }: { scenario: Scenario; variant: Variant },
  rules: readonly AnyRule[],
  maxStates: number = FEW_STATES,
): string[] {
  return ruleCensus(scenario, variant, { rules, maxStates }).rules.flatMap(({ id, fires }) =>
    fires === undefined ? [] : [id],
  );
}

const cases = scenarios.flatMap((scenario) => {
  const variant = repaired(scenario);
  return variant === undefined ? [] : [{ name: `${scenario.id}:${variant.id}`, scenario, variant }];
});

describe('no recommended rule fires where nothing can go wrong', () => {
  test.each(cases.map((one) => [one.name, one] as const))('%s', (_, one) => {
    expect(cries(one, recommendedRules)).toEqual([]);
  });

  test('nearly every scenario is here', () => {
    expect(cases.length).toBeGreaterThan(scenarios.length * 0.9);
  });

  test('broken on purpose: other rules do cry, and so does one that takes a free for a reuse', () => {
    const [scenario] = scenarios.filter(({ id }) => id === 'LUF-buddy') as [Scenario];
    const variant = scenario.variants.find(({ id }) => id === 'repaired') as Variant;
    const loud = allRules.filter((rule) => !recommendedRules.includes(rule));
    expect(cries({ scenario, variant }, loud, 20_000)).toContain('slot-refilled-before-flush');
    const hasty = recommendedRules.map((rule) => ({
      ...rule,
      hears: { ...rule.hears, 'frame.free': rule.hears['frame.alloc'] },
    }));
    expect(cries({ scenario, variant }, hasty, 20_000)).toContain('frame-reused-before-flush');
  });
});

test.each(['reclaim.dat', 'reclaim.txt'])('a stock kernel, %s, is silent', async (name) => {
  const bytes = readFileSync(resolve(import.meta.dirname, '../fixtures/traces', name));
  const verdict = await checkTrace(memorySource(name, bytes), { rules: recommendedRules });
  expect(verdict.violations).toEqual([]);
  const exercised = verdict.rules.filter((rule) => rule.exercised > 0).map(({ id }) => id);
  expect(exercised).toContain('frame-reused-before-flush');
});

test('broken on purpose: a kernel whose reclaim skips its flush is not silent', async () => {
  const bytes = readFileSync(resolve(import.meta.dirname, '../fixtures/traces/noflush.dat'));
  const { violations } = await checkTrace(memorySource('noflush.dat', bytes), {
    rules: recommendedRules,
  });
  expect(violations.length).toBeGreaterThan(0);
});
