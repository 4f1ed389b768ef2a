// What `mutate --into FILE` has found out so far, one line each, so that a run that was stopped goes on
// where it was, and a later one asks again only what has another answer now: a line is believed as long
// as the checks are the same, and the models that it was found in.

import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { Problem } from '../base/problem.ts';
import { digestOf } from '../campaign/digest.ts';
import { modelForm } from '../campaign/model-form.ts';
import { programId } from '../campaign/program-id.ts';
import { scenarios } from '../catalogue/all.ts';
import { witnessedModelOf } from '../catalogue/build.ts';
import { isOpen, type Mutant } from '../explain/mutants/score.ts';
import type { Survey } from '../explain/mutants/survey.ts';
import type { MutantAnswer } from '../explain/mutants/trial.ts';
import type { MutantTask, SurveyPlan } from './jobs/mutant-plan.ts';
import { nameOf, type Selected, select } from './select.ts';

const SCHEMA = 'lufcheck.mutants-kept/1';

interface SurveyLine {
  readonly survey: string;
  readonly form: string;
  readonly maxStates: number;
  readonly answer: Survey;
}
interface MutantLine {
  readonly mutant: string;
  /** Of all variants that it was to be tried on. */
  readonly form: string;
  /** Of the one that it was found in. */
  readonly foundIn?: string | undefined;
  readonly maxStates: number;
  readonly answer: MutantAnswer;
}

/** Of what was equivalent, or no program, in the variants that there were: the others may tell. */
const survived = { outcome: 'survivor' } as const;

export interface KeptAnswer {
  readonly answer: MutantAnswer;
  /** States that it was looked at within, where more of them, or variants that have come since, may find it. */
  readonly within?: number;
}

/** What is kept, and what has become known since; empty and keeping nothing without a file. */
export interface KeptMutants {
  survey(name: string): Survey | undefined;
  keepSurvey(name: string, survey: Survey): void;
  answer(mutant: Omit<Mutant, 'answer'>, variants: TriedOn): KeptAnswer | undefined;
  keepAnswer(id: string, variants: TriedOn, answer: MutantAnswer): void;
}

type TriedOn = Pick<MutantTask, 'subjects' | 'large'>;

const keepsNothing: KeptMutants = {
  survey: () => undefined,
  keepSurvey: () => {},
  answer: () => undefined,
  keepAnswer: () => {},
};

/** @throws Problem LUF-E201 if it cannot be read or written, LUF-E202 if it is something else. */
export async function keptMutants({
  into: path,
  named,
  wanted,
  maxStates,
}: Pick<SurveyPlan, 'named' | 'wanted' | 'maxStates'> & {
  readonly into: string | undefined;
}): Promise<KeptMutants> {
  if (path === undefined) return keepsNothing;
  const { surveys, surveyedAt, mutants } = read(path);
  const formOf = await formsOf(named);
  // A survey lists the slips that were asked for.
  const formOfSurvey = (name: string): string => digestOf([formOf(name), JSON.stringify(wanted)]);
  const formOfAll = (names: readonly string[], large: readonly string[]): string =>
    digestOf([...[...names].sort().map(formOf), '-', ...[...large].sort().map(formOf)]);
  const add = (line: object): void => write(path, `${JSON.stringify(line)}\n`);
  return {
    survey: (name) => {
      const line = surveys.get(name);
      if (line === undefined || line.form !== formOfSurvey(name)) return undefined;
      const { whole, places } = line.answer;
      const enough = whole || places.length === 0 || line.maxStates >= maxStates;
      return enough ? withFocus(line.answer) : undefined;
    },
    keepSurvey: (name, answer) =>
      add({ survey: name, form: formOfSurvey(name), maxStates, answer } satisfies SurveyLine),
    answer: (mutant, { subjects, large }) => {
      const variants = subjects.map(({ name }) => name);
      const lines = mutants.get(mutant.id) ?? [];
      const known = lines.findLast(({ answer, foundIn, form }) => {
        const { variant } = answer.found ?? {};
        if (variant === undefined) return form === formOfAll(variants, large);
        const isThere = variants.includes(variant) || large.includes(variant);
        return isThere && foundIn === formOf(variant);
      });
      if (known !== undefined) {
        const { answer, maxStates: within } = known;
        const deeper = within < maxStates && isOpen({ ...mutant, unexplored: 0, answer });
        return deeper ? { answer, within } : { answer };
      }
      // Some of the variants have come since: those were not looked at.
      for (const { at, form, answer, maxStates: within } of lines.toReversed()) {
        const wasThere = (name: string): boolean => (surveyedAt.get(name) ?? at) < at;
        const then = variants.filter(wasThere);
        if (answer.found !== undefined || then.length === 0) continue;
        if (form !== formOfAll(then, large.filter(wasThere))) continue;
        const left = answer.left + variants.length - then.length;
        return { answer: { ...answer, ...survived, reaching: variants.length, left }, within };
      }
      return undefined;
    },
    keepAnswer: (id, { subjects, large }, answer) => {
      const { variant } = answer.found ?? {};
      const form = formOfAll(
        subjects.map(({ name }) => name),
        large,
      );
      const foundIn = variant === undefined ? undefined : formOf(variant);
      add({ mutant: id, form, foundIn, maxStates, answer } satisfies MutantLine);
    },
  };
}

