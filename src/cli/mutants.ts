// All mutants that were asked for, each with what became of it: which there are is found out first, by
// a look at every variant that could have them.

import { scenarios } from '../catalogue/all.ts';
import type { Failure } from '../explain/judge.ts';
import { RANDOM_VARIANTS } from '../explain/mutants/random-runs.ts';
import { ruleSlips } from '../explain/mutants/rule-slips.ts';
import { isOpen, type Mutant } from '../explain/mutants/score.ts';
import type { PlaceFor, Survey } from '../explain/mutants/survey.ts';
import type { MutantAnswer } from '../explain/mutants/trial.ts';
import { allRules } from '../rules/all.ts';
import type { Surroundings } from './command.ts';
import { askAll, type Told } from './jobs/ask.ts';
import {
  type MutantsPlan,
  type MutantTask,
  mutantQuestions,
  type SurveyPlan,
  surveyed,
  surveyQuestions,
  type Wanted,
} from './jobs/mutant-plan.ts';
import type { Plan, Question } from './jobs/plan.ts';
import { type KeptAnswer, type KeptMutants, keptMutants } from './mutants-kept.ts';
import { nameOf, type Selected, variantsOf } from './select.ts';

export interface MutantWish {
  /** Scenarios and files; none stands for the catalogue. */
  readonly named: readonly string[];
  /** Ids; only what belongs to them. */
  readonly designs: readonly string[];
  /** Ids. */
  readonly rules: readonly string[];
  /** Functions. */
  readonly units: readonly string[];
  /** Ids of mutants; none stands for all. */
  readonly only: readonly string[];
  readonly maxStates: number;
  readonly jobs: number | undefined;
  /** Where answers are kept, and taken from. */
  readonly into: string | undefined;
}

export interface Mutants {
  readonly mutants: readonly Mutant[];
  /** `SCENARIO:VARIANT`s that hold, in which places for slips were looked for. */
  readonly variants: readonly string[];
  /** Nothing stopped it. */
  readonly finished: boolean;
  readonly failures: readonly Unanswered[];
}

/** A question that has no answer. */
export interface Unanswered {
  readonly about: string;
  readonly failure: Failure;
}

type Candidate = Omit<Mutant, 'answer'> & { readonly task: MutantTask };

export async function mutantsOf(wish: MutantWish, io: Surroundings): Promise<Mutants> {
  const everything = [wish.named, wish.designs, wish.rules, wish.units].every(
    (one) => one.length === 0,
  );
  const onlyRules =
    wish.rules.length > 0 && wish.units.length + wish.designs.length + wish.named.length === 0;
  const failures: Unanswered[] = [];
  const wanted: Wanted = { units: wish.units, designOnly: wish.designs.length > 0 };
  const kept = await keptMutants({ ...wish, wanted });
  const variants = onlyRules ? [] : (await surveyed(wish)).map(nameOf);
  const found = [
    ...(await pathCandidates({ ...wish, wanted }, { names: variants, io, failures, kept })),
    ...ruleCandidates(everything ? allRules.map(({ id }) => id) : wish.rules),
  ].filter(({ id }) => wish.only.length === 0 || wish.only.includes(id));
  const answers = new Map<string, KeptAnswer>();
  for (const one of found) {
    const known = isTried(one) ? kept.answer(one, one.task) : { answer: neverReached };
    if (known !== undefined) answers.set(one.id, known);
  }
  const isKnown = (known: KeptAnswer | undefined): boolean =>
    known !== undefined && known.within === undefined;
  const asked = inTurns(found.filter((one) => isTried(one) && !isKnown(answers.get(one.id))));
  // Whoever was at work when everything was stopped has not survived anything.
  const isCut = (one: Candidate, answer: MutantAnswer): boolean =>
    io.stop.aborted && isOpen({ ...one, answer });
  await ask<MutantsPlan, MutantAnswer>(
    {
      kind: 'mutants',
      named: wish.named,
      tasks: asked.map(({ task }) => task),
      maxStates: wish.maxStates,
    },
    {
      questions: mutantQuestions,
      wish,
      io,
      failures,
      onAnswer: (answer, n) => {
        const one = asked[n] as Candidate;
        if (isCut(one, answer)) return;
        answers.set(one.id, { answer });
        kept.keepAnswer(one.id, one.task, answer);
      },
    },
  );
  const mutants = found.map(
    ({ task: _, ...mutant }): Mutant => ({
      ...mutant,
      answer: undefined,
      ...answers.get(mutant.id),
    }),
  );
  return { mutants, variants, finished: !io.stop.aborted && failures.length === 0, failures };
}

/** One of each function, then the next of each: what is stopped has looked everywhere. */
function inTurns(all: readonly Candidate[]): Candidate[] {
  const seen = new Map<string, number>();
  const turns = all.map((one) => {
    const turn = seen.get(one.unit) ?? 0;
    seen.set(one.unit, turn + 1);
    return { one, turn };
  });
  return turns.sort((a, b) => a.turn - b.turn).map(({ one }) => one);
}

/** There is a variant of which a run comes to the place, or may. */
function isTried({ task }: Pick<Candidate, 'task'>): boolean {
  return task.subjects.length + task.large.length > 0;
}

/** No run of any variant comes to the place. */
const neverReached: MutantAnswer = {
  outcome: 'survivor',
  reaching: 0,
  whole: 0,
  bounded: 0,
  left: 0,
  alike: 0,
  states: 0,
};

interface Asking<P extends Plan, A> {
  readonly questions: (plan: P) => Promise<Question<A>[]>;
  readonly wish: MutantWish;
  readonly io: Surroundings;
  readonly failures: Unanswered[];
  readonly onAnswer: (answer: A, question: number) => void;
}

