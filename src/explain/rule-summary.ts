// What the answers say about the rules: what each catches that no other does, where each cries for
// nothing, which sets of rules are enough, and what given rules miss.

import { mainline } from '../kernel/designs/mainline.ts';
import type { Design, FlushPoint } from '../kernel/kernel.ts';
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
  /** It fires where nothing can go wrong, under a kernel that goes wrong elsewhere, which explains it: see `excusesOf`. */
  readonly inAdvance: number;
  /**
   * It takes the return of a call for a promise, and fires where nothing can go wrong under a design
   * whose calls return early on purpose.
   */
  readonly early: Witnessed;
}

/** Which rules are enough for some questions. */
export interface Enough {
  /** A design's id, or `all`, less those whose calls return early on purpose: `all but latr`. */
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
  designs: readonly Design[],
): RuleSummary {
  const isExcused = excusesOf(
    answers,
    rules.map(({ id }) => id),
  );
  const early = designs.filter((one) => one.returnsEarly !== undefined).map(({ id }) => id);
  const results = rules.map((rule) => resultOf(rule, answers, { isExcused, early }));
  const all = ['all', ...early].join(' but ');
  const groups = [all, ...designs.map(({ id }) => id)].filter(
    (id) => id === all || answers.some((one) => one.design === id),
  );
  return {
    answers,
    rules: results,
    enough: groups.map((design) =>
      enoughFor(
        design,
        answers.filter((one) =>
          design === all ? !early.includes(one.design) : one.design === design,
        ),
        rules,
        isExcused,
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

interface Leniency {
  readonly isExcused: IsExcused;
  /** Designs whose calls return early. */
  readonly early: readonly string[];
}

function resultOf(
  rule: AnyRule,
  answers: readonly RuleAnswer[],
  { isExcused, early }: Leniency,
): RuleResult {
  const { id } = rule;
  const isEarly = ({ design }: RuleAnswer): boolean =>
    rule.hears['call.return'] !== undefined && early.includes(design);
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
    falseAlarms: witnessed(answers, (answer) =>
      isExcused(id, answer) || isEarly(answer) ? undefined : cries(answer),
    ),
    early: witnessed(answers.filter(isEarly), (answer) =>
      isExcused(id, answer) ? undefined : cries(answer),
    ),
    inAdvance: answers.filter((answer) => isExcused(id, answer) && cries(answer) !== undefined)
      .length,
  };
}

function enoughFor(
  design: string,
  answers: readonly RuleAnswer[],
  rules: readonly AnyRule[],
  isExcused: IsExcused,
): Enough {
  const ids = rules.map(({ id }) => id);
  const quiet = ids.filter((id) => {
    const cries = cryingOf(id);
    return !answers.some((answer) => !isExcused(id, answer) && cries(answer) !== undefined);
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

/** Whether an alarm of the rule where nothing goes wrong is explained: see `excusesOf`. */
type IsExcused = (rule: string, answer: RuleAnswer) => boolean;

/**
 * A rule may fire where nothing goes wrong because the kernel has a bug that the question's small
 * world does not show. That is known of a kernel that lacks a flush point without which it goes wrong
 * elsewhere, under the eyes of the same rule, and with which the rule is silent wherever nothing goes
 * wrong, but for what lacks another such flush point. It is known as well of a kernel that by
 * the catalogue is that of another variant, which goes wrong under the eyes of the rule. What mainline's
 * own flush points are good for they are good for in every design that has them. Any other alarm there is a
 * false one.
 */
function excusesOf(answers: readonly RuleAnswer[], rules: readonly string[]): IsExcused {
  const explained = new Map<string, Set<string>>();
  const toldIn = (name: string, id: string): boolean =>
    answers.some(
      (one) =>
        one.kind === 'variant' &&
        one.name === name &&
        one.wrong.some(({ told }) => told.includes(id)),
    );
  const isExcused: IsExcused = (id, { design, points, kernelOf, removed }) => {
    if (kernelOf !== undefined && toldIn(kernelOf, id)) return true;
    if (removed !== undefined && explained.get(id)?.has(`${mainline.id} ${removed}`)) return true;
    const has = new Set(points.map((point) => `${design} ${point}`));
    return [...(explained.get(id) ?? [])].some(
      (one) => one.startsWith(`${design} `) && !has.has(one),
    );
  };
  for (const id of rules) {
    const cries = cryingOf(id);
    const known = new Set(
      answers
        .filter(({ wrong }) => wrong.some(({ told }) => told.includes(id)))
        .flatMap((broken) => repairsOf(broken, answers))
        .map(([design, point]) => `${design} ${point}`),
    );
    explained.set(id, known);
    // From all that hurt, as of two flush points each may be what the kernel less the other one still has.
    for (let less = true; less; ) {
      less = false;
      const open = answers.filter((one) => cries(one) !== undefined && !isExcused(id, one));
      for (const { design, points } of open) {
        for (const point of points) less = known.delete(`${design} ${point}`) || less;
      }
    }
  }
  return isExcused;
}

/** The single flush points with which the same kernel holds in the same situation. */
function repairsOf(broken: RuleAnswer, answers: readonly RuleAnswer[]): [string, FlushPoint][] {
  const { situation, design, points } = broken;
  return answers.flatMap((one): [string, FlushPoint][] => {
    if (one.situation !== situation || one.design !== design || one.truth !== 'holds') return [];
    const more = one.points.filter((point) => !points.includes(point));
    const [only] = more;
    if (only === undefined || more.length > 1) return [];
    return points.every((point) => one.points.includes(point)) ? [[design, only]] : [];
  });
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
