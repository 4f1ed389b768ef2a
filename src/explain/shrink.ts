// A scenario made smaller while it goes wrong in the same way: parts are left out one after the other as
// long as a shortest counterexample still has the same property, the same title and the same last step.

import { modelOf } from '../catalogue/build.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { Machine } from '../lang/machine.ts';
import { type Cut, partsOf, without } from './cuts.ts';
import { type JudgeOptions, judge, type Verdict } from './judge.ts';
import { storyOf } from './story.ts';

export interface Shrunk {
  readonly cuts: readonly Cut[];
  /** Of what is left. */
  readonly verdict: Verdict;
  /** Smaller scenarios that were explored. */
  readonly tried: number;
}

/** Smaller scenarios have fewer states, but their shortest way may be another one. */
const MORE_STATES = 2;

/** Yields the number of scenarios tried; `false` stops it with what it has. `from` is a violated verdict. */
export function* shrinking(
  from: Verdict,
  options: Omit<JudgeOptions, 'onProgress'> = {},
): Generator<number, Shrunk, boolean> {
  const { scenario, variant } = from;
  const wanted = kindOfPlace(from);
  const maxStates = Math.max(1_000, MORE_STATES * from.result.states);
  const search = { ...options, bounds: { ...options.bounds, maxStates } };
  const parts = bystandersFirst(partsOf(scenario, variant, callsOf(scenario, variant)), from);
  let best: Shrunk = { cuts: [], verdict: from, tried: 0 };
  let tried = 0;
  for (let again = true; again; ) {
    again = false;
    for (const part of parts) {
      if (isDone(part, best.cuts)) continue;
      if (!(yield tried)) return { ...best, tried };
      const cuts = [...best.cuts, part];
      const smaller = buildable(scenario, variant, cuts);
      if (smaller === undefined) continue;
      tried++;
      const verdict = judge(scenario, smaller, search);
      if (verdict.violation === undefined || kindOfPlace(verdict) !== wanted) continue;
      best = { cuts, verdict, tried };
      again = true;
    }
  }
  return { ...best, tried };
}

/** Who takes no step in the counterexample goes before who does, so that the parties stay the same. */
function bystandersFirst(parts: readonly Cut[], { violation }: Verdict): Cut[] {
  const steps = (part: Cut): number =>
    part.kind === 'thread'
      ? (violation?.steps.filter(({ who }) => who === part.thread).length ?? 0)
      : Infinity;
  const threads = parts.filter((part) => part.kind === 'thread');
  const others = parts.filter((part) => part.kind !== 'thread');
  return [...threads.sort((a, b) => steps(a) - steps(b)), ...others];
}

/** What must stay: the property, the title, and what the last step does. */
function kindOfPlace(verdict: Verdict): string {
  const { violation } = verdict;
  if (violation === undefined) return '';
  const last = violation.steps.at(-1);
  const place = [...(last?.stack ?? []), last?.label];
  return JSON.stringify([violation.property, storyOf(verdict, violation).title, place]);
}

/** Counts can go down again and again; everything else is there once. */
function isDone(part: Cut, cuts: readonly Cut[]): boolean {
  if (part.kind === 'thread' || part.kind === 'vma') {
    return cuts.some((cut) => JSON.stringify(cut) === JSON.stringify(part));
  }
  if (part.kind !== 'call') return false;
  return cuts.some(
    (cut) =>
      JSON.stringify(cut) === JSON.stringify(part) ||
      (cut.kind === 'thread' && cut.thread === part.thread),
  );
}

/** Undefined for what does not stand by itself: somebody refers to what is gone. */
function buildable(
  scenario: Scenario,
  variant: Variant,
  cuts: readonly Cut[],
): Variant | undefined {
  try {
    const smaller = without(scenario, variant, cuts);
    new Machine(modelOf(scenario, smaller)).initial();
    return smaller;
  } catch {
    return undefined;
  }
}

/** How many calls each thread makes, one after the other. */
function callsOf(scenario: Scenario, variant: Variant): number[] {
  return modelOf(scenario, variant).threads.map(({ code }) => code.length);
}
