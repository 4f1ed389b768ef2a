// The questions that rules are judged by: each variant of a scenario; each of its situations under each
// design as posted; and whichever of those hold, with each flush point taken away that their paths ask
// for. A question is put once, even if it has several names.

import { Problem } from '../base/problem.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { designs as allDesigns } from '../kernel/designs/all.ts';
import { type Design, type FlushPoint, nameOfChoice } from '../kernel/kernel.ts';
import type { AnyRule } from '../rules/rule.ts';
import { situationsOf, whyNot } from './matrix.ts';
import { poorerThan } from './poorer.ts';
import { pointsOf } from './repairs.ts';
import { type RuleCensus, ruleCensus } from './rule-census.ts';
import { truthAlone } from './truth-alone.ts';

export interface RuleAnswer extends RuleCensus {
  /** `SCENARIO:VARIANT`: whose world, start and threads they are. */
  readonly name: string;
  /** The scenario, and the first of its variants that has this world, start and threads. */
  readonly situation: string;
  /** Arguments of `lufcheck` that ask the same. */
  readonly command: readonly string[];
  /** e.g. `luf-v12`. */
  readonly design: string;
  /** e.g. `luf-v12-luf_takeoff+__remove_mapping`. */
  readonly choice: string;
  /** `variant`: one of the catalogue. `posted`: a design as posted. `removed`: less one flush point. */
  readonly kind: 'variant' | 'posted' | 'removed';
  /** The flush points that the kernel asked about has. */
  readonly points: readonly FlushPoint[];
  /**
   * `SCENARIO:VARIANT` that has the same kernel by the catalogue, or paths with the same mistake, under other
   * programs.
   */
  readonly kernelOf?: string;
  /** The flush point that was taken away from a question that holds with it. */
  readonly removed?: FlushPoint;
  /** Flush points with each of which it is another question, and one that holds: `removed` among them. */
  readonly lacks?: readonly FlushPoint[];
}

/** So many states are looked at for one question, unless another number is given. */
export const RULE_STATES = 2_000_000;

export interface RuleAnswersOptions {
  /** None: only truth is asked, up to the first wrong access, which is faster. */
  readonly rules: readonly AnyRule[];
  /** Only these; left out: every design, and variants of designs that only the catalogue has. */
  readonly designs?: readonly Design[];
  /** Only what the catalogue itself asks: its variants. */
  readonly variantsOnly?: boolean;
  /** For each question. */
  readonly maxStates: number;
  readonly onAnswer?: (answer: RuleAnswer) => void;
  /** Asked now and then; answering false stops: what is missing then is missing. */
  readonly go?: () => boolean;
}

interface Question extends Pick<RuleAnswer, 'kind' | 'removed'> {
  /** What it is, or was before a flush point was taken away. */
  readonly from: 'variant' | 'posted';
  readonly variant: Variant;
}

/** All answers about one scenario, in a fixed order. */
export function ruleAnswers(scenario: Scenario, options: RuleAnswersOptions): RuleAnswer[] {
  const answers: RuleAnswer[] = [];
  const asked = new Map<string, number>();
  const put = (question: Question): void => {
    const { variant, removed } = question;
    if (options.go?.() === false) return;
    const key = questionKey(scenario, variant);
    const before = asked.get(key);
    if (before !== undefined) {
      // Under another name, it may be what is left of one that holds.
      const known = answers[before];
      if (known === undefined || removed === undefined) return;
      answers[before] = { ...known, lacks: [...new Set([...(known.lacks ?? []), removed])] };
      return;
    }
    asked.set(key, answers.length);
    const answer = answerTo(scenario, question, options);
    answers.push(answer);
    options.onAnswer?.(answer);
    if (options.variantsOnly === true || question.kind === 'removed') return;
    if (answer.truth !== 'holds') return;
    for (const [removed, poorer] of poorerThan(scenario, variant)) {
      put({ kind: 'removed', from: question.from, removed, variant: poorer });
    }
  };
  for (const variant of scenario.variants) {
    const { id } = variant.design.design;
    if (options.designs?.every((one) => one.id !== id) !== true)
      put({ kind: 'variant', from: 'variant', variant });
  }
  if (options.variantsOnly === true) return answers;
  for (const situation of situationsOf(scenario)) {
    const alike = scenario.variants.filter(({ id }) => situation.variants.includes(id));
    const { kernelOf } = alike.find((one) => one.kernelOf !== undefined) ?? {};
    for (const design of options.designs ?? allDesigns) {
      const variant: Variant = {
        ...situation.of,
        ...(kernelOf === undefined ? {} : { kernelOf }),
        id: situation.id,
        says: design.says,
        design: { design },
        expect: 'holds',
      };
      if (whyNot(situation, variant, design) === undefined)
        put({ kind: 'posted', from: 'posted', variant });
    }
  }
  return answers;
}

function answerTo(
  scenario: Scenario,
  { variant, kind, removed, from }: Question,
  { rules, maxStates, go }: RuleAnswersOptions,
): RuleAnswer {
  const choice = nameOfChoice(variant.design);
  const name = `${scenario.id}:${variant.id}`;
  const situation = situationsOf(scenario).find((one) => one.variants.includes(variant.id));
  return {
    name,
    command: [
      ...['check', name],
      ...(from === 'posted' ? ['--design', variant.design.design.id] : []),
      ...(removed === undefined ? [] : ['--without', removed]),
    ],
    situation: `${scenario.id}:${situation?.id ?? variant.id}`,
    design: variant.design.design.id,
    choice,
    kind,
    points: [...pointsOf(variant)],
    // What is wrong in the threads' own paths is so under any design.
    ...(variant.kernelOf === undefined || (kind !== 'variant' && variant.threads === undefined)
      ? {}
      : { kernelOf: `${scenario.id}:${variant.kernelOf}` }),
    ...(removed === undefined ? {} : { removed, lacks: [removed] }),
    ...censusOrBound(scenario, variant, { rules, maxStates, go }),
  };
}

function censusOrBound(
  scenario: Scenario,
  variant: Variant,
  options: Parameters<typeof ruleCensus>[2],
): RuleCensus {
  try {
    return options.rules.length === 0
      ? truthAlone(scenario, variant, options)
      : ruleCensus(scenario, variant, options);
  } catch (error) {
    // A counter that the world makes too small for this design: what was explored is no answer.
    if (!(error instanceof Problem)) throw error;
    const silent = { tested: false, before: false, at: false, after: false };
    return {
      truth: 'bounded',
      bound: error.message,
      states: 0,
      wrong: [],
      rules: options.rules.map(({ id }) => ({ id, ...silent })),
    };
  }
}

/** Two variants of a scenario with the same key are one question. */
export function questionKey(scenario: Scenario, variant: Variant): string {
  const { world, setup, threads } = variant;
  const twin = scenario.variants.findIndex((one) => one.threads === threads);
  return JSON.stringify([
    nameOfChoice(variant.design),
    world ?? scenario.world,
    setup ?? scenario.setup,
    twin,
  ]);
}
