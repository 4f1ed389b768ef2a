// A model as generated code, with the reductions asked for around it. Everything that a reduction
// rests on is derived from the text of the model (lang/symmetry, lang/reduce).

import type { SystemText } from '../base/system-text.ts';
import { generate } from '../lang/generate/generate.ts';
import { Machine } from '../lang/machine.ts';
import type { Plan } from '../lang/reduce/plan.ts';
import type { Reductions } from '../lang/reduce/runner.ts';
import { runnerSource } from '../lang/reduce/source.ts';
import { orderOf, symmetryOf } from '../lang/symmetry/derive.ts';
import { canonicalSource } from '../lang/symmetry/generate.ts';
import { normalOf } from '../lang/symmetry/normal.ts';

export interface ReducedModel {
  readonly text: SystemText;
  /** Has the same states, and says what is wrong with the model where the code fails. */
  readonly plain: Machine;
}

/** How many states can stand for one another; 1 where nothing can be exchanged. */
export function symmetriesOf(machine: Machine): number {
  return orderOf(symmetryOf(withoutDead(machine)));
}

/** One state for each orbit. The same depths, and a way to a violation is found in real names. */
export function symmetric(machine: Machine): ReducedModel {
  const plain = withoutDead(machine);
  const symmetry = symmetryOf(plain);
  if (symmetry.components.length === 0) return { plain, text: generate(plain) };
  const source = canonicalSource(normalOf(plain, symmetry));
  const declarations = [`const canonical = (() => {\n${source}\n})();`];
  return { plain, text: generate(plain, { declarations, members: ['canonical'] }) };
}

/**
 * Fewer interleavings: the same reports, deadlocks and ends, but steps are taken together, so that
 * depths are others. Actions of a way are those of its stored states.
 */
export function interleaved(machine: Machine, reductions: Reductions): ReducedModel {
  const reduced = new Machine(machine.text, { reductions });
  const about = {
    words: reduced.words,
    counters: reduced.threads.map((thread) => thread.pc),
    ways: Math.max(...reduced.threads.flatMap(({ points }) => points.map((ways) => ways.length))),
  };
  const declarations = [
    runnerSource(reduced.plan as Plan, reductions, about),
    failing(about.words),
  ];
  const text = generate(reduced, { declarations, members: ['expand: explainedExpand'] });
  return { plain: machine, text };
}

/** A step inside of several taken together fails in a state that is not stored. */
function failing(words: number): string {
  return `function explainedExpand(from, at, into, actions, reports, n) {
  try {
    return reducedExpand(from, at, into, actions, reports, n);
  } catch (error) {
    if (error !== FAILED) throw error;
    const [states, start] = failedAt;
    throw { modelError: Array.from(states.subarray(start, start + ${words})) };
  }
}`;
}

function withoutDead(machine: Machine): Machine {
  return machine.resetDead ? machine : new Machine(machine.text, { resetDead: true });
}
