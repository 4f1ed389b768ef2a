import { describe, expect, test } from 'vitest';
import { judge } from '../explain/judge.ts';
import { mistakes } from '../kernel/world.ts';
import { scenarios } from './all.ts';
import { witnessesOf } from './build.ts';

const all = scenarios.flatMap((scenario) =>
  scenario.variants.map((variant) => ({ name: `${scenario.id}:${variant.id}`, scenario, variant })),
);

describe('every variant comes out as its scenario says', () => {
  test.each(all)('$name', ({ scenario, variant }) => {
    const { result, violation } = judge(scenario, variant);
    const outcome = violation?.property ?? result.verdict;
    expect(outcome).toBe(variant.expect);
  });
});

test('every scenario has a provenance, and ids are unique', () => {
  expect(new Set(scenarios.map((scenario) => scenario.id)).size).toBe(scenarios.length);
  for (const { provenance, variants } of scenarios) {
    expect(provenance.source).not.toBe('');
    expect(new Set(variants.map((variant) => variant.id)).size).toBe(variants.length);
  }
});

test('a hazard is a broken and a repaired pair', () => {
  for (const { id, variants } of scenarios) {
    const broken = variants.some((variant) => variant.expect !== 'holds');
    if (!broken) continue;
    expect(
      variants.some((variant) => variant.expect === 'holds'),
      id,
    ).toBe(true);
  }
});

test('every variant that is to hold names the moment that it must come to', () => {
  for (const { name, scenario, variant } of all) {
    if (variant.expect !== 'holds') continue;
    expect(witnessesOf(scenario, variant).length, name).toBeGreaterThan(0);
  }
});

test('every mistake of the past makes some variant go wrong', () => {
  const made = new Set(
    scenarios.flatMap(({ world, variants }) =>
      variants
        .filter((variant) => variant.expect !== 'holds')
        .flatMap((variant) => (variant.world ?? world).mistakes ?? []),
    ),
  );
  expect([...made].sort()).toEqual(Object.keys(mistakes).sort());
});

// Counts change only when the model does. A change that is not meant to alter the model must leave
// them alone; one that is, says so in its commit.
test.each([
  ['LUF-write2', 'repaired'],
  ['LUF-buddy', 'mainline'],
  ['3ea277194daa-mprotect', 'repaired'],
  ['upgrade-to-writable', 'luf-v11'],
  ['LUF-pcid', 'mainline'],
  ['arm64-batch-dsb', 'repaired'],
])('states and transitions of %s:%s are pinned', (id, variantId) => {
  const scenario = scenarios.find((one) => one.id === id);
  const variant = scenario?.variants.find((one) => one.id === variantId);
  if (scenario === undefined || variant === undefined) throw new Error('renamed?');
  const { states, transitions, depth } = judge(scenario, variant).result;
  expect({ states, transitions, depth }).toMatchSnapshot();
});
