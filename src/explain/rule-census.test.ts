// One exploration with all rules watching says of each rule what an exploration with that rule alone
// says, and of truth what `check` says.

import { describe, expect, test } from 'vitest';
import { scenarios } from '../catalogue/all.ts';
import { modelOf } from '../catalogue/build.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { search } from '../explore/search.ts';
import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { Machine } from '../lang/machine.ts';
import { allRules, hansensTwo } from '../rules/all.ts';
import { asObserver } from '../rules/as-observer.ts';
import { askedWhole, flushPointNeeds } from './flush-point-needs.ts';
import { type RuleAnswer, ruleAnswers } from './rule-answers.ts';
import { ruleCensus } from './rule-census.ts';
import { missesOf, summaryOf } from './rule-summary.ts';
import { truthAlone } from './truth-alone.ts';

function named(name: string): [Scenario, Variant] {
  const [id, variantId] = name.split(':');
  const scenario = scenarios.find((one) => one.id === id);
  const variant = scenario?.variants.find((one) => one.id === variantId);
  if (scenario === undefined || variant === undefined) throw new Error(name);
  return [scenario, variant];
}
const about = { rules: allRules, maxStates: 100_000 };

describe.each([
  ['LUF-buddy:broken'],
  ['LUF-write2:repaired'],
  ['LUF-munmap:broken'],
  ['LUF-lazy-tlb:unchecked'],
  ['dirty-writeout:v11-broken'],
  ['0ed1325967ab:broken'],
])('%s', (name) => {
  const [scenario, variant] = named(name);
  const census = ruleCensus(scenario, variant, about);

  test('truth is what the catalogue says', () => {
    expect(census.truth).toBe(variant.expect === 'holds' ? 'holds' : 'breaks');
    expect(census.wrong[0]?.what ?? 'holds').toBe(variant.expect);
  });

  test('truth alone is the same answer', () => {
    const alone = truthAlone(scenario, variant, about);
    expect([alone.truth, alone.steps]).toEqual([census.truth, census.steps]);
    expect(alone.wrong[0]?.what).toBe(census.wrong[0]?.what);
  });

  test.each(allRules.map((rule) => [rule.id, rule] as const))(
    '%s fires as it does alone, after as many steps',
    (id, rule) => {
      const alone = search(new Machine(modelOf(scenario, variant, [asObserver(rule)])), {
        targets: [id],
      });
      const here = census.rules.find((one) => one.id === id);
      expect(here?.fires).toBe(alone.violation?.path.length);
      if (here?.fires !== undefined) expect(here.tested).toBe(true);
    },
  );
});

test('what the catalogue itself asks without a flush point counts for that point', () => {
  const [exits] = named('LUF-exits:compaction-luf-v11');
  const both = exits.variants.filter(({ id }) => id.startsWith('compaction-luf-v11'));
  const about = { rules: [], maxStates: 30_000, designs: [lufV11] };
  const answers = ruleAnswers({ ...exits, variants: both }, about);
  const need = flushPointNeeds(answers, [lufV11]).find(
    (one) => one.point === 'isolate_freepages_block',
  );
  expect(need?.wrong?.command).toEqual(['check', 'LUF-exits:compaction-luf-v11-broken']);
  const [whole] = askedWhole(answers, [lufV11]);
  expect(whole?.questions).toBe(both.length);
});

test('a mistake in the paths of threads excuses a rule under every design, and only that does', () => {
  const [cut] = named('truncate-store:not-told');
  const answers = ruleAnswers(cut, { rules: allRules, maxStates: 30_000, designs: [immediate] });
  const alarms = (of: readonly RuleAnswer[]): number | undefined =>
    summaryOf(of, allRules, [immediate]).rules.find(
      ({ rule }) => rule.id === 'address-changed-before-flush',
    )?.falseAlarms.count;
  const variants = ruleAnswers(cut, { rules: allRules, maxStates: 30_000, variantsOnly: true });
  const all = [...variants, ...answers.filter(({ kind }) => kind === 'posted')];
  expect(alarms(all)).toBe(0);
  expect(alarms(all.map(({ kernelOf: _, ...one }) => one))).toBeGreaterThan(0);
});

describe('the answers about one scenario', () => {
  const [scenario] = named('LUF-buddy:broken');
  const few = { ...scenario, variants: scenario.variants.slice(0, 4) };
  const answers: RuleAnswer[] = ruleAnswers(few, { ...about, designs: [lufV11] });

  test('a removed flush point is asked about once, and only where it matters', () => {
    const removed = answers.filter((one) => one.kind === 'removed');
    expect(removed.length).toBeGreaterThan(0);
    expect(new Set(answers.map((one) => one.command.join(' '))).size).toBe(answers.length);
    expect(answers.every((one) => one.design === 'luf-v11')).toBe(true);
    const need = flushPointNeeds(answers, [lufV11]).find((one) => one.point === 'prep_new_page');
    expect(need?.wrong?.what).toBe('leak');
  });

  test("Hansen's two say nothing of a frame that is reused, and one rule is enough for it", () => {
    const ids = hansensTwo[0]?.rules.map(({ id }) => id) ?? [];
    const misses = missesOf(ids, answers);
    expect(misses.missed.count).toBe(misses.of);
    const [all] = summaryOf(answers, allRules, [lufV11]).enough;
    expect(all?.sets).toContainEqual(['frame-reused-before-flush']);
    expect(all?.missed.count).toBe(0);
  });

  test('a rule that nothing put to the test is named', () => {
    expect(summaryOf(answers, allRules, [lufV11]).untested).toContain('table-freed-before-flush');
  });

  test('deaf to flushes, a rule cries where nothing is wrong', () => {
    const deaf = allRules.map((rule) =>
      rule.id === 'lufd-page-check'
        ? { ...rule, hears: { ...rule.hears, 'tlb.flush': undefined } }
        : rule,
    );
    const loud = ruleCensus(...named('LUF-buddy:repaired'), { ...about, rules: deaf });
    expect(loud.truth).toBe('holds');
    expect(loud.rules.find((one) => one.id === 'lufd-page-check')?.fires).toBeDefined();
  });
});
