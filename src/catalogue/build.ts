// A variant of a scenario as a model ready to explore.

import { buildModel, type ModelRequest } from '../kernel/scenario.ts';
import type { TlbForm } from '../kernel/tlb-form.ts';
import type { Witness } from '../kernel/witness.ts';
import type { ModelText } from '../lang/machine.ts';
import type { Observer } from '../lang/observer.ts';
import type { Scenario, Variant } from './scenario.ts';

export function modelOf(
  scenario: Scenario,
  variant: Variant,
  rules: readonly Observer[] = [],
  tlb: TlbForm = 'explicit',
): ModelText {
  return buildModel({ ...requestOf(scenario, variant, rules), tlb });
}

/** The same with reports where the variant comes to what it is about; its states are the same. */
export function witnessedModelOf(
  scenario: Scenario,
  variant: Variant,
  tlb: TlbForm = 'explicit',
): ModelText {
  const reaches = witnessesOf(scenario, variant);
  return buildModel({ ...requestOf(scenario, variant), reaches, tlb });
}

export function requestOf(
  scenario: Scenario,
  variant: Variant,
  rules: readonly Observer[] = [],
): ModelRequest {
  return {
    world: variant.world ?? scenario.world,
    setup: variant.setup ?? scenario.setup,
    threads: variant.threads ?? scenario.threads,
    design: variant.design,
    rules,
  };
}

/** What the variant must reach: its own witnesses, else the scenario's. */
export function witnessesOf(scenario: Scenario, variant: Variant): readonly Witness[] {
  return variant.reaches ?? scenario.reaches ?? [];
}
