// A way through a variant as plain data that a page can draw: every step with its words and what it
// changed, what can happen next at one of them, and the story where it ends in something wrong. Made in a
// worker, by the stepper of src/explain.

import { type Change, changesOf, type State } from '../../explain/full-story.ts';
import type { Subject } from '../../explain/redesign.ts';
import { replaySchedule } from '../../explain/replaying.ts';
import type { Row } from '../../explain/rows.ts';
import { actionsOf } from '../../explain/schedule.ts';
import { sideBySide } from '../../explain/side-by-side.ts';
import { type Ending, Stepper, type StepText } from '../../explain/stepper.ts';
import { type Story, storyOf } from '../../explain/story.ts';
import { nameOfChoice } from '../../kernel/kernel.ts';
import { describeWorld, type World } from '../../kernel/world.ts';
import type { Happening } from '../../lang/replay.ts';
import { allRules } from '../../rules/all.ts';

/** A step that was taken or can be. */
export interface ViewStep {
  readonly action: number;
  readonly who: string;
  readonly cpu: number;
  /** Functions around it, then its own name: `try_to_unmap > ptep_get_and_clear`. */
  readonly where: string;
  /** Its own name alone. */
  readonly label: string;
  /** What it does: `clear pte(va)`; empty where nothing outside of the thread changes. */
  readonly what: string;
  readonly wrong: readonly string[];
  readonly fired: readonly string[];
  readonly events: readonly Happening[];
}

export interface TakenStep extends ViewStep {
  readonly changes: readonly Change[];
}

/** What a story says beside its steps. */
export type Told = Pick<
  Story,
  'title' | 'property' | 'why' | 'missing' | 'fired' | 'recommended' | 'silent' | 'untested'
> & { readonly rows: readonly Row[] };

export interface StoryView {
  readonly scenario: string;
  readonly variant: string;
  readonly title: string;
  readonly says: string;
  readonly about: string;
  readonly source: string;
  readonly expect: string;
  readonly design: string;
  readonly size: string;
  readonly world: World;
  readonly threads: readonly { readonly name: string; readonly cpu: number }[];
  /** Ids of the rules that watch. */
  readonly rules: readonly string[];
  /** Other variants of the scenario, those that hold first. */
  readonly others: readonly {
    readonly name: string;
    readonly says: string;
    readonly holds: boolean;
  }[];
  readonly initial: State;
  readonly steps: readonly TakenStep[];
  readonly schedule: string;
  /** After the last step. */
  readonly ending: Ending;
  readonly told: Told | undefined;
}

/** What can happen after some of a view's steps. */
export interface Choices {
  readonly at: number;
  readonly ways: readonly ViewStep[];
  readonly ending: Ending;
}

export interface BesideView {
  readonly a: StoryView;
  readonly b: StoryView;
  /** Rows of both: the number of a step on each side, or none. */
  readonly pairs: readonly { readonly a?: number; readonly b?: number; readonly same: boolean }[];
}

/** @throws Problem LUF-E111 for a schedule that cannot be followed. */
export function storyView(subject: Subject, schedule: string): StoryView {
  const stepper = new Stepper(subject.scenario, subject.variant);
  const threads = subject.variant.threads ?? subject.scenario.threads;
  return viewOf(subject, stepper, actionsOf(stepper.machine, threads, schedule));
}

/** The view after taking one more action behind the first `at` steps of a schedule. */
export function viewAfter(
  subject: Subject,
  schedule: string,
  at: number,
  more: readonly number[],
): StoryView {
  const stepper = new Stepper(subject.scenario, subject.variant);
  const threads = subject.variant.threads ?? subject.scenario.threads;
  const actions = actionsOf(stepper.machine, threads, schedule).slice(0, at);
  return viewOf(subject, stepper, [...actions, ...more]);
}

export function choicesAt(subject: Subject, schedule: string, at: number): Choices {
  const stepper = steppedTo(subject, schedule, at);
  return { at, ways: stepper.enabled().map(viewStep), ending: stepper.ending() };
}

