// A model explored: by the interpreter while it is small, since code for it would take longer to make
// than to do without; else by code generated from it. Both have the same successors in the same
// order, so that the answer is the same (lang/generate).

import { type Bounds, type Progress, type SearchResult, searching } from '../explore/search.ts';
import { explainFailure, isFailed } from '../lang/generate/failure.ts';
import { generate } from '../lang/generate/generate.ts';
import type { Machine } from '../lang/machine.ts';

/** States up to which the interpreter is as fast; see docs/performance.md. */
const SMALL = 30_000;

export interface ExploringOptions {
  readonly targets: readonly string[];
  readonly bounds?: Partial<Bounds>;
}

/** As `searching` of explore/search.ts. */
export function* exploring(
  machine: Machine,
  { targets, bounds = {} }: ExploringOptions,
): Generator<Progress, SearchResult, boolean> {
  const { maxStates = Infinity } = bounds;
  const few = Math.min(SMALL, maxStates);
  const small = yield* searching(machine, { targets, bounds: { ...bounds, maxStates: few } });
  // A level that was cut short says nothing about the rest of it.
  if (small.states <= few && !isCutAt(small, few)) return small;
  if (few === maxStates) return small;
  try {
    return yield* searching(generate(machine), { targets, bounds });
  } catch (thrown) {
    if (isFailed(thrown)) explainFailure(machine, thrown);
    throw thrown;
  }
}

function isCutAt({ verdict, bound }: SearchResult, states: number): boolean {
  return verdict === 'bounded' && bound === `${states} states`;
}
