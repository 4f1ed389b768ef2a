import { expect, test } from 'vitest';
import { asTraceRecord } from '../check/testing/records.ts';
import type { TraceRecord } from '../formats/trace-record.ts';
import { type Wide, wideFromHex } from '../formats/wide.ts';
import { newWide } from './fields.ts';
import { frameOf, PageBaseLearner } from './page-base.ts';

const BASE = 0xffea_1ac0_0000_0000n - (0xffea_1ac0_0000_0000n % (1n << 30n));
const by = (pid: number): TraceRecord =>
  asTraceRecord({ cpu: 0, time: 0, pid, task: 't', event: 'x', fields: {} });
const page = (pfn: number, base = BASE): string => (base + BigInt(pfn) * 64n).toString(16);
const wide = (hex: string): Wide => {
  const halves = newWide();
  wideFromHex(hex, halves);
  return halves;
};

test('is learned from pages that a task met under both names', () => {
  const learner = new PageBaseLearner();
  for (const pfn of [0x29d0, 0x29cf, 0x29ce, 0x29cd]) {
    learner.number(by(1), pfn);
    learner.number(by(2), pfn + 0x777);
    learner.pointer(by(1), wide(page(pfn)));
  }
  expect(learner.answer().found).toEqual({ base: BASE, agreed: 4 });
  expect(frameOf(page(0x1234), BASE)).toBe(0x1234);
});

test('neighbouring frames do not suggest a neighbouring base', () => {
  const learner = new PageBaseLearner();
  for (let pfn = 500; pfn > 400; pfn--) {
    // Always one behind: no page is met under both of its names.
    learner.number(by(1), pfn);
    learner.pointer(by(1), wide(page(pfn - 200)));
  }
  expect(learner.answer().found).toBeUndefined();
});

test.each([
  ['one page is not enough', [[7, BASE]]],
  [
    'two answers are none',
    [1, 2, 3, 4].flatMap((pfn): [number, bigint][] => [
      [pfn, BASE],
      [pfn + 50, BASE + (1n << 30n)],
    ]),
  ],
] as [string, [number, bigint][]][])('%s', (_, pairs) => {
  const learner = new PageBaseLearner();
  for (const [pfn, base] of pairs) {
    learner.number(by(1), pfn);
    learner.pointer(by(1), wide(page(pfn, base)));
  }
  const answer = learner.answer();
  expect(answer.found).toBeUndefined();
  expect('why' in answer && answer.why).toBeTruthy();
});

test('what lies outside of the array is no frame', () => {
  expect(frameOf(page(5, BASE - (1n << 40n)), BASE)).toBeUndefined();
  expect(frameOf((BASE + 65n).toString(16), BASE)).toBeUndefined();
});
