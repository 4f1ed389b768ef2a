// Errors of the model (a value out of range, a store without its lock) are found by generated code,
// but it does not say which: the interpreter does, when it is shown the state.

import type { Machine } from '../machine.ts';

/** What generated code throws: plain data, so that a worker can pass it on. */
export interface Failed {
  /** The state of which a successor could not be made. */
  readonly modelError: readonly number[];
}

export function isFailed(thrown: unknown): thrown is Failed {
  return typeof thrown === 'object' && thrown !== null && 'modelError' in thrown;
}

const MARK = 'the model fails in ';

/** The same as text, for threads that can pass on nothing else; see `failureIn`. */
export function failureText(failed: Failed): string {
  return MARK + JSON.stringify(failed.modelError);
}

/** What generated code threw, in this thread or (as text) in another; undefined for other errors. */
export function failureIn(thrown: unknown): Failed | undefined {
  if (isFailed(thrown)) return thrown;
  if (!(thrown instanceof Error) || !thrown.message.startsWith(MARK)) return undefined;
  return { modelError: JSON.parse(thrown.message.slice(MARK.length)) as number[] };
}

/**
 * Throws what the interpreter has to say about a state that generated code failed on: a Problem,
 * the same as if there were no generated code. If it has nothing to say, the two disagree, which
 * is an error of ours.
 */
export function explainFailure(machine: Machine, failed: Failed): never {
  machine.successors(Int32Array.from(failed.modelError), () => {});
  const state = failed.modelError.join(' ');
  throw new Error(`generated code fails where the interpreter does not, in the state ${state}`);
}
