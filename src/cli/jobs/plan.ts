// What is asked, as plain data, so that every thread can make the same list of questions of it: models
// are made of functions, which cannot be sent. A question is then a number in that list.

import { scenarios } from '../../catalogue/all.ts';
import type { Scenario } from '../../catalogue/scenario.ts';
import { judging, type Verdict } from '../../explain/judge.ts';
import { type Cell, cellsOf, judgingCell, type Outcome } from '../../explain/matrix.ts';
import type { Survey } from '../../explain/mutants/survey.ts';
import type { MutantAnswer } from '../../explain/mutants/trial.ts';
import { pairScenarios } from '../../explain/pairs.ts';
import { designNamed, type Redesign, redesigned } from '../../explain/redesign.ts';
import type { Progress } from '../../explore/search.ts';
import { designs } from '../../kernel/designs/all.ts';
import type { Design } from '../../kernel/kernel.ts';
import { cutDown } from '../cut-down.ts';
import { onNode, type SearchWish } from '../search-wish.ts';
import { nameOf, type Selected, select } from '../select.ts';
import {
  type MutantsPlan,
  mutantQuestions,
  type SurveyPlan,
  surveyQuestions,
} from './mutant-plan.ts';

/** Variants, under another design where one is asked for. */
export interface CheckPlan {
  readonly kind: 'check';
  /** As on the command line. */
  readonly named: readonly string[];
  readonly redesign: Redesign;
  /** Parts left out, as on the command line. */
  readonly cut?: string | undefined;
}
/** Situations by designs. */
export interface MatrixPlan {
  readonly kind: 'matrix' | 'pairs';
  readonly named: readonly string[];
  /** Ids; none stands for all. */
  readonly designs: readonly string[];
}
export type Plan = CheckPlan | MatrixPlan | SurveyPlan | MutantsPlan;

/** The answers to each kind of plan: without the functions that a variant has. */
export type CheckAnswer = Omit<Verdict, 'scenario' | 'variant'>;
export type AnswerTo<P extends Plan> = P extends CheckPlan
  ? CheckAnswer
  : P extends SurveyPlan
    ? Survey
    : P extends MutantsPlan
      ? MutantAnswer
      : Outcome;

export interface Question<A> {
  readonly name: string;
  /** The user's file that it comes from. */
  readonly file: string | undefined;
  /** Yields five times a second; `false` stops it. */
  ask(search: SearchWish): Generator<Progress, A, boolean>;
}

/** @throws Problem where something named is not there. */
export async function questionsOf(plan: Plan): Promise<Question<AnswerTo<Plan>>[]> {
  switch (plan.kind) {
    case 'check':
      return checkQuestions(await selectedOf(plan));
    case 'survey':
      return await surveyQuestions(plan);
    case 'mutants':
      return await mutantQuestions(plan);
    default:
      return cellQuestions(await tableOf(plan));
  }
}

export async function selectedOf({ named, redesign, cut }: CheckPlan): Promise<Selected[]> {
  return cutDown(redesigned(await select(scenarios, named), redesign), cut);
}

export function checkQuestions(selected: readonly Selected[]): Question<CheckAnswer>[] {
  return selected.map((one) => ({
    name: nameOf(one),
    file: one.file,
    *ask(search) {
      const run = judging(one.scenario, one.variant, { ...onNode, ...search });
      const { scenario: _, variant: __, ...answer } = yield* run;
      return answer;
    },
  }));
}

export interface Table {
  readonly designs: readonly Design[];
  /** Row by row. */
  readonly cells: readonly Cell[];
  /** The files that scenarios come from, where they are the user's. */
  readonly files: ReadonlyMap<Scenario, string>;
}

/** The columns of a table, and its cells row by row. */
export async function tableOf(plan: MatrixPlan): Promise<Table> {
  const columns = plan.designs.length === 0 ? designs : plan.designs.map(designNamed);
  const selected = await select(scenarios, plan.named);
  const files = new Map(
    selected.flatMap(({ scenario, file }) => (file === undefined ? [] : [[scenario, file]])),
  );
  const rows =
    plan.kind === 'pairs'
      ? pairScenarios(columns)
      : [...new Set(selected.map((one) => one.scenario))];
  return { designs: columns, cells: cellsOf(rows, columns), files };
}

export function cellQuestions({ cells, files }: Table): Question<Outcome>[] {
  return cells.map((cell) => {
    const { scenario, id } = cell.situation;
    return {
      name: `${scenario.id}:${id} ${cell.design.id}`,
      file: files.get(scenario),
      ask: ({ bounds = {}, ...how }) =>
        judgingCell(cell, { bounds, search: { ...onNode, ...how } }),
    };
  });
}
