// One slip tried on variants that hold without it, those with the fewest states first: does a program
// see something wrong, does a rule fire, or is nothing different at all?

import { Problem } from '../../base/problem.ts';
import { modelOf, witnessedModelOf, witnessesOf } from '../../catalogue/build.ts';
import type { Scenario, Variant } from '../../catalogue/scenario.ts';
import { type Progress, type SearchResult, searching } from '../../explore/search.ts';
import { witnessProperty } from '../../kernel/witness.ts';
import { Machine } from '../../lang/machine.ts';
import { allRules } from '../../rules/all.ts';
import { asObserver } from '../../rules/as-observer.ts';
import { fewestSwitches } from '../fewest-switches.ts';
import { checked, replay } from '../judge.ts';
import { ruleCensus } from '../rule-census.ts';
import { type Changes, differing, isAlike, noting } from './changes.ts';
import { type MutantName, withSlip } from './programs.ts';
import { inRandomRuns, RANDOM_VARIANTS, type RandomRuns } from './random-runs.ts';

/** A variant that holds, in which some run comes to the place. */
export interface LargeSubject {
  readonly name: string;
  readonly scenario: Scenario;
  readonly variant: Variant;
}

/** One that was explored whole without the slip. */
export interface Subject extends LargeSubject {
  /** What happens to shared state without the slip. */
  readonly changes: Changes;
}

/** What a slip is tried on, in this order. */
export interface Subjects {
  readonly whole: readonly Subject[];
  /**
   * Too large for that: that they hold is the catalogue's own answer (`lufcheck check`). What is wrong
   * with the slip can be found there; that nothing is, cannot.
   */
  readonly large: readonly LargeSubject[];
}

/** A rule that fires, and when: relative to the wrong access, in some interleaving. */
export interface FiredRule {
  readonly id: string;
  readonly before: boolean;
  readonly at: boolean;
  readonly after: boolean;
}

export interface Finding {
  /** `SCENARIO:VARIANT` in which it was found. */
  readonly variant: string;
  /**
   * What a program sees (`stale-read`, ...), or `deadlock`; a check of the model itself, by its code;
   * `no end`: no run comes to its end; `unreached`: what the scenario is about does not come about
   * any more. For a rule its id.
   */
  readonly what: string;
  /** The variant is too large to be explored whole: that it holds without the slip is for `check` to say. */
  readonly large?: true;
  /** A random run found it, and the bound is too small to tell whether there is a shorter way. */
  readonly shortest?: false;
  /** In a sentence, where a check of the model speaks. */
  readonly says?: string;
  /** Of a shortest interleaving. */
  readonly steps?: number;
  readonly rules: readonly FiredRule[];
}

export interface MutantAnswer {
  /** `refused`: not a program, by the model's own language; it is not counted. */
  readonly outcome: 'truth' | 'rule' | 'equivalent' | 'survivor' | 'refused';
  readonly found?: Finding;
  /** Variants in which some run comes to the place; those explored whole with the slip; stopped. */
  readonly reaching: number;
  readonly whole: number;
  readonly bounded: number;
  /** Not looked at, since the states for this mutant were spent. */
  readonly left: number;
  /**
   * Of those that were stopped or not looked at, and of those too large to be explored whole without it:
   * looked at in random runs.
   */
  readonly sampled?: number;
  /** Of those explored whole: nothing that threads share changes in any other way than without. */
  readonly alike: number;
  /** Tables that take other values than without the slip, in any of the others. */
  readonly different?: readonly string[];
  readonly states: number;
  /** Why the language refuses it. */
  readonly why?: string;
}

export interface TrialOptions {
  /** For each mutant, over all its variants that can be explored whole; as many again with rules watching. */
  readonly maxStates: number;
}

/** By variant, the rules that no interleaving of it fires: found when they are asked for, and kept. */
export type SilentRules = Map<string, readonly string[]>;

const beginning = { transitions: 0, depth: 0, frontier: 0, seconds: 0 };

function last<T>(run: Generator<unknown, T, boolean>): T {
  for (;;) {
    const { done, value } = run.next(true);
    if (done === true) return value;
  }
}

