// The arm64 kernel's ASID allocator (arch/arm64/mm/context.c), after the TLA+ specification of its
// maintainers: `asidalloc.tla` in Catalin Marinas's kernel-tla, with CnP false. One step for each of
// its labels, under the label's name. Where it says CHOOSE for a CPU, TLC takes them in order, and
// so does this.

import { Declarations } from '../../../src/lang/declare.ts';
import type { ModelText, ThreadText } from '../../../src/lang/machine.ts';
import type { Code } from '../../../src/lang/nodes.ts';
import { each, loop, path, pickStep, step } from '../../../src/lang/program.ts';
import { id } from '../../../src/lang/sorts.ts';
import { invariantNames, tellInvariants } from './invariants.ts';
import {
  ASIDS,
  type AsidState,
  asid,
  declareAsid,
  INVALIDATED,
  type Order,
  UNMAPPED,
} from './state.ts';
import { sched } from './switch-context.ts';

const CPUS = 2;

const locals = { task: id('task'), asid: id('asid') };
const tryToUnmap = path<AsidState, object, typeof locals>(
  {
    name: 'try_to_unmap',
    source: 'asidalloc.tla',
    leavesOut: 'that a page can be mapped again',
    reads: ['mm_context_id', 'active_mm', 'in_sched_loop'],
    writes: ['pte', 'tlb'],
    locals,
  },
  (k, _, l) => [
    pickStep('ttu', { pick: ['task'], does: ({ task }) => [l.task.set(task)] }),
    step('pte_clear', k.pte(l.task).set(UNMAPPED)),
    step('read_asid', l.asid.set(k.mm(l.task).asid)),
    step(
      'tlbi',
      each('cpu', (cpu) => [each('task', (task) => [k.tlb(cpu, task).remove(l.asid.only())])]),
    ),
    step('after_tlbi', k.pte(l.task).set(INVALIDATED), tellInvariants(k)),
  ],
);

function forever(name: string, body: Code): ThreadText {
  return { name, code: [loop('forever', body)] };
}

/**
 * The model with so many tasks: 2 CPUs, 4 ASIDs, 3 generations, as in the specification's file.
 * `first` is where allocation starts: from 3 the second task already finds none free.
 */
export function asidText(tasks: number, first = 1, order: Order = 'first'): ModelText {
  const d = new Declarations();
  const k = declareAsid(d, CPUS, order);
  return {
    sizes: { cpu: CPUS, task: tasks, asid: ASIDS, thread: CPUS + 1 },
    declarations: d,
    init: [
      k.generation.set(1),
      k.curIdx.set(asid(first)),
      each('cpu', (cpu) => [k.idle(cpu).set(true)]),
    ],
    threads: [
      ...k.cpus.map((cpu, i) => forever(`sched/${i}`, sched(k, { cpu }))),
      forever('ttu', tryToUnmap(k, {})),
    ],
    ambient: [],
    observers: [invariantNames],
  };
}
