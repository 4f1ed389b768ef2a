// The symmetry that asidalloc.cfg declares to TLC: tasks, and CPUs, can be exchanged. Of the tasks the
// tool derives as much from the text. Of the CPUs it does not, and rightly: where the specification
// says CHOOSE, a CPU is taken before another, which TLC overlooks. So this is for comparing with
// what TLC counts, and nothing rests on it.

import type { Symmetry } from '../../../src/lang/symmetry/derive.ts';
import { permutations } from '../../../src/lang/symmetry/group.ts';

/** For a machine of `asidText`, whose first two threads are the CPUs' schedulers. */
export function declaredSymmetry(tasks: number): Symmetry {
  return {
    components: [
      { kinds: ['task'], elements: permutations(tasks).map((task) => ({ task })) },
      {
        kinds: ['cpu', 'thread'],
        elements: [
          { cpu: [0, 1], thread: [0, 1, 2] },
          { cpu: [1, 0], thread: [1, 0, 2] },
        ],
      },
    ],
    frozen: new Map(),
  };
}
