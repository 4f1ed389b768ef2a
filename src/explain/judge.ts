// A variant of a scenario, explored and answered: the verdict, and for a violation the steps that
// lead there, replayed with every rule watching.

import { Problem, type ProblemCode } from '../base/problem.ts';
import { modelOf, witnessedModelOf, witnessesOf } from '../catalogue/build.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { DEADLOCK, type Progress } from '../explore/search.ts';
import { nameOfChoice } from '../kernel/kernel.ts';
import { type Witness, witnessProperty } from '../kernel/witness.ts';
import type { Decoded } from '../lang/compile-stmt.ts';
import { type Action, type Happening, Machine } from '../lang/machine.ts';
import { allRules } from '../rules/all.ts';
import { asObserver } from '../rules/as-observer.ts';
import type { AnyRule } from '../rules/rule.ts';
import { wrongs } from '../rules/truth/wrongs.ts';
import { type Explored, type ExploringOptions, exploring } from './exploring.ts';
import { fewestSwitches } from './fewest-switches.ts';
import { type Pinned, ScheduleWriter, waysFrom } from './schedule.ts';

/** One step of a counterexample, in the words of the model. */
export interface TraceStep {
  /** From 1. */
  readonly n: number;
  /** Name of the thread, or `hardware`. */
  readonly who: string;
  readonly cpu: number;
  /** The kernel function or statement it stands for. */
  readonly label: string;
  /** The paths around it, outermost first. */
  readonly stack: readonly string[];
  readonly action: number;
  readonly events: readonly Happening[];
  /** Truth's and the rules' reports in this step. */
  readonly reports: readonly Happening[];
}

export interface Violation {
  /** `stale-read`, ... or `deadlock`. */
  readonly property: string;
  /** Rules that fired on the way: first step and parties of each. */
  readonly rules: readonly {
    readonly id: string;
    readonly step: number;
    readonly parties: Readonly<Record<string, Decoded>>;
  }[];
  readonly steps: readonly TraceStep[];
  /** Who goes on at each step, as one line: see schedule.ts. */
  readonly schedule: string;
}

/** Why there is no answer. */
export interface Failure {
  readonly code: ProblemCode;
  readonly message: string;
  readonly where?: string;
  readonly hint?: string;
  /** For a bug of lufcheck. */
  readonly stack?: string;
}

/** In place of what was explored: `error` is no verdict, and no bound either. */
export interface Unanswered extends Omit<Explored, 'verdict'> {
  readonly verdict: 'error';
  readonly error: Failure;
}

export interface Verdict {
  readonly scenario: Scenario;
  readonly variant: Variant;
  /** e.g. `luf-v11-file_end_write`. */
  readonly design: string;
  readonly result: Explored | Unanswered;
  /** What `variant.expect` asked for came out. */
  readonly asExpected: boolean;
  readonly violation?: Violation;
}

type Wish = Omit<ExploringOptions, 'targets' | 'reachable' | 'mayHoldOf'>;

/** A verdict on what was explored. */
export interface Judged extends Verdict {
  readonly result: Explored;
}

export interface JudgeOptions extends Wish {
  readonly onProgress?: (progress: Progress) => boolean;
}

/** What stands in place of a result where nothing, or not even all of a level, was explored. */
const nothing = {
  states: 0,
  transitions: 0,
  depth: 0,
  seconds: 0,
  bytes: 0,
  completed: 0,
} as const;
const NOT_BEGUN = 'interrupted before it began';

function without(scenario: Scenario, variant: Variant, result: Verdict['result']): Verdict {
  return { scenario, variant, design: nameOfChoice(variant.design), asExpected: false, result };
}

/** Everything was stopped while it was explored, and it had got so far; or before it began. */
export function interrupted(scenario: Scenario, variant: Variant, at?: Progress | null): Verdict {
  const bound = at === undefined ? NOT_BEGUN : 'interrupted';
  const { states = 0, transitions = 0, depth = 0, seconds = 0 } = at ?? {};
  const far = { states, transitions, depth, seconds };
  return without(scenario, variant, { ...nothing, ...far, verdict: 'bounded', bound });
}

/** Whether anything of it was looked at before everything was stopped. */
export function wasBegun({ result }: Verdict): boolean {
  return result.bound !== NOT_BEGUN;
}

export function unanswered(scenario: Scenario, variant: Variant, error: Failure): Verdict {
  return without(scenario, variant, { ...nothing, verdict: 'error', error });
}

/** The properties that `check` looks for: what truth can report, and deadlock. */
export const checked: readonly string[] = [...Object.keys(wrongs), DEADLOCK];