export function* trying(
  name: MutantName,
  { whole: subjects, large }: Subjects,
  { maxStates }: TrialOptions,
  silent: SilentRules,
): Generator<Progress, MutantAnswer, boolean> {
  const refusals: string[] = [];
  const whole: Subject[] = [];
  const changed: Subject[] = [];
  const different = new Set<string>();
  let weak: Finding | undefined;
  const notWhole: (LargeSubject & { readonly large?: true })[] = [];
  let [states, bounded, tried, sampled] = [0, 0, 0, 0];
  const answer = (outcome: MutantAnswer['outcome'], more: Partial<MutantAnswer>): MutantAnswer => ({
    outcome,
    reaching: subjects.length,
    whole: whole.length,
    bounded,
    left: subjects.length - tried,
    sampled,
    alike: whole.length - changed.length,
    different: [...different].sort(),
    states,
    ...more,
  });
  for (const subject of subjects) {
    if (states >= maxStates) break;
    tried++;
    const look = yield* looking(slipped(subject, name), maxStates - states);
    if (look.kind === 'refused') {
      refusals.push(look.why);
      continue;
    }
    states += look.states;
    if (look.kind === 'found') {
      if (look.finding.what !== 'unreached') return answer('truth', { found: look.finding });
      weak ??= look.finding;
    } else if (look.kind === 'bounded') {
      bounded++;
      notWhole.push(subject);
      // Ctrl-C, or no states left.
      if (look.bound === 'interrupted') return answer('survivor', {});
    } else {
      whole.push(subject);
      if (isAlike(subject.changes, look.changes)) continue;
      changed.push(subject);
      for (const name of differing(subject.changes, look.changes)) different.add(name);
    }
  }
  notWhole.push(
    ...subjects.slice(tried),
    ...large.map((one) => ({ ...one, large: true as const })),
  );
  for (const subject of notWhole.slice(0, RANDOM_VARIANTS)) {
    if (!(yield { ...beginning, states })) return answer('survivor', {});
    sampled++;
    const slip = slipped(subject, name);
    const ran = inRandomRuns(slip.scenario, slip.variant);
    if (ran.kind === 'refused') refusals.push(ran.why);
    if (ran.kind === 'refused' || ran.kind === 'nothing') continue;
    const found = yield* told(slip, ran, maxStates);
    return answer('truth', { found: subject.large === true ? { ...found, large: true } : found });
  }
  if (refusals.length > 0 && refusals.length === tried + sampled) {
    return answer('refused', { why: refusals[0] ?? '' });
  }
  if (weak !== undefined) return answer('truth', { found: weak });
  // Where shared state changes as before, events can only be told of what makes no difference.
  let watched = 0;
  for (const subject of changed) {
    if (watched >= maxStates) break;
    const fired = yield* ruleFiring(subject, name, silent, maxStates);
    watched += fired.states;
    states += fired.states;
    if (fired.finding !== undefined) return answer(fired.outcome, { found: fired.finding });
  }
  const same = whole.length > 0 && changed.length === 0;
  const all = bounded === 0 && refusals.length === 0 && tried === subjects.length;
  return answer(same && all ? 'equivalent' : 'survivor', {});
}

function slipped<S extends LargeSubject>(subject: S, name: MutantName): S {
  return { ...subject, variant: withSlip(subject.scenario, subject.variant, name) };
}

type Look =
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'found'; readonly finding: Finding; readonly states: number }
  | { readonly kind: 'bounded'; readonly bound: string; readonly states: number }
  | { readonly kind: 'whole'; readonly changes: Changes; readonly states: number };

function* looking(slip: LargeSubject, maxStates: number): Generator<Progress, Look, boolean> {
  let machine: Machine;
  try {
    machine = new Machine(witnessedModelOf(slip.scenario, slip.variant));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { kind: 'refused', why: error.message };
  }
  const noted = noting(machine);
  const needed = witnessesOf(slip.scenario, slip.variant).filter((one) => one.onlyNoted !== true);
  const reachable = needed.map(witnessProperty);
  const bounds = { maxStates, maxSeconds: Number.POSITIVE_INFINITY };
  const variant = slip.name;
  let result: SearchResult;
  try {
    result = yield* searching(noted.system, { targets: checked, reachable, bounds });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { code: what, message: says } = error;
    return { kind: 'found', finding: { variant, what, says, rules: [] }, states: 0 };
  }
  const { states, verdict, violation, bound = '' } = result;
  if (verdict === 'bounded') return { kind: 'bounded', bound, states };
  const found = (what: string): Look => ({
    kind: 'found',
    finding: { variant, what, rules: [] },
    states,
  });
  if (verdict === 'unreached') return found('unreached');
  if (violation === undefined) {
    if (result.completed === 0) return found('no end');
    return { kind: 'whole', changes: noted.changes(), states };
  }
  const [what = 'deadlock'] = violation.properties;
  const steps = violation.path.length;
  const rules =
    what === 'deadlock'
      ? []
      : rulesOn(slip, { machine, shortest: violation.path, property: what }, maxStates);
  return { kind: 'found', finding: { variant, what, steps, rules }, states };
}

