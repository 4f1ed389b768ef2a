import { expect, test } from 'vitest';
import { NARROW } from './plan.ts';
import { planFrom, sampledPlan } from './sampled-plan.ts';
import { systemOf } from './system.ts';
import { wideTwoPhaseCommit } from './testing/two-phase-commit.ts';

/** States of eight words: the third is another in each, the rest are as good as always the same. */
function mostlyTheSame(count: number): Int32Array {
  const states = new Int32Array(8 * count);
  for (let s = 0; s < count; s++) {
    for (let word = 0; word < 8; word++) states[8 * s + word] = word === 2 ? s : (s >> word) & 1;
  }
  return states;
}

test('what takes few values together is put together, and what differs stays in the key', () => {
  const plan = planFrom(8, mostlyTheSame(1000));
  expect(plan.roots).toContain(2);
  expect(plan.key).toBeLessThanOrEqual(NARROW);
  expect(plan.nodes.length).toBeGreaterThan(1);
});

test('every word is in the key or in one group, and groups come after their parts', () => {
  for (const plan of [
    planFrom(8, mostlyTheSame(1000)),
    sampledPlan(systemOf(wideTwoPhaseCommit(5))),
  ]) {
    const used = [...plan.roots, ...plan.nodes.flatMap((node) => node.inputs)];
    expect([...used].sort((a, b) => a - b)).toEqual(
      Array.from({ length: plan.values }, (_, i) => i),
    );
    plan.nodes.forEach(({ inputs, output }, i) => {
      expect(output).toBe(plan.words + i);
      expect(Math.max(...inputs)).toBeLessThan(output);
      expect(inputs.length).toBeLessThanOrEqual(plan.arity);
    });
  }
});

test('the plan is the same each time', () => {
  const plans = [1, 2].map(() => sampledPlan(systemOf(wideTwoPhaseCommit(5))));
  expect(plans[0]).toEqual(plans[1]);
});