/** Explores a variant to its end. */
export function judge(scenario: Scenario, variant: Variant, options: JudgeOptions = {}): Judged {
  const run = judging(scenario, variant, options);
  let go = true;
  for (;;) {
    const { done, value } = run.next(go);
    if (done === true) return value;
    go = options.onProgress?.(value) ?? true;
  }
}

/** The same in slices: yields progress, and stops when it is sent `false`. */
export function* judging(
  scenario: Scenario,
  variant: Variant,
  options: Wish = {},
): Generator<Progress, Judged, boolean> {
  const machine = new Machine(witnessedModelOf(scenario, variant));
  const mayHoldOf = (): Machine => new Machine(witnessedModelOf(scenario, variant, 'may'));
  const witnesses = witnessesOf(scenario, variant);
  const reachable = witnesses.map(witnessProperty);
  const wish = reachable.length > 0 ? { ...options, reachable } : options;
  const found = yield* exploring(machine, { ...wish, mayHoldOf, targets: checked });
  const result = withNotes(found, witnesses);
  const design = nameOfChoice(variant.design);
  if (result.verdict === 'holds' && result.completed === 0) {
    throw new Problem('LUF-E005', 'no run comes to its end, so that nothing is shown', {
      where: `${scenario.id}:${variant.id}`,
      hint: 'some thread loops for ever: give its loop a way out',
    });
  }
  if (result.violation === undefined) {
    const asExpected = variant.expect === 'holds' && result.verdict === 'holds';
    return { scenario, variant, design, result, asExpected };
  }
  const { properties } = result.violation;
  const path = fewestSwitches(machine, result.violation.path, {
    property: properties[0] ?? DEADLOCK,
    threads: variant.threads ?? scenario.threads,
  });
  const violation = replay(scenario, variant, path, properties);
  const asExpected = violation.property === variant.expect;
  return { scenario, variant, design, result, asExpected, violation };
}

/** What need not be reached is noted beside the verdict, and does not change it. */
function withNotes(found: Explored, witnesses: readonly Witness[]): Explored {
  if (found.verdict !== 'unreached') return found;
  const needed = witnesses.filter((one) => one.onlyNoted !== true).map(witnessProperty);
  const missed = found.unreached?.some((property) => needed.includes(property)) ?? false;
  return missed ? found : { ...found, verdict: 'holds' };
}

/**
 * Takes the actions one by one in a machine with rules watching. Throws if they cannot be taken
 * or do not end in the violation: a trace that does not replay is never shown.
 */
export function replay(
  scenario: Scenario,
  variant: Variant,
  path: readonly number[],
  properties: readonly string[],
  watching: readonly AnyRule[] = allRules,
): Violation {
  const machine = new Machine(modelOf(scenario, variant, watching.map(asObserver)));
  const threads = variant.threads ?? scenario.threads;
  const steps: TraceStep[] = [];
  const fired = new Map<string, Violation['rules'][number]>();
  const schedule = new ScheduleWriter(machine, threads);
  let state = machine.initial();
  path.forEach((action, i) => {
    schedule.add(action, waysFrom(machine, state));
    const { next, happenings } = machine.replay(state, action);
    const step = stepOf(machine, threads, { n: i + 1, action, happenings });
    steps.push(step);
    for (const { name, fields } of step.reports) {
      if (name in wrongs || fired.has(name)) continue;
      fired.set(name, { id: name, step: i + 1, parties: fields });
    }
    state = next;
  });
  const property = properties[0] ?? DEADLOCK;
  const last = steps.at(-1)?.reports.some((report) => report.name === property) ?? false;
  if (property !== DEADLOCK && !last) throw new Error(`the trace does not replay to ${property}`);
  return { property, rules: [...fired.values()], steps, schedule: schedule.text };
}

/** A step that was taken, and what happened in it. */
export function stepOf(
  machine: Machine,
  threads: readonly Pinned[],
  {
    n,
    action,
    happenings,
  }: { readonly n: number; readonly action: number; readonly happenings: readonly Happening[] },
): TraceStep {
  const { thread, label, stack, picks } = machine.actions[action] as Action;
  const setup = thread === undefined ? undefined : threads[thread];
  return {
    n,
    who: setup?.name ?? 'hardware',
    cpu: setup?.cpu ?? picks.find((pick) => pick.of === 'cpu')?.value ?? 0,
    label,
    stack,
    action,
    events: happenings.filter((one) => one.kind === 'event'),
    reports: happenings.filter((one) => one.kind === 'report'),
  };
}
