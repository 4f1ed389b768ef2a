import { expect, test } from 'vitest';
import { countsOf, type RulesData } from './rules-model.ts';

test('what blocks for ever counts neither as wrong nor as right', () => {
  const truths = ['breaks', 'holds', 'holds', 'deadlock', 'bounded'] as const;
  const data = { questions: truths.map((truth) => ({ truth })) } as unknown as RulesData;
  expect(countsOf(data)).toEqual({ wrong: 1, right: 2, stuck: 1, open: 1 });
});
