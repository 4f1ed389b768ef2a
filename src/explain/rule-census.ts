// One question put to all rules at once: a variant is explored to its end with every rule watching,
// and for each rule it is known whether it can fire before, at or after a wrong access, and of which
// wrong accesses no rule, or which rules, had spoken by then.

import { modelOf } from '../catalogue/build.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { type Census, census } from '../explore/census.ts';
import { explainFailure, failureIn } from '../lang/generate/failure.ts';
import { generate } from '../lang/generate/generate.ts';
import { readField } from '../lang/layout.ts';
import { Machine } from '../lang/machine.ts';
import type { Cell } from '../lang/nodes.ts';
import type { AnyRule } from '../rules/rule.ts';
import { wrongs } from '../rules/truth/wrongs.ts';
import { testedBy, watched } from './watched.ts';

/** Interleavings that end in the same wrong access, with the same rules having spoken. */
export interface WrongWay {
  readonly what: string;
  /** Rules that fired before the wrong access or in its step. */
  readonly told: readonly string[];
  /** Steps of a shortest one. */
  readonly steps: number;
}

export interface RuleInQuestion {
  readonly id: string;
  /** An event that can find it violated reached something stale, flushed in time or not. */
  readonly tested: boolean;
  /** It can fire in some interleaving: steps of a shortest one. */
  readonly fires?: number;
  /** Relative to a wrong access in the same interleaving. */
  readonly before: boolean;
  readonly at: boolean;
  readonly after: boolean;
}

export interface RuleCensus {
  /** `holds`: no interleaving within the world goes wrong. `bounded`: none that was looked at. */
  readonly truth: 'breaks' | 'holds' | 'deadlock' | 'bounded';
  /** What stopped it, if not all was explored. */
  readonly bound?: string;
  readonly states: number;
  /** Steps of a shortest interleaving that goes wrong. */
  readonly steps?: number;
  readonly wrong: readonly WrongWay[];
  readonly rules: readonly RuleInQuestion[];
}

export interface RuleCensusOptions {
  readonly rules: readonly AnyRule[];
  readonly maxStates: number;
  readonly go?: (() => boolean) | undefined;
}

const SMALL = 10_000;
/** Kinds of transitions: which rules have spoken at a wrong access, and what each rule did. */
const PER_RULE = 2 ** 24;
const phases = ['fires', 'before', 'at', 'after'] as const;

/** Truth's and all rules' reports have to fit the bits of one word. */
export const MOST_RULES = 14;

export function ruleCensus(
  scenario: Scenario,
  variant: Variant,
  { rules, maxStates, go }: RuleCensusOptions,
): RuleCensus {
  if (rules.length > MOST_RULES) throw new Error(`more than ${MOST_RULES} rules at once`);
  // What its interleavings must come to is for `check` to say.
  const watch = watched(modelOf(scenario, { ...variant, reaches: [] }), rules);
  const machine = new Machine(watch.text);
  const flag = (cell: Cell): ((state: Int32Array) => boolean) => {
    const field = machine.layout.cell(cell)?.[0];
    return field === undefined ? () => false : (state) => readField(state, field) !== 0;
  };
  const isWrong = flag(watch.wrong);
  const hasFired = watch.fired.map(flag);
  const firedIn = (state: Int32Array): number =>
    hasFired.reduce((mask, has, i) => (has(state) ? mask | (1 << i) : mask), 0);
  const whats = Object.keys(wrongs);
  const whatBits = whats.map((id) => 1 << machine.properties.indexOf(id));

  const kinds = (state: Int32Array, next: Int32Array, reports: number): number[] => {
    const found: number[] = [];
    const [before, after] = [firedIn(state), firedIn(next)];
    const late = isWrong(state);
    const note = (mask: number, phase: number): void => {
      for (let i = 0; i < rules.length; i++) {
        if ((mask >>> i) & 1) found.push(PER_RULE + i * phases.length + phase);
      }
    };
    const news = after & ~before;
    note(news, 0);
    if (late) note(news, 3);
    else if (isWrong(next)) {
      const what = whatBits.findIndex((bit) => (reports & bit) !== 0);
      found.push(after | (what << MOST_RULES));
      note(before, 1);
      note(news, 2);
    }
    return found;
  };
  const seen = explored(machine, { kinds, maxStates, go });
  const wrong = [...seen.found]
    .filter(([kind]) => kind < PER_RULE)
    .map(([kind, way]): WrongWay => {
      const mask = kind & ((1 << MOST_RULES) - 1);
      return {
        what: whats[kind >>> MOST_RULES] ?? '',
        told: rules.filter((_, i) => (mask >>> i) & 1).map(({ id }) => id),
        steps: way.length,
      };
    })
    .sort((a, b) => a.steps - b.steps);
  const steps = wrong[0]?.steps ?? seen.stuck?.length;
  const bound = seen.bound ?? (seen.completed === 0 ? 'no run comes to its end' : undefined);
  const holds = bound === undefined ? 'holds' : 'bounded';
  return {
    truth: wrong.length > 0 ? 'breaks' : seen.stuck === undefined ? holds : 'deadlock',
    ...(bound === undefined ? {} : { bound }),
    states: seen.states,
    ...(steps === undefined ? {} : { steps }),
    wrong,
    rules: rules.map(({ id }, i): RuleInQuestion => {
      const way = (phase: number): readonly number[] | undefined =>
        seen.found.get(PER_RULE + i * phases.length + phase);
      const tested = machine.properties.indexOf(testedBy(id));
      const fires = way(0);
      return {
        id,
        tested: fires !== undefined || ((seen.reports >>> tested) & 1) === 1,
        ...(fires === undefined ? {} : { fires: fires.length }),
        before: way(1) !== undefined,
        at: way(2) !== undefined,
        after: way(3) !== undefined,
      };
    }),
  };
}

interface Looking {
  readonly kinds: (state: Int32Array, next: Int32Array, reports: number) => readonly number[];
  readonly maxStates: number;
  readonly go: (() => boolean) | undefined;
}

/** By the interpreter while it is small, then by code generated from it: the same states either way. */
function explored(machine: Machine, { kinds, maxStates, go }: Looking): Census {
  const about = { kinds, ...(go === undefined ? {} : { go }) };
  const few = Math.min(SMALL, maxStates);
  const small = census(machine, { ...about, bounds: { maxStates: few, maxSeconds: Infinity } });
  if (small.bound !== `${few} states` || few === maxStates) return small;
  try {
    return census(generate(machine), { ...about, bounds: { maxStates, maxSeconds: Infinity } });
  } catch (thrown) {
    const failed = failureIn(thrown);
    if (failed === undefined) throw thrown;
    return explainFailure(machine, failed);
  }
}
