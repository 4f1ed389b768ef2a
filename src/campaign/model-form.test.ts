// A model's form: the same for the same model, and another one for every slip.

import { expect, test } from 'vitest';
import { scenarios } from '../catalogue/all.ts';
import { modelOf } from '../catalogue/build.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { editsIn, slipOf, withSlip } from '../explain/mutants/programs.ts';
import { digestOf } from './digest.ts';
import { modelForm } from './model-form.ts';

function named(name: string): { scenario: Scenario; variant: Variant } {
  for (const scenario of scenarios) {
    const variant = scenario.variants.find(({ id }) => `${scenario.id}:${id}` === name);
    if (variant !== undefined) return { scenario, variant };
  }
  throw new Error(name);
}

function digest(scenario: Scenario, variant: Variant): string {
  return digestOf(modelForm(modelOf(scenario, variant)));
}

test('made twice, a model has one form', () => {
  const { scenario, variant } = named('LUF-buddy:mainline');
  expect(digest(scenario, variant)).toBe(digest(scenario, variant));
});

test('every slip shows, and so does another world', () => {
  const { scenario, variant } = named('LUF-buddy:mainline');
  const forms = new Set([digest(scenario, variant)]);
  const edits = editsIn(modelOf(scenario, variant)).slice(0, 60);
  for (const { unit, edit } of edits) {
    forms.add(digest(scenario, withSlip(scenario, variant, { unit, slip: slipOf(edit) })));
  }
  const world = variant.world ?? scenario.world;
  forms.add(digest(scenario, { ...variant, world: { ...world, frames: world.frames + 1 } }));
  expect(edits.length).toBeGreaterThan(20);
  expect(forms.size).toBe(edits.length + 2);
});
