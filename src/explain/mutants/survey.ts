// What slips there can be in a variant that holds, and in which of them a run of it could notice a
// difference at all: those whose place some run comes to.

import { witnessedModelOf } from '../../catalogue/build.ts';
import type { Scenario, Variant } from '../../catalogue/scenario.ts';
import { type Progress, type SearchResult, searching } from '../../explore/search.ts';
import { Machine } from '../../lang/machine.ts';
import { checked } from '../judge.ts';
import { functionsAbout } from './about.ts';
import { ARM, withArms } from './arms.ts';
import { type Changes, noChanges, noting, stepName } from './changes.ts';
import type { Operator } from './operators.ts';
import { editsIn, slipOf } from './programs.ts';

/** A slip that a variant has a place for. */
export interface PlaceFor {
  readonly unit: string;
  readonly slip: string;
  /** What the function was modelled after. */
  readonly source: string;
  readonly operator: Operator;
  /** It is part of the design, or about what the design keeps. */
  readonly design: boolean;
  /**
   * How many functions the variant is about, if this is one of them (about.ts); infinitely many if it is
   * not.
   */
  readonly focus: number;
  /** Some run comes to the place; for one between steps, to the function. */
  readonly reached: boolean;
}

export interface Survey {
  /** It holds, and was explored whole. */
  readonly whole: boolean;
  readonly states: number;
  /** Steps to the farthest state that was looked at. */
  readonly depth: number;
  readonly changes: Changes;
  readonly places: readonly PlaceFor[];
}

export interface SurveyOptions {
  readonly maxStates: number;
  /** Slips of other functions are not listed; where there are none, nothing is explored. */
  readonly isUnit?: (unit: string) => boolean;
  /** Only what belongs to a design. */
  readonly designOnly?: boolean;
}

export function* surveying(
  scenario: Scenario,
  variant: Variant,
  { maxStates, isUnit, designOnly = false }: SurveyOptions,
): Generator<Progress, Survey, boolean> {
  const text = witnessedModelOf(scenario, variant);
  const edits = editsIn(text, isUnit).filter(({ design }) => design || !designOnly);
  const nothing = { whole: false, states: 0, depth: 0, changes: noChanges, places: [] };
  if (edits.length === 0) return nothing;
  const armed = withArms(text);
  const machine = new Machine(armed.text);
  const noted = noting(machine);
  const arms = new Set<unknown>();
  const bounds = { maxStates, maxSeconds: Number.POSITIVE_INFINITY };
  const run = searching(noted.system, { targets: checked, bounds });
  const { verdict, states, depth } = yield* hearing(machine, run, arms);
  const { taken } = noted;
  const about = functionsAbout(scenario, variant);
  const comesTo = (arm: unknown): boolean =>
    arm === undefined || arms.has(armed.numberOf.get(arm as never));
  return {
    whole: verdict === 'holds',
    states,
    depth,
    changes: noted.changes(),
    places: edits.map(
      ({ unit, path, source, edit: { step, ...edit }, arms: around, design }): PlaceFor => ({
        unit,
        source,
        slip: slipOf(edit),
        operator: edit.operator,
        design,
        focus: about.has(unit) ? about.size : Number.POSITIVE_INFINITY,
        reached:
          taken.has(step === undefined ? path : stepName(path, step)) && around.some(comesTo),
      }),
    ),
  };
}

/** Notes the arms that are announced while it runs. */
function* hearing(
  machine: Machine,
  run: Generator<Progress, SearchResult, boolean>,
  arms: Set<unknown>,
): Generator<Progress, SearchResult, boolean> {
  const listener = {
    stepped: () => {},
    happened: ({ name, fields }: { name: string; fields: Readonly<Record<string, unknown>> }) => {
      if (name === ARM) arms.add(fields.arm);
    },
  };
  let next: IteratorResult<Progress, SearchResult> | undefined;
  let go = true;
  for (;;) {
    machine.listening(listener, () => {
      next = run.next(go);
    });
    if (next === undefined || next.done === true) break;
    go = yield next.value;
  }
  return next?.value as SearchResult;
}
