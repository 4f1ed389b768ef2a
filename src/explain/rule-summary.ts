// What the answers say about the rules: what each catches that no other does, where each cries for
// nothing, which sets of rules are enough, and what given rules miss.

import type { AnyRule } from '../rules/rule.ts';
import type { RuleAnswer } from './rule-answers.ts';
import type { RuleInQuestion, WrongWay } from './rule-census.ts';
import { smallestSets } from './smallest-sets.ts';

/** A question and the shortest interleaving of it that shows something. */
export interface Witness {
  readonly command: readonly string[];
  readonly choice: string;
  readonly steps: number;
  /** The wrong access, where there is one. */
  readonly what?: string;
}

export interface Witnessed {
  readonly count: number;
  /** The shortest. */
  readonly first?: Witness;
  /** The shortest of each scenario, in order of length. */
  readonly perScenario: readonly (Witness & {
    readonly scenario: string;
    readonly count: number;
  })[];
}

export interface RuleResult {
  readonly rule: AnyRule;
  /** Questions in which it was put to the test. */
  readonly tested: number;
  /** Questions in which it had spoken by some wrong access; by every wrong access. */
  readonly told: number;
  readonly toldAlways: number;
  /** Questions in which it can fire before, at, and after a wrong access. */
  readonly before: number;
  readonly at: number;
  readonly after: number;
  /** Wrong accesses of which it alone had spoken. */
  readonly only: Witnessed;
  /** It fires, and nothing can go wrong with that kernel there. */
  readonly falseAlarms: Witnessed;
  /** It fires where nothing can go wrong, under a kernel whose missing flush point hurts elsewhere. */
  readonly inAdvance: number;
}

/** Which rules are enough for some questions. */
export interface Enough {
  /** A design's id, or `all`. */
  readonly design: string;
  readonly questions: number;
  readonly breaks: number;
  /** Rules without a false alarm there. */
  readonly quiet: readonly string[];
  /** The smallest sets of them that had spoken by every wrong access that any of them speaks of. */
  readonly sets: readonly (readonly string[])[];
  /** Wrong accesses of which none of them had spoken. */
  readonly missed: Witnessed;
  /** The smallest sets of all rules, false alarms or not, and what even those miss. */
  readonly loudSets: readonly (readonly string[])[];
  readonly loudMissed: Witnessed;
}

export interface Misses {
  readonly rules: readonly string[];
  /** Questions that break. */
  readonly of: number;
  readonly missed: Witnessed;
}

export interface RuleSummary {
  readonly answers: readonly RuleAnswer[];
  readonly rules: readonly RuleResult[];
  /** All answers together first, then each design that has some. */
  readonly enough: readonly Enough[];
  /** Rules that no question put to the test. */
  readonly untested: readonly string[];
}

export function summaryOf(
  answers: readonly RuleAnswer[],
  rules: readonly AnyRule[],
  designs: readonly string[],
): RuleSummary {
  const isWeak = weakness(answers);
  const results = rules.map((rule) => resultOf(rule, answers, isWeak));
  const groups = ['all', ...designs.filter((id) => answers.some((one) => one.design === id))];
  return {
    answers,
    rules: results,
    enough: groups.map((design) =>
      enoughFor(
        design,
        answers.filter((one) => design === 'all' || one.design === design),
        rules,
        isWeak,
      ),
    ),
    untested: results.filter((one) => one.tested === 0).map((one) => one.rule.id),
  };
}

/** Wrong accesses of which none of these rules had spoken. */
export function missesOf(rules: readonly string[], answers: readonly RuleAnswer[]): Misses {
  const broken = answers.filter((one) => one.truth === 'breaks');
  return { rules, of: broken.length, missed: witnessed(broken, (one) => silentWay(one, rules)) };
}

function silentWay(answer: RuleAnswer, rules: readonly string[]): WrongWay | undefined {
  return answer.wrong.find((way) => !way.told.some((id) => rules.includes(id)));
}

