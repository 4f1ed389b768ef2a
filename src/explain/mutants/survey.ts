// What slips there can be in a variant that holds, and in which of them a run of it would notice a
// difference at all: those whose place some run comes to.

import { modelOf } from '../../catalogue/build.ts';
import type { Scenario, Variant } from '../../catalogue/scenario.ts';
import { type Progress, searching } from '../../explore/search.ts';
import { Machine } from '../../lang/machine.ts';
import { checked } from '../judge.ts';
import { noting, stepName } from './changes.ts';
import type { Operator } from './operators.ts';
import { editsIn, slipOf } from './programs.ts';

/** A slip that a variant has a place for. */
export interface PlaceFor {
  readonly unit: string;
  readonly slip: string;
  readonly operator: Operator;
  /** It is part of the design, or about what the design keeps. */
  readonly design: boolean;
  /** Some run comes to the place; between steps: to the function. */
  readonly reached: boolean;
}

export interface Survey {
  /** It holds, and was explored whole. */
  readonly whole: boolean;
  readonly states: number;
  readonly places: readonly PlaceFor[];
}

export interface SurveyOptions {
  readonly maxStates: number;
  /** Slips of other functions are not listed; where there are none, nothing is explored. */
  readonly wanted?: ((unit: string, design: boolean) => boolean) | undefined;
}

export function* surveying(
  scenario: Scenario,
  variant: Variant,
  { maxStates, wanted = () => true }: SurveyOptions,
): Generator<Progress, Survey, boolean> {
  const text = modelOf(scenario, variant);
  const edits = editsIn(text).filter(({ unit, design }) => wanted(unit, design));
  if (edits.length === 0) return { whole: false, states: 0, places: [] };
  const noted = noting(new Machine(text));
  const bounds = { maxStates, maxSeconds: Number.POSITIVE_INFINITY };
  const { verdict, states } = yield* searching(noted.system, { targets: checked, bounds });
  const { taken } = noted;
  return {
    whole: verdict === 'holds',
    states,
    places: edits.map(
      ({ unit, path, edit: { step, ...edit }, design }): PlaceFor => ({
        unit,
        slip: slipOf(edit),
        operator: edit.operator,
        design,
        reached: taken.has(step === undefined ? path : stepName(path, step)),
      }),
    ),
  };
}