async function ask<P extends SurveyPlan | MutantsPlan, A>(
  plan: P,
  { questions, wish, io, failures, onAnswer }: Asking<P, A>,
): Promise<void> {
  const all = await questions(plan);
  const what = plan.kind === 'survey' ? 'variants' : 'mutants';
  await askAll<P>({
    plan,
    questions: all as never,
    search: {},
    jobs: wish.jobs,
    stop: io.stop,
    onProgress: (running, done) => {
      const names = [...running.keys()].map((n) => all[n]?.name ?? '');
      io.progress.show(`${done}/${all.length} ${what} ${names.join(' · ')}`);
    },
    onAnswer: (one, n) => {
      const answer = one as Told<A>;
      if (answer.kind !== 'answered') return;
      if (answer.failure === undefined) onAnswer(answer.answer, n);
      else failures.push({ about: all[n]?.name ?? '', failure: answer.failure });
    },
  });
}

interface Surveying {
  readonly names: readonly string[];
  readonly io: Surroundings;
  readonly failures: Unanswered[];
  readonly kept: KeptMutants;
}

async function pathCandidates(
  wish: MutantWish & { readonly wanted: Wanted },
  { names, io, failures, kept }: Surveying,
): Promise<Candidate[]> {
  if (names.length === 0) return [];
  const surveys = new Map<string, Survey>();
  for (const name of names) {
    const survey = kept.survey(name);
    if (survey !== undefined) surveys.set(name, survey);
  }
  const left = names.filter((name) => !surveys.has(name));
  const plan: SurveyPlan = {
    kind: 'survey',
    named: wish.named,
    designs: wish.designs,
    only: left,
    wanted: wish.wanted,
    maxStates: wish.maxStates,
  };
  await ask<SurveyPlan, Survey>(plan, {
    questions: surveyQuestions,
    wish,
    io,
    failures,
    onAnswer: (survey, n) => {
      const name = left[n] as string;
      if (io.stop.aborted && !survey.whole) return;
      surveys.set(name, survey);
      kept.keepSurvey(name, survey);
    },
  });
  return merged(
    names.map((name) => surveys.get(name)),
    names,
  );
}

interface Place {
  readonly first: PlaceFor;
  present: number;
  unexplored: number;
  readonly in: Reaching[];
  /** Explored in part: a run may come to the place. */
  readonly large: Reaching[];
}

/** A variant in which some run comes to the place, or may. */
interface Reaching {
  readonly name: string;
  readonly survey: Survey;
  readonly focus: number;
}

function merged(surveys: readonly (Survey | undefined)[], names: readonly string[]): Candidate[] {
  const places = new Map<string, Place>();
  surveys.forEach((survey, i) => {
    for (const place of survey?.places ?? []) {
      const id = `${place.unit}/${place.slip}`;
      const known = places.get(id) ?? {
        first: place,
        present: 0,
        unexplored: 0,
        in: [],
        large: [],
      };
      places.set(id, known);
      known.present++;
      if (survey?.whole !== true) known.unexplored++;
      if (survey === undefined || (survey.whole && !place.reached)) continue;
      const where = survey.whole ? known.in : known.large;
      where.push({ name: names[i] ?? '', survey, focus: place.focus });
    }
  });
  const all = [...places].map(([id, { first, present, unexplored, ...where }]): Candidate => {
    const { unit, slip, operator, design, source } = first;
    const bySize = where.in.sort((a, b) => a.survey.states - b.survey.states);
    const subjects = variantsInTurn(bySize).map(({ name, survey: { changes } }) => ({
      name,
      changes,
    }));
    // The deeper so many states go, the more runs come to their ends within them.
    const byDepth = where.large.sort((a, b) => b.survey.depth - a.survey.depth);
    const large = variantsInTurn(byDepth)
      .slice(0, RANDOM_VARIANTS)
      .map(({ name }) => name);
    const task: MutantTask = { unit, slip, of: 'path', subjects, large };
    return { id, unit, of: 'path', where: source, operator, design, present, unexplored, task };
  });
  return all.sort((a, b) => (a.unit < b.unit ? -1 : a.unit > b.unit ? 1 : 0));
}

/**
 * Those that are about the function and few others first, then as they come, but a second one of a scenario
 * after the first of all others.
 */
function variantsInTurn(where: readonly Reaching[]): Reaching[] {
  const scenarioOf = (name: string): string => name.slice(0, name.lastIndexOf(':'));
  const seen = new Map<string, number>();
  const turns = where.map((one) => {
    const turn = seen.get(scenarioOf(one.name)) ?? 0;
    seen.set(scenarioOf(one.name), turn + 1);
    return { one, turn };
  });
  const nearest = (a: number, b: number): number => (a === b ? 0 : a - b);
  return turns
    .sort((a, b) => nearest(a.one.focus, b.one.focus) || a.turn - b.turn)
    .map(({ one }) => one);
}

function ruleCandidates(ids: readonly string[]): Candidate[] {
  const all = variantsOf(scenarios);
  return allRules
    .filter(({ id }) => ids.includes(id))
    .flatMap((rule) => {
      const told = [...rule.fires, ...rule.silent];
      const own = all.filter((one) => told.includes(nameOf(one)));
      const others = all.filter((one) => !told.includes(nameOf(one)));
      const subjects = [...own, ...others].map((one: Selected) => ({ name: nameOf(one) }));
      return ruleSlips(rule, own).map(({ slip, operator }): Candidate => {
        const id = `${rule.id}/${slip}`;
        const task: MutantTask = { unit: rule.id, slip, of: 'rule', subjects, large: [] };
        const present = subjects.length;
        return {
          id,
          unit: rule.id,
          of: 'rule',
          where: rule.askedBy,
          operator,
          design: false,
          present,
          unexplored: 0,
          task,
        };
      });
    });
}
