// A variant one step at a time, by hand: what can be taken now, taking it, going back, and the shortest
// way to something that is not there yet.

import { modelOf } from '../catalogue/build.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { search } from '../explore/search.ts';
import type { Decoded } from '../lang/compile-stmt.ts';
import { Machine } from '../lang/machine.ts';
import { allRules } from '../rules/all.ts';
import { asObserver } from '../rules/as-observer.ts';
import type { AnyRule } from '../rules/rule.ts';
import { wrongs } from '../rules/truth/wrongs.ts';
import { stepOf, type TraceStep } from './judge.ts';
import { Ledger } from './ledger.ts';
import { momentsOf } from './moments.ts';
import { type Names, namesOf } from './names.ts';
import { phrase } from './phrases.ts';
import { isStuck } from './replaying.ts';
import { type Pinned, ScheduleWriter, waysFrom } from './schedule.ts';

/** A step that can be taken, or was. */
export interface StepText {
  readonly step: TraceStep;
  /** `ptep_get_and_clear: clear pte(va)` */
  readonly text: string;
  /** Truth's properties that it violates. */
  readonly wrong: readonly string[];
  /** Rules that it breaks. */
  readonly fired: readonly string[];
}

export type Ending = 'violated' | 'deadlock' | 'finished' | undefined;

/** The shortest way from here. */
export type Reached =
  | {
      readonly kind: 'way';
      readonly actions: readonly number[];
      readonly steps: readonly StepText[];
    }
  /** No step and no property is called that. */
  | { readonly kind: 'unknown' }
  /** Every state that can be reached from here was looked at. */
  | { readonly kind: 'never'; readonly states: number }
  | { readonly kind: 'bounded'; readonly states: number };

/** States looked at for one question. */
const MOST_STATES = 300_000;

export class Stepper {
  readonly machine: Machine;
  readonly #scenario: Scenario;
  readonly #variant: Variant;
  readonly #watching: readonly AnyRule[];
  readonly #world: Scenario['world'];
  readonly #setup: Scenario['setup'];
  readonly #threads: readonly Pinned[];
  readonly #names: Names;
  readonly #states: Int32Array[];
  readonly #taken: StepText[] = [];

  constructor(scenario: Scenario, variant: Variant, watching: readonly AnyRule[] = allRules) {
    this.#scenario = scenario;
    this.#variant = variant;
    this.#watching = watching;
    this.machine = new Machine(modelOf(scenario, variant, watching.map(asObserver)));
    this.#world = variant.world ?? scenario.world;
    this.#setup = variant.setup ?? scenario.setup;
    this.#threads = variant.threads ?? scenario.threads;
    this.#names = namesOf({ world: this.#world }, this.#threads);
    this.#states = [this.machine.initial()];
  }

