// A machine seen through its symmetry: the same, with every successor replaced by the state that
// stands for its orbit. It has the shape that explore/search.ts asks for.

import type { Machine, Visit } from '../machine.ts';

/** Replaces the state that starts at `at` by its representative, in place. */
export type Canonical = (states: Int32Array, at: number) => void;

export interface Quotient {
  readonly words: number;
  readonly properties: readonly string[];
  readonly ways: number;
  initial(): Int32Array;
  successors(state: Int32Array, visit: Visit): void;
  finished(state: Int32Array): boolean;
  isThreadAction(action: number): boolean;
}

export function quotient(machine: Machine, canonical: Canonical): Quotient {
  return {
    words: machine.words,
    properties: machine.properties,
    ways: machine.ways,
    initial: () => {
      const state = machine.initial();
      canonical(state, 0);
      return state;
    },
    successors: (state, visit) => {
      machine.successors(state, (action, next, reports) => {
        canonical(next, 0);
        visit(action, next, reports);
      });
    },
    finished: (state) => machine.finished(state),
    isThreadAction: (action) => machine.isThreadAction(action),
  };
}