/** What a random run found: on a shortest way, if the bound lets one be found. */
function* told(
  slip: LargeSubject,
  ran: Extract<RandomRuns, { kind: 'wrong' | 'stopped' }>,
  maxStates: number,
): Generator<Progress, Finding, boolean> {
  const variant = slip.name;
  if (ran.kind === 'stopped') return { variant, what: ran.what, says: ran.says, rules: [] };
  const look = yield* looking(slip, maxStates);
  if (look.kind === 'found' && look.finding.what !== 'unreached') return look.finding;
  const { path, properties } = ran.violation;
  const [what = 'deadlock'] = properties;
  const wrong = { machine: ran.machine, shortest: path, property: what };
  const rules = what === 'deadlock' ? [] : rulesOn(slip, wrong, maxStates);
  return { variant, what, steps: path.length, shortest: false, rules };
}

interface Wrong {
  readonly machine: Machine;
  readonly shortest: readonly number[];
  readonly property: string;
}

/** In all interleavings, if they are few enough; else on the shortest one. */
function rulesOn(
  { scenario, variant }: LargeSubject,
  { machine, shortest, property }: Wrong,
  maxStates: number,
): FiredRule[] {
  const census = orProblem(() => ruleCensus(scenario, variant, { rules: allRules, maxStates }));
  if (census?.truth === 'breaks') {
    return census.rules
      .filter(({ before, at, after }) => before || at || after)
      .map(({ id, before, at, after }) => ({ id, before, at, after }));
  }
  const threads = variant.threads ?? scenario.threads;
  const path = orProblem(() => fewestSwitches(machine, shortest, { property, threads }));
  const told = replay(scenario, variant, path ?? shortest, [property], allRules);
  return told.rules.map(({ id, step }) => ({
    id,
    before: step < told.steps.length,
    at: step === told.steps.length,
    after: false,
  }));
}

/** Nothing, where the model itself stops: with a slip it may, beside the way that was found. */
function orProblem<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

/** None, if there are too many states to know. */
function silentIn({ scenario, variant }: Subject, maxStates: number): readonly string[] {
  const machine = new Machine(modelOf(scenario, variant, allRules.map(asObserver)));
  const reachable = allRules.map(({ id }) => id);
  const bounds = { maxStates, maxSeconds: Number.POSITIVE_INFINITY };
  const result = last(searching(machine, { targets: [], reachable, bounds }));
  return result.verdict === 'bounded' ? [] : (result.unreached ?? []);
}

function* ruleFiring(
  subject: Subject,
  name: MutantName,
  silent: SilentRules,
  maxStates: number,
): Generator<Progress, Fired, boolean> {
  const targets = silent.get(subject.name) ?? silentIn(subject, maxStates);
  silent.set(subject.name, targets);
  if (targets.length === 0) return { states: 0, outcome: 'rule' };
  const variant = subject.name;
  const slip = withSlip(subject.scenario, subject.variant, name);
  const machine = new Machine(modelOf(subject.scenario, slip, allRules.map(asObserver)));
  const bounds = { maxStates, maxSeconds: Number.POSITIVE_INFINITY };
  try {
    const { violation, states } = yield* searching(machine, { targets, bounds });
    if (violation === undefined) return { states, outcome: 'rule' };
    const { properties, path } = violation;
    const rules = properties.map((id) => ({ id, before: true, at: false, after: false }));
    const [what = ''] = properties;
    return { states, outcome: 'rule', finding: { variant, what, steps: path.length, rules } };
  } catch (error) {
    // What only rules are told of can be missing, too: an event about a frame that there is none of.
    if (!(error instanceof Problem)) throw error;
    const { code: what, message: says } = error;
    return { states: 0, outcome: 'truth', finding: { variant, what, says, rules: [] } };
  }
}

interface Fired {
  readonly states: number;
  readonly outcome: 'rule' | 'truth';
  readonly finding?: Finding;
}
