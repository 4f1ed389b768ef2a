// A model explored in the may-hold form of its TLBs (kernel/may-hold.ts), and answered in the explicit
// one: a way to a violation is shown with the fills it takes, and is a shortest one or says that it
// may not be.

import type { Progress, SearchResult } from '../explore/search.ts';
import { isNoMayHold, tlbForms } from '../kernel/tlb-form.ts';
import type { Machine } from '../lang/machine.ts';
import { concretise } from './concretise.ts';

/** Makes the same model in the may-hold form. Throws Problem LUF-E006 where there is none. */
export type MayHoldOf = () => Machine;

/** As a result of `searching`, with what it was found under. */
export interface Explored extends SearchResult {
  /** e.g. `symmetry`; left out where every state and every interleaving was looked at. */
  readonly reduced?: string;
  /** Why TLBs were explored with explicit fills, though what they may hold was asked for. */
  readonly explicitFills?: string;
  /** The way is a shortest one if fills and evictions are not counted; with them there may be others. */
  readonly fillsUncounted?: true;
}

export interface Goes {
  /** Explores the may-hold form with whatever else was asked for. */
  readonly whole: () => Generator<Progress, Explored, boolean>;
  /** Looks in the explicit form for what is wrong within so many steps; its seconds count from the start. */
  readonly within: (steps: number) => Generator<Progress, Explored, boolean>;
}

export function* hidingFills(
  explicit: Machine,
  may: Machine,
  { whole, within }: Goes,
): Generator<Progress, Explored, boolean> {
  const found = yield* whole();
  const reduced = ['may-hold TLBs', ...(found.reduced === undefined ? [] : [found.reduced])];
  const hidden: Explored = { ...found, reduced: reduced.join(', ') };
  if (found.violation === undefined) return hidden;
  const path = concretise(found.violation.path, { may, explicit, ...tlbForms });
  const violation = { ...found.violation, path };
  const shown: Explored = { ...hidden, depth: path.length, violation };
  // With no step added it is as short as a way without fills, and none with fills is shorter.
  if (path.length <= found.depth) return shown;
  const shorter = yield* within(path.length - 1);
  if (shorter.verdict === 'violated') return shorter;
  const { seconds } = shorter;
  const complete = shorter.verdict !== 'bounded' || shorter.depth >= path.length - 1;
  return complete ? { ...shown, seconds } : { ...shown, seconds, fillsUncounted: true };
}

/** The may-hold form, or why there is none. */
export function orWhyNot(mayHoldOf: MayHoldOf): Machine | string {
  try {
    return mayHoldOf();
  } catch (thrown) {
    if (isNoMayHold(thrown)) return thrown.message;
    throw thrown;
  }
}
