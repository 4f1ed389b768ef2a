// One CPU after the other, where the specification says CHOOSE.

import { all, type Id } from '../../../src/lang/expr.ts';
import {
  type Codes,
  loopWhile,
  path,
  pickStep,
  type Stmts,
  step,
} from '../../../src/lang/program.ts';
import { id, setOf } from '../../../src/lang/sorts.ts';
import type { AsidState } from './state.ts';

interface Turn {
  readonly label: string;
  readonly does: (cpu: Id<'cpu'>) => Stmts;
  /** What comes after the first step of each turn. */
  readonly then: (cpu: Id<'cpu'>) => Codes;
}

const locals = { left: setOf('cpu'), turn: id('cpu') };
const anyOrder = path<AsidState, Turn, typeof locals>(
  {
    name: 'CHOOSE',
    source: 'asidalloc.tla',
    leavesOut: 'nothing',
    reads: [],
    writes: ['asid_map', 'active_asids', 'reserved_asids', 'ret_check_update_reserved_asid'],
    locals,
  },
  (_, { label, does, then }, { left, turn }) => [
    left.set(all('cpu')),
    loopWhile(
      left.isSome(),
      pickStep(label, {
        pick: ['cpu'],
        among: ({ cpu }) => left.has(cpu),
        does: ({ cpu }) => [turn.set(cpu), left.remove(cpu.only()), does(cpu)],
      }),
      then(turn),
    ),
  ],
);

/** In order, as TLC takes them, CPU 0 is first; in any order there are more ways, but CPUs can be exchanged. */
export function eachCpu(
  k: AsidState,
  label: string,
  does: Turn['does'],
  then: Turn['then'] = () => [],
): Codes {
  if (k.order === 'any') return [anyOrder(k, { label, does, then })];
  return k.cpus.map((cpu) => [step(label, does(cpu)), then(cpu)]);
}