/** A stepper behind the first `at` steps of a schedule. */
export function steppedTo({ scenario, variant }: Subject, schedule: string, at: number): Stepper {
  const stepper = new Stepper(scenario, variant);
  const threads = variant.threads ?? scenario.threads;
  for (const action of actionsOf(stepper.machine, threads, schedule).slice(0, at)) {
    stepper.take(action);
  }
  return stepper;
}

/** Two variants of one scenario: the steps of the first, and the second following as closely as it can. */
export function besideView(a: Subject, b: Subject, schedule: string): BesideView {
  const threads = a.variant.threads ?? a.scenario.threads;
  const actions = actionsOf(new Stepper(a.scenario, a.variant).machine, threads, schedule);
  const led = schedule === '' ? undefined : actions;
  const { pairs } = sideBySide(a.scenario, [a.variant, b.variant], led);
  const taken = (side: 'a' | 'b'): number[] =>
    pairs.flatMap((pair) => (pair[side] === undefined ? [] : [pair[side].step.action]));
  let [n, m] = [0, 0];
  return {
    a: viewOf(a, new Stepper(a.scenario, a.variant), taken('a')),
    b: viewOf(b, new Stepper(b.scenario, b.variant), taken('b')),
    pairs: pairs.map((pair) => ({
      ...(pair.a === undefined ? {} : { a: ++n }),
      ...(pair.b === undefined ? {} : { b: ++m }),
      same: pair.a !== undefined && pair.b !== undefined && pair.a.text === pair.b.text,
    })),
  };
}

function viewOf(subject: Subject, stepper: Stepper, actions: readonly number[]): StoryView {
  const { scenario, variant } = subject;
  const initial = stepper.values();
  let before: State = initial;
  const steps = actions.map((action): TakenStep => {
    const step = viewStep(stepper.take(action));
    const after = stepper.values();
    const changes = changesOf(before, after);
    before = after;
    return { ...step, changes };
  });
  const ending = stepper.ending();
  const { schedule } = stepper;
  return {
    scenario: scenario.id,
    variant: variant.id,
    title: scenario.title,
    says: variant.says,
    about: scenario.says,
    source: [scenario.provenance.source, scenario.provenance.where].join(' · '),
    expect: variant.expect,
    design: nameOfChoice(variant.design),
    size: describeWorld(variant.world ?? scenario.world),
    world: variant.world ?? scenario.world,
    threads: (variant.threads ?? scenario.threads).map(({ name, cpu }) => ({ name, cpu })),
    rules: allRules.map(({ id }) => id),
    others: scenario.variants
      .filter(({ id }) => id !== variant.id)
      .map(({ id, says, expect }) => ({
        name: `${scenario.id}:${id}`,
        says,
        holds: expect === 'holds',
      }))
      .sort((x, y) => Number(y.holds) - Number(x.holds)),
    initial,
    steps,
    schedule,
    ending,
    told: ending === 'violated' || ending === 'deadlock' ? toldOf(subject, schedule) : undefined,
  };
}

function toldOf({ scenario, variant }: Subject, schedule: string): Told {
  const violation = replaySchedule(scenario, variant, schedule);
  const found = { scenario, variant, design: nameOfChoice(variant.design), result: { states: 0 } };
  const story = storyOf(found, violation);
  const { title, property, why, missing, fired, recommended, silent, untested, rows } = story;
  return { title, property, why, missing, fired, recommended, silent, untested, rows };
}

function viewStep({ step, text, wrong, fired }: StepText): ViewStep {
  const { action, who, cpu, stack, label, events } = step;
  const where = [...stack.slice(-1), label].filter((one) => one !== '').join(' > ');
  const named = [...stack.slice(-1), label].join(' > ');
  const rest = text.slice(named.length);
  // What was chosen, where nothing outside of the thread tells it: `folio_trylock (slot 0)`.
  const what = rest.startsWith(': ') ? rest.slice(2) : rest === '' ? '' : `${label}${rest}`;
  return { action, who, cpu, where, label, what, wrong, fired, events };
}
