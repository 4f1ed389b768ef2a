import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memoWords } from './fold-code.ts';
import { keyCode } from './key-code.ts';
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

/** States whose words come from a few columns each, so that all kinds of groups are worth making. */
const samples = fc.record({
  words: fc.integer({ min: 5, max: 40 }),
  kinds: fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 40, maxLength: 40 }),
  seed: fc.integer(),
});

test('a key stands for one state, whatever the plan', () => {
  fc.assert(
    fc.property(samples, ({ words, kinds, seed }) => {
      const count = 400;
      const states = new Int32Array(count * words).map((_, i) => {
        const kind = kinds[i % words] as number;
        return Math.imul(Math.floor(i / words) % kind, 0x9e3779b1) ^ (seed + kind);
      });
      const plan = planFrom(words, states);
      const used = [...plan.roots, ...plan.nodes.flatMap((node) => node.inputs)];
      expect(used.sort((a, b) => a - b)).toEqual(Array.from({ length: plan.values }, (_, i) => i));
      plan.nodes.forEach(({ inputs, output }, i) => {
        expect(output).toBe(plan.words + i);
        expect(Math.max(...inputs)).toBeLessThan(output);
        expect(inputs.length).toBeLessThanOrEqual(plan.arity);
      });
      const code = keyCode(plan, false);
      const [arena, index] = [new Int32Array(2 ** 18), new Int32Array(2 ** 17)];
      const [actions, writes] = [new Int32Array(count), Int32Array.of(-1)];
      const ctl = new Int32Array(16);
      const memo = new Int32Array(memoWords(plan));
      const keys = new Int32Array(count * plan.key);
      const nothing = new Int32Array(plan.values).map((_, i) => ~(states[i] ?? 0));
      for (let s = 0; s < count; s++) {
        nothing.set(states.subarray(s * words, (s + 1) * words).map((word) => ~word));
        code.fold(states, s, s + 1, nothing, actions, writes, arena, index, ctl, keys, memo);
      }
      const back = new Int32Array(plan.values);
      for (let s = 0; s < count; s++) {
        code.unfold(keys, s * plan.key, back, arena);
        expect(back.subarray(0, words)).toEqual(states.subarray(s * words, (s + 1) * words));
      }
    }),
    { numRuns: 25 },
  );
});

test('the plan is the same each time', () => {
  const plans = [1, 2].map(() => sampledPlan(systemOf(wideTwoPhaseCommit(5))));
  expect(plans[0]).toEqual(plans[1]);
});
