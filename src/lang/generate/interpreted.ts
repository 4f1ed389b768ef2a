// The interpreter in the shape of generated code, so that an explorer need not know which it runs:
// for models too small to be worth compiling, and to hold one against the other.

import type { Compiled } from '../../base/system-text.ts';
import type { Machine } from '../machine.ts';

/** Model errors are thrown at once as the Problem that they are. */
export function interpreted(machine: Machine): Compiled {
  const { words } = machine;
  const stateAt = (from: Int32Array, at: number): Int32Array => from.subarray(at, at + words);
  return {
    expand: (from, at, into, actions, reports, n) => {
      let next = n;
      machine.successors(stateAt(from, at), (action, state, reported) => {
        into.set(state, next * words);
        actions[next] = action;
        reports[next++] = reported;
      });
      return next;
    },
    finished: (from, at) => machine.finished(stateAt(from, at)),
  };
}
