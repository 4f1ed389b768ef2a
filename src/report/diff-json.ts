// Two kernels side by side as one JSON object.

import type { SideBySide } from '../explain/side-by-side.ts';
import type { StepText } from '../explain/stepper.ts';
import type { DiffWish } from './diff-text.ts';

export const DIFF_SCHEMA = 'lufcheck.diff/1';

export function diffJson({ pairs, first, wrong }: SideBySide, { sides, led }: DiffWish): object {
  return {
    schema: DIFF_SCHEMA,
    sides,
    led,
    // Index of the first pair that differs; null if none does.
    first: first ?? null,
    ...(wrong === undefined ? {} : { alsoWrong: wrong }),
    pairs: pairs.map(({ a, b }) => ({ a: stepJson(a), b: stepJson(b) })),
  };
}

function stepJson(one: StepText | undefined): object | null {
  if (one === undefined) return null;
  const { step, text, wrong, fired } = one;
  const { n, who, cpu, label, stack } = step;
  return { n, who, cpu, label, stack, text, wrong, fired };
}