/** JSON has no infinity. */
function withFocus(survey: Survey): Survey {
  const places = survey.places.map((place) => ({
    ...place,
    focus: (place.focus as number | null) ?? Number.POSITIVE_INFINITY,
  }));
  return { ...survey, places };
}

/** What a variant's answers follow from, but for the bounds: by its name. */
async function formsOf(named: readonly string[]): Promise<(name: string) => string> {
  const byName = new Map<string, Selected>();
  for (const one of [...(await select(scenarios, [])), ...(await select(scenarios, named))]) {
    byName.set(nameOf(one), one);
  }
  const forms = new Map<string, string>();
  return (name) => {
    const one = byName.get(name);
    const known = forms.get(name) ?? (one === undefined ? '' : formOf(one));
    forms.set(name, known);
    return known;
  };
}

function formOf({ scenario, variant }: Selected): string {
  return digestOf([programId().engine, ...modelForm(witnessedModelOf(scenario, variant))]);
}

interface Lines {
  readonly surveys: ReadonlyMap<string, SurveyLine>;
  /** In which line a variant was first surveyed. */
  readonly surveyedAt: ReadonlyMap<string, number>;
  /** All of each: as other variants were there, or other bounds. */
  readonly mutants: ReadonlyMap<string, readonly (MutantLine & { readonly at: number })[]>;
}

function read(path: string): Lines {
  const surveys = new Map<string, SurveyLine>();
  const surveyedAt = new Map<string, number>();
  const mutants = new Map<string, (MutantLine & { readonly at: number })[]>();
  if (!existsSync(path)) {
    write(path, `${JSON.stringify({ schema: SCHEMA })}\n`);
    return { surveys, surveyedAt, mutants };
  }
  const [first = '', ...lines] = attempt(path, 'read', () => readFileSync(path, 'utf8')).split(
    '\n',
  );
  const head = parsed(first) as { schema?: unknown } | undefined;
  if (head?.schema !== SCHEMA) {
    throw new Problem('LUF-E202', 'this is not a file of `lufcheck mutate --into`', {
      where: path,
      hint: 'name a file that is not there yet',
    });
  }
  // The last line may be cut short, where a run was killed: what it says is asked again.
  if (lines.at(-1) !== '') write(path, '\n');
  for (const [at, text] of lines.entries()) {
    const line = parsed(text) as SurveyLine | MutantLine | undefined;
    if (line === undefined) continue;
    if ('survey' in line) {
      surveys.set(line.survey, line);
      if (!surveyedAt.has(line.survey)) surveyedAt.set(line.survey, at);
    } else {
      mutants.set(line.mutant, [...(mutants.get(line.mutant) ?? []), { ...line, at }]);
    }
  }
  return { surveys, surveyedAt, mutants };
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function write(path: string, text: string): void {
  attempt(path, 'write', () => appendFileSync(path, text));
}

function attempt<T>(path: string, what: 'read' | 'write', act: () => T): T {
  try {
    return act();
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Problem('LUF-E201', `cannot ${what} the file (${why})`, {
      where: path,
      hint: 'check the path, the permissions and the room on the disk',
    });
  }
}
