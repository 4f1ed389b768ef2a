import { expect, test } from 'vitest';
import { scenarios } from '../catalogue/all.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { grouped } from './alike.ts';
import { type AllOptions, type AllViolations, allViolations } from './all-violations.ts';
import { judge } from './judge.ts';
import { storyOf } from './story.ts';

function all(id: string, of: string, options?: AllOptions): AllViolations {
  const [scenario, variant] = named(id, of);
  const run = allViolations(scenario, variant, options);
  for (;;) {
    const { done, value } = run.next(true);
    if (done === true) return value;
  }
}
function named(id: string, of: string): [Scenario, Variant] {
  const scenario = scenarios.find((one) => one.id === id) as Scenario;
  return [scenario, scenario.variants.find((one) => one.id === of) as Variant];
}

test('the first is a shortest one, and one bug is one violation however often it is met', () => {
  const { violation } = judge(...named('LUF-buddy', 'broken'));
  const { violations, complete } = all('LUF-buddy', 'broken');
  expect(complete).toBe(true);
  expect(violations.map(({ property, steps }) => [property, steps.length])).toEqual([
    ['leak', violation?.steps.length],
  ]);
});

test('one without a debt and one with an unpaid debt are two', () => {
  const found = all('LUF-hole-punch', 'broken');
  const [scenario, variant] = named('LUF-hole-punch', 'broken');
  const stories = found.violations.map((violation) =>
    storyOf({ scenario, variant, design: '', result: found }, violation),
  );
  expect(stories.map(({ why }) => why.map(({ claim }) => claim.kind)[1])).toEqual([
    'no-flush',
    'debt-unpaid',
  ]);
  expect(grouped([...stories, ...stories], (one) => one).map(({ alike }) => alike.length)).toEqual([
    1, 1,
  ]);
});

test('nothing where nothing is wrong, and a bound is said', () => {
  expect(all('LUF-buddy', 'repaired')).toMatchObject({ violations: [], complete: true });
  expect(all('LUF-buddy', 'repaired', { maxStates: 100 }).complete).toBe(false);
});