function resultOf(
  rule: AnyRule,
  answers: readonly RuleAnswer[],
  isWeak: (answer: RuleAnswer) => boolean,
): RuleResult {
  const { id } = rule;
  const count = (is: (one: RuleInQuestion, answer: RuleAnswer) => boolean): number =>
    answers.filter((answer) => is(inAnswer(answer, id), answer)).length;
  const cries = cryingOf(id);
  return {
    rule,
    tested: count((one) => one.tested),
    told: count((_, answer) => answer.wrong.some((way) => way.told.includes(id))),
    toldAlways: count(
      (_, { wrong }) => wrong.length > 0 && wrong.every((way) => way.told.includes(id)),
    ),
    before: count((one) => one.before),
    at: count((one) => one.at),
    after: count((one) => one.after),
    only: witnessed(answers, ({ wrong }) =>
      wrong.find((way) => way.told.length === 1 && way.told[0] === id),
    ),
    falseAlarms: witnessed(answers, (answer) => (isWeak(answer) ? undefined : cries(answer))),
    inAdvance: answers.filter((answer) => isWeak(answer) && cries(answer) !== undefined).length,
  };
}

function enoughFor(
  design: string,
  answers: readonly RuleAnswer[],
  rules: readonly AnyRule[],
  isWeak: (answer: RuleAnswer) => boolean,
): Enough {
  const ids = rules.map(({ id }) => id);
  const quiet = ids.filter((id) => {
    const cries = cryingOf(id);
    return !answers.some((answer) => !isWeak(answer) && cries(answer) !== undefined);
  });
  const broken = answers.filter((one) => one.truth === 'breaks');
  const setsOf = (some: readonly string[]): string[][] =>
    smallestSets(
      some,
      broken.flatMap(({ wrong }) =>
        wrong
          .map((way) => way.told.filter((id) => some.includes(id)))
          .filter((told) => told.length > 0),
      ),
    );
  return {
    design,
    questions: answers.length,
    breaks: broken.length,
    quiet,
    sets: setsOf(quiet),
    missed: missesOf(quiet, answers).missed,
    loudSets: setsOf(ids),
    loudMissed: missesOf(ids, answers).missed,
  };
}

/** How it fires though nothing can go wrong: only known where everything was explored. */
function cryingOf(id: string): (answer: RuleAnswer) => { steps: number } | undefined {
  return (answer) => {
    const { fires } = inAnswer(answer, id);
    return answer.truth === 'holds' && fires !== undefined ? { steps: fires } : undefined;
  };
}

function inAnswer(answer: RuleAnswer, id: string): RuleInQuestion {
  const found = answer.rules.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no rule '${id}' watched`);
  return found;
}

/**
 * Whether the kernel lacks a flush point whose absence breaks something: then an alarm is about that,
 * even where the question's small world has nobody who would notice.
 */
function weakness(answers: readonly RuleAnswer[]): (answer: RuleAnswer) => boolean {
  const hurts = new Set(
    answers.flatMap(({ truth, removed, design }) =>
      truth === 'breaks' && removed !== undefined ? [`${design} ${removed}`] : [],
    ),
  );
  return ({ design, without }) => without.some((point) => hurts.has(`${design} ${point}`));
}

function witnessed(
  answers: readonly RuleAnswer[],
  look: (answer: RuleAnswer) => { readonly steps: number; readonly what?: string } | undefined,
): Witnessed {
  const all = answers
    .flatMap((answer) => {
      const found = look(answer);
      if (found === undefined) return [];
      const { command, choice, name } = answer;
      const what = found.what === undefined ? {} : { what: found.what };
      const [scenario = name] = name.split(':');
      return [{ scenario, command, choice, steps: found.steps, ...what }];
    })
    .sort((a, b) => a.steps - b.steps);
  const scenarios = new Map<string, Witness & { scenario: string; count: number }>();
  for (const one of all) {
    const known = scenarios.get(one.scenario);
    if (known === undefined) scenarios.set(one.scenario, { ...one, count: 1 });
    else known.count++;
  }
  const [first] = all;
  return {
    count: all.length,
    ...(first === undefined ? {} : { first }),
    perScenario: [...scenarios.values()],
  };
}
