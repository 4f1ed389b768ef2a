// A model as generated code, with the reductions asked for around it. Everything that a reduction
// rests on is derived from the text of the model (lang/symmetry, lang/reduce).

import { compile, type SystemText } from '../base/system-text.ts';
import { generate } from '../lang/generate/generate.ts';
import { Machine } from '../lang/machine.ts';
import { withOwnCells } from '../lang/own-cells.ts';
import { MOST_VARIANTS, type Reductions } from '../lang/reduce/runner.ts';
import { runnerSource, surroundingsOf } from '../lang/reduce/source.ts';
import { orderOf, symmetryOf } from '../lang/symmetry/derive.ts';
import { canonicalSource } from '../lang/symmetry/generate.ts';
import { normalOf } from '../lang/symmetry/normal.ts';
import { realSteps } from '../lang/symmetry/real-steps.ts';
import { sharedPlan } from '../lang/symmetry/shared-plan.ts';

export interface ReducedModel {
  readonly text: SystemText;
  /** Has the same states, and says what is wrong with the model where the code fails. */
  readonly plain: Machine;
  /**
   * Actions of `plain`, one step each, up to the report of one of the properties: those of a way
   * that a search has found. Where depths are the same, they are what the search says.
   *
   * @throws Error if the model cannot be run like that.
   */
  readonly realPath: (path: readonly number[], properties: readonly string[]) => readonly number[];
}

/** How many states can stand for one another; 1 where nothing can be exchanged. */
export function symmetriesOf(machine: Machine): number {
  return orderOf(symmetryOf(withoutDead(machine)));
}

/** What is left out of a search; at least one of them. */
export interface Reduction extends Reductions {
  /** One state for each orbit of what can be exchanged. */
  readonly symmetry?: boolean;
}

/**
 * With symmetry alone depths stay the same, and a way to a violation is found in real names. With
 * fewer interleavings reports, deadlocks and ends are kept, but steps are taken together, so that
 * depths are others, and a way is to be told by `realPath`.
 */
export function reduced(machine: Machine, reduction: Reduction): ReducedModel {
  const { symmetry: exchange, ...reductions } = reduction;
  const plain = withoutDead(machine);
  const symmetry = exchange === true ? symmetryOf(plain) : { components: [], frozen: new Map() };
  const exchanges = symmetry.components.length > 0;
  const declarations: string[] = [];
  const members: string[] = [];
  if (exchanges) {
    const source = canonicalSource(normalOf(plain, symmetry));
    declarations.push(`const canonical = (() => {\n${source}\n})();`);
    members.push('canonical');
  }
  if (!Object.values(reductions).includes(true)) {
    return { plain, text: generate(plain, { declarations, members }), realPath: (path) => path };
  }
  const plan = sharedPlan(plain, symmetry);
  declarations.push(runnerSource(plan, reductions, surroundingsOf(plain)), failing(plain.words));
  members.push('expand: explainedExpand');
  const single = generate(plain, { declarations, members });
  const text = { ...single, ...widened(single, reductions), renamed: exchanges };
  return {
    plain,
    text,
    realPath: (path, properties) => {
      const stepping = new Machine(plain.text, { resetDead: true, reductions, plan });
      const { canonical } = compile(text.source);
      return realSteps({ plain, stepping, canonical }, path, properties);
    },
  };
}

/** A step of a thread may be preceded by the hardware's in several ways, each an action of its own. */
function widened(
  { ways, threadActions }: SystemText,
  { lateHardware }: Reductions,
): Pick<SystemText, 'ways' | 'threadActions'> {
  const variants = lateHardware === true ? MOST_VARIANTS : 1;
  const actions = threadActions.length;
  return {
    ways: ways * variants,
    threadActions: Uint8Array.from(
      { length: actions * variants },
      (_, n) => threadActions[n % actions] as number,
    ),
  };
}

/** A step inside of several taken together fails in a state that is not stored. */
function failing(words: number): string {
  return `function explainedExpand(from, at, into, actions, reports, n) {
  try {
    return reducedExpand(from, at, into, actions, reports, n);
  } catch (error) {
    if (error !== FAILED) throw error;
    throw { modelError: Array.from(failedIn.subarray(failedAt, failedAt + ${words})) };
  }
}`;
}

function withoutDead(machine: Machine): Machine {
  return machine.resetDead ? machine : new Machine(withOwnCells(machine), { resetDead: true });
}