  get taken(): readonly StepText[] {
    return this.#taken;
  }
  get #state(): Int32Array {
    return this.#states.at(-1) as Int32Array;
  }

  /** Threads first, then hardware. Nothing after a violation. */
  enabled(): readonly StepText[] {
    if ((this.#taken.at(-1)?.wrong.length ?? 0) > 0) return [];
    const state = this.#state;
    return waysFrom(this.machine, state).map(({ action }) => this.#told(state, action));
  }

  /** @throws Error for an action that cannot be taken. */
  take(action: number): StepText {
    const told = this.#told(this.#state, action);
    this.#states.push(this.machine.replay(this.#state, action).next);
    this.#taken.push(told);
    return told;
  }

  /** The number of steps that were taken back. */
  undo(steps = 1): number {
    const back = Math.min(steps, this.#taken.length);
    this.#taken.splice(this.#taken.length - back);
    this.#states.splice(this.#states.length - back);
    return back;
  }

  ending(): Ending {
    if ((this.#taken.at(-1)?.wrong.length ?? 0) > 0) return 'violated';
    if (this.machine.finished(this.#state)) return 'finished';
    return isStuck(this.machine, this.#state) ? 'deadlock' : undefined;
  }

  /** The steps so far as a schedule. */
  get schedule(): string {
    const writer = new ScheduleWriter(this.machine, this.#threads);
    this.#taken.forEach(({ step }, i) => {
      writer.add(step.action, waysFrom(this.machine, this.#states[i] as Int32Array));
    });
    return writer.text;
  }

  /** Every state variable, by name. */
  values(): Readonly<Record<string, Decoded>> {
    return this.machine.describe(this.#state);
  }

  /**
   * The shortest way from here to a step in whose name all the words occur (thread, function, label),
   * or to a property or rule of that name.
   */
  how(words: readonly string[]): Reached {
    const asked = words.join('-').toLowerCase();
    const machine = this.#watchedBy(this.#watching.filter(({ id }) => id === asked));
    const wanted = new Set<number>();
    machine.actions.forEach((_, action) => {
      const { who, stack, label, cpu } = this.#bare(action);
      const name = [`cpu${cpu}`, who, ...stack, label].join(' ').toLowerCase();
      if (words.every((word) => name.includes(word.toLowerCase()))) wanted.add(action);
    });
    const property = machine.properties.indexOf(asked);
    const mask = property < 0 ? 0 : 1 << property;
    if (wanted.size === 0 && mask === 0) return { kind: 'unknown' };
    const now = this.#taken.reduce(
      (state, { step }) => machine.replay(state, step.action).next,
      machine.initial(),
    );
    const found = search(
      {
        words: machine.words,
        properties: ['wanted'],
        initial: () => now,
        successors: (state, visit) =>
          machine.successors(state, (action, next, reports) =>
            visit(action, next, wanted.has(action) || (reports & mask) !== 0 ? 1 : 0),
          ),
        finished: () => true,
        isThreadAction: () => true,
      },
      { targets: ['wanted'], bounds: { maxStates: MOST_STATES } },
    );
    const { states, violation } = found;
    if (violation === undefined) {
      return { kind: found.verdict === 'bounded' ? 'bounded' : 'never', states };
    }
    const steps = violation.path.map((action) => this.take(action));
    this.undo(steps.length);
    return { kind: 'way', actions: violation.path, steps };
  }

  /** The same machine, with no rule's state in it that nobody asks about: fewer states to look at. */
  #watchedBy(rules: readonly AnyRule[]): Machine {
    return new Machine(modelOf(this.#scenario, this.#variant, rules.map(asObserver)));
  }

  #bare(action: number): TraceStep {
    return stepOf(this.machine, this.#threads, { n: 0, action, happenings: [] });
  }

  #told(state: Int32Array, action: number): StepText {
    const { happenings } = this.machine.replay(state, action);
    const n = this.#taken.length + 1;
    const step = stepOf(this.machine, this.#threads, { n, action, happenings });
    const ids = step.reports.map((report) => report.name);
    return {
      step,
      text: this.#text(step),
      wrong: ids.filter((id) => id in wrongs),
      fired: ids.filter((id) => !(id in wrongs)),
    };
  }

  /** What happens in a step that follows those taken. */
  #text(step: TraceStep): string {
    const ledger = new Ledger({ setup: this.#setup, world: this.#world });
    const before = momentsOf(this.#taken.map((one) => one.step));
    for (const moment of before) ledger.take(moment);
    const said: string[] = [];
    for (const moment of momentsOf([step])) {
      ledger.take(moment);
      const text = phrase(moment, this.#names, ledger);
      if (text !== undefined) said.push(text);
      else if (moment.event === 'lock.take') said.push(`take ${moment.lock}`);
      else if (moment.event === 'lock.release') said.push(`release ${moment.lock}`);
    }
    const { picks = [] } = this.machine.actions[step.action] ?? {};
    const picked = picks
      .filter((pick) => pick.of !== 'cpu')
      .map((pick) => `${pick.of} ${pick.value}`);
    const where = [...step.stack.slice(-1), step.label].join(' > ');
    const choice = said.length === 0 && picked.length > 0 ? ` (${picked.join(', ')})` : '';
    return `${where}${choice}${said.length === 0 ? '' : `: ${said.join('; ')}`}`;
  }
}
