// What became of all mutants: how many were found of those that could be, by function, by design and
// by rule.

import { listed } from '../../base/text.ts';
import { wrongs } from '../../rules/truth/wrongs.ts';
import type { MutantAnswer } from './trial.ts';

/** A mutant with what became of it. */
export interface Mutant {
  readonly id: string;
  /** The function, or the rule. */
  readonly unit: string;
  readonly of: 'path' | 'rule';
  /** What the function was modelled after. */
  readonly where: string;
  readonly operator: string;
  /** It is in a design's text, or about what a design keeps. */
  readonly design: boolean;
  readonly answer: MutantAnswer | undefined;
  /** Variants that have the place, whether any run of them comes to it or not. */
  readonly present: number;
  /** Of those, the ones with more states than were looked at. */
  readonly unexplored: number;
  /** As an earlier run left it, which looked within so many states: this one was stopped before it. */
  readonly within?: number;
}

export interface Score {
  readonly of: string;
  readonly truth: number;
  readonly rule: number;
  readonly equivalent: number;
  readonly survivors: number;
  /** Of those: no run of any variant comes to the place. */
  readonly unreached: number;
  /** Of those: a bound left something open. */
  readonly open: number;
}

export function scoreOf(of: string, mutants: readonly Mutant[]): Score {
  const count = (holds: (one: Mutant) => boolean): number => mutants.filter(holds).length;
  const outcome = (wanted: string): number => count(({ answer }) => answer?.outcome === wanted);
  return {
    of,
    truth: outcome('truth'),
    rule: outcome('rule'),
    equivalent: outcome('equivalent'),
    survivors: outcome('survivor'),
    unreached: count(isUnreached),
    open: count(isOpen),
  };
}

/** Found, of those that were not shown to be equivalent; undefined where there are none. */
export function shareOf({ truth, rule, survivors }: Score): number | undefined {
  const all = truth + rule + survivors;
  return all === 0 ? undefined : (truth + rule) / all;
}

export function isUnreached({ answer, unexplored }: Mutant): boolean {
  return answer?.outcome === 'survivor' && answer.reaching === 0 && unexplored === 0;
}
/** More states could find it. */
export function isOpen({ answer, unexplored }: Mutant): boolean {
  return answer?.outcome === 'survivor' && answer.bounded + answer.left + unexplored > 0;
}

/** One for each function and rule of which some mutant was tried, in the order in which they come. */
export function scores(mutants: readonly Mutant[]): Score[] {
  const tried = mutants.filter(({ answer }) => answer !== undefined);
  const units = [...new Set(tried.map(({ unit }) => unit))];
  return units.map((unit) =>
    scoreOf(
      unit,
      mutants.filter((one) => one.unit === unit),
    ),
  );
}

/** Mutants with a wrong access that no rule says anything of, before it or after. */
export function untold(mutants: readonly Mutant[]): Mutant[] {
  return mutants.filter(({ answer }) => {
    const { what = '', rules = [] } = answer?.found ?? {};
    return answer?.outcome === 'truth' && what in wrongs && rules.length === 0;
  });
}

export interface RuleShare {
  readonly id: string;
  /** Mutants found by truth in which the rule fires before the wrong access or with it. */
  readonly inTime: number;
  /** In which it fires after it only. */
  readonly late: number;
  /** Mutants that truth does not see, and the rule does. */
  readonly alone: number;
}

/** What the rules say of the mutants that a program sees something wrong in, or nobody. */
export function ruleShares(mutants: readonly Mutant[], ids: readonly string[]): RuleShare[] {
  const found = mutants.flatMap(({ of, answer }) =>
    of === 'rule' || answer?.found === undefined ? [] : [answer],
  );
  return ids.map((id) => {
    const fired = found.flatMap(({ outcome, found: finding }) =>
      (finding?.rules ?? []).filter((rule) => rule.id === id).map((rule) => ({ outcome, rule })),
    );
    const truths = fired.filter(({ outcome }) => outcome === 'truth');
    return {
      id,
      inTime: truths.filter(({ rule }) => rule.before || rule.at).length,
      late: truths.filter(({ rule }) => !rule.before && !rule.at).length,
      alone: fired.length - truths.length,
    };
  });
}

const FEW = 4;

/** What a survivor's survival says, in half a sentence. */
export function reasonOf({ answer, present, unexplored }: Mutant): string {
  if (answer === undefined) return 'not tried';
  const { reaching, whole, bounded, left, alike, different, sampled = 0 } = answer;
  const variants = (n: number): string => `${n} ${n === 1 ? 'variant' : 'variants'}`;
  const open = [
    bounded > 0 ? `${bounded} stopped at the bound` : '',
    left > 0 ? `${left} not looked at` : '',
    unexplored > 0 ? `${unexplored} too large for the bound` : '',
    sampled > 0 ? `nothing in random runs of ${sampled} of those` : '',
  ].filter((part) => part !== '');
  if (reaching === 0) {
    const looked = present - unexplored;
    const where = looked === 0 ? [] : [`no run of ${variants(looked)} comes there`];
    return [...where, ...open].join(', ');
  }
  if (whole === 0) return open.join(', ');
  const how = different === undefined ? `different in ${whole - alike}` : differently(different);
  const held =
    alike === whole
      ? `no difference in ${variants(whole)}`
      : `nothing wrong in ${variants(whole)}; ${how}`;
  return [held, ...open].join(', ');
}

/** Which tables take other values, or that they take them together in another way. */
function differently(tables: readonly string[]): string {
  if (tables.length === 0) return 'the same values, otherwise combined or in another order';
  const few = tables.length > FEW ? [...tables.slice(0, FEW), 'others'] : tables;
  return `other values in ${listed(few)}`;
}
