// The questions of `mutate`: first, of each variant that holds, which slips it has a place for; then,
// of each slip, what becomes of it.

import { scenarios } from '../../catalogue/all.ts';
import { type Changes, noChanges } from '../../explain/mutants/changes.ts';
import { type SeenBefore, tryingRule } from '../../explain/mutants/rule-slips.ts';
import { type Survey, surveying } from '../../explain/mutants/survey.ts';
import { type MutantAnswer, type SilentRules, trying } from '../../explain/mutants/trial.ts';
import { allRules } from '../../rules/all.ts';
import { nameOf, type Selected, select } from '../select.ts';
import type { Question } from './plan.ts';

/** Which functions' slips are asked for. */
export interface Wanted {
  /** `munmap` or `munmap@6.12` each; none stands for all. */
  readonly units: readonly string[];
  /** Only what belongs to a design. */
  readonly designOnly: boolean;
}

/** Variants as surveyed: by their names, those of designs that are not asked for left out. */
export interface SurveyPlan {
  readonly kind: 'survey';
  readonly named: readonly string[];
  /** Ids; none stands for all. */
  readonly designs: readonly string[];
  /** Of those, the ones that are asked about, by name. */
  readonly only: readonly string[];
  readonly wanted: Wanted;
  readonly maxStates: number;
}

/** A mutant and the variants it is tried on, in that order. */
export interface MutantTask {
  readonly unit: string;
  readonly slip: string;
  readonly of: 'path' | 'rule';
  readonly subjects: readonly { readonly name: string; readonly changes?: Changes }[];
  /** The first ones of those too large to be explored whole. */
  readonly large: readonly string[];
}
export interface MutantsPlan {
  readonly kind: 'mutants';
  readonly named: readonly string[];
  readonly tasks: readonly MutantTask[];
  readonly maxStates: number;
}

/** Variants that hold by the catalogue, or that a user's file says hold. */
export async function surveyed({
  named,
  designs,
}: Pick<SurveyPlan, 'named' | 'designs'>): Promise<Selected[]> {
  const all = await select(scenarios, named);
  return all.filter(
    ({ variant }) =>
      variant.expect === 'holds' &&
      (designs.length === 0 || designs.includes(variant.design.design.id)),
  );
}

export async function surveyQuestions(plan: SurveyPlan): Promise<Question<Survey>[]> {
  const { wanted, maxStates } = plan;
  const only = new Set(plan.only);
  const asked = (await surveyed(plan)).filter((one) => only.has(nameOf(one)));
  return asked.map((one) => ({
    name: nameOf(one),
    file: one.file,
    ask: () =>
      surveying(one.scenario, one.variant, {
        maxStates,
        designOnly: wanted.designOnly,
        isUnit: (unit) => isAmong(unit, wanted.units),
      }),
  }));
}

function isAmong(unit: string, units: readonly string[]): boolean {
  return units.length === 0 || units.some((one) => one === unit || unit.startsWith(`${one}@`));
}

export async function mutantQuestions(plan: MutantsPlan): Promise<Question<MutantAnswer>[]> {
  const byName = new Map((await select(scenarios, plan.named)).map((one) => [nameOf(one), one]));
  const silent: SilentRules = new Map();
  const before: SeenBefore = new Map();
  const { maxStates } = plan;
  return plan.tasks.map(({ unit, slip, of, subjects, large }) => {
    const known = subjects.flatMap(({ name, changes = noChanges }) => {
      const one = byName.get(name);
      return one === undefined ? [] : [{ ...one, name, changes }];
    });
    const larger = large.flatMap((name) => {
      const one = byName.get(name);
      return one === undefined ? [] : [{ ...one, name }];
    });
    const rule = allRules.find(({ id }) => id === unit);
    return {
      name: `${unit}/${slip}`,
      file: (known[0] ?? larger[0])?.file,
      ask: () =>
        of === 'rule' && rule !== undefined
          ? tryingRule(rule, slip, known, { maxStates, before })
          : trying({ unit, slip }, { whole: known, large: larger }, { maxStates }, silent),
    };
  });
}
