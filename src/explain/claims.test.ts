import { describe, expect, test } from 'vitest';
import { stepsOf } from './claims.ts';
import { pointsOf } from './repairs.ts';
import { sentence } from './sentences.ts';
import { caseOf, storyOf } from './story.ts';
import { holds, rawOf } from './testing/claim-holds.ts';
import { type Found, violationsByRemoval, violationsOfCatalogue } from './testing/violations.ts';

function checkStory({ verdict, violation }: Found): void {
  const raw = rawOf(violation);
  const { claims, names } = caseOf(verdict, violation);
  const story = storyOf(verdict, violation);
  expect(claims.length).toBeGreaterThanOrEqual(2);
  for (const claim of claims) {
    holds(claim, raw, { name: '', verdict, violation }, claims);
    const steps = stepsOf(claim);
    for (const [, number] of sentence(claim, names).matchAll(/(?:at|of|step|before) (\d+)\b/g)) {
      expect(steps).toContain(Number(number));
    }
    for (const step of steps) {
      expect(step).toBeGreaterThanOrEqual(1);
      expect(step).toBeLessThanOrEqual(violation.steps.length);
    }
  }
  for (const { point } of story.missing.points) {
    expect(pointsOf(verdict.variant)).not.toContain(point);
    const paid = raw.some((one) => one.name === 'debt.pay' && one.f.point === point);
    expect(paid).toBe(false);
  }
}

describe('every sentence of a story is true of the replayed steps', () => {
  test.each(violationsOfCatalogue().map((one) => [one.name, one] as const))('%s', (_, one) => {
    checkStory(one);
  });
});

describe('also where no author had a story in mind: one flush point less', () => {
  test.each(violationsByRemoval().map((one) => [one.name, one] as const))('%s', (_, one) => {
    checkStory(one);
  });
});
