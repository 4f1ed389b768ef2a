// A kernel less one of its flush points, where that makes it another kernel.

import { modelOf } from '../catalogue/build.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import type { Design, FlushPoint } from '../kernel/kernel.ts';
import { pointsOf } from './repairs.ts';

/** The variant less each flush point whose absence changes something here. */
export function poorerThan(scenario: Scenario, variant: Variant): [FlushPoint, Variant][] {
  const asked = new Set<FlushPoint>();
  const { design } = variant.design;
  const listening: Design = {
    ...design,
    build: (k, has) =>
      design.build(k, (point) => {
        asked.add(point);
        return has(point);
      }),
  };
  const whole = kernelText(scenario, {
    ...variant,
    design: { ...variant.design, design: listening },
  });
  return [...pointsOf(variant)].flatMap((point): [FlushPoint, Variant][] => {
    if (!asked.has(point)) return [];
    const without = [...(variant.design.without ?? []), point];
    const poorer = { ...variant, design: { ...variant.design, without } };
    return kernelText(scenario, poorer) === whole ? [] : [[point, poorer]];
  });
}

/** What a variant's model does, as text; two with the same text are the same model. */
export function kernelText(scenario: Scenario, variant: Variant): string {
  const { threads, ambient, init } = modelOf(scenario, variant);
  return JSON.stringify([threads, ambient, init], (key, value: unknown) =>
    key === 'owner' ? undefined : value,
  );
}
