// A story with everything behind it: each step with its events, and what it changed in the state. Made
// by replaying, so that it can be printed, drawn and compared without the model.

import { modelOf } from '../catalogue/build.ts';
import type { Decoded } from '../lang/compile-stmt.ts';
import { Machine } from '../lang/machine.ts';
import { allRules } from '../rules/all.ts';
import { asObserver } from '../rules/as-observer.ts';
import type { TraceStep, Violation } from './judge.ts';
import { type Found, type Story, storyOf } from './story.ts';

export type State = Readonly<Record<string, Decoded>>;

export interface Change {
  /** A state variable: `pte.frame[0,0]`, `pc[kswapd]`. */
  readonly name: string;
  readonly before: Decoded;
  readonly after: Decoded;
}

export interface FullStep extends TraceStep {
  readonly changes: readonly Change[];
}

export interface FullStory extends Story {
  readonly initial: State;
  readonly trace: readonly FullStep[];
}

export function fullStoryOf(
  found: Found,
  violation: Violation,
  story: Story = storyOf(found, violation),
): FullStory {
  const { scenario, variant } = found;
  const machine = new Machine(modelOf(scenario, variant, allRules.map(asObserver)));
  let words = machine.initial();
  const initial = machine.describe(words);
  let before = initial;
  const trace = violation.steps.map((step): FullStep => {
    words = machine.replay(words, step.action).next;
    const after = machine.describe(words);
    const full = { ...step, changes: changesOf(before, after) };
    before = after;
    return full;
  });
  return { ...story, initial, trace };
}

/** What differs between two states of one model. */
export function changesOf(before: State, after: State): Change[] {
  return Object.entries(after).flatMap(([name, value]) =>
    JSON.stringify(before[name]) === JSON.stringify(value)
      ? []
      : [{ name, before: before[name] as Decoded, after: value }],
  );
}

/** The state after each step, the initial one first. */
export function statesOf({ initial, trace }: Pick<FullStory, 'initial' | 'trace'>): State[] {
  const states = [initial];
  for (const { changes } of trace) {
    const after = Object.fromEntries(changes.map((change) => [change.name, change.after]));
    states.push({ ...states.at(-1), ...after });
  }
  return states;
}
