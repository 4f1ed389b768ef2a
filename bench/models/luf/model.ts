// The lazy-flush model as something to explore: a world's size and what its threads do.

import { Declarations } from '../../../src/lang/declare.ts';
import { theId } from '../../../src/lang/expr.ts';
import type { ModelText, ThreadText } from '../../../src/lang/machine.ts';
import type { Code } from '../../../src/lang/nodes.ts';
import { each, loop } from '../../../src/lang/program.ts';
import { genericPerformWrite, handleMmFault, type LufKernel, shrinkFolioList } from './paths.ts';
import { declareLuf } from './state.ts';
import { explicitTlb, lufNames, mayHoldTlb } from './tlb.ts';

export interface Threads {
  readonly threads: number;
  /** How often each of them does its path. */
  readonly rounds: number | 'forever';
}

export interface LufWorld {
  readonly cpus: number;
  /** Pages of the address space, and slots of the file: page i shows slot i. */
  readonly pages: number;
  /** The last so many pages may be written. */
  readonly writablePages: number;
  readonly frames: number;
  readonly tlb: 'explicit' | 'may-hold';
  readonly reclaim: Threads;
  readonly fault: Threads;
  readonly write: Threads;
  /** Debts are crossed off without a flush. */
  readonly broken?: boolean;
}

export function lufText(world: LufWorld): ModelText {
  const d = new Declarations();
  const state = declareLuf(d);
  const tlb = world.tlb === 'explicit' ? explicitTlb(d, state) : mayHoldTlb(d, state);
  const kernel: LufKernel = { state, tlb, pays: world.broken !== true };
  const threads = [
    ...threadsOf('kswapd', world.reclaim, () => shrinkFolioList(kernel, {})),
    ...threadsOf('fault', world.fault, () => handleMmFault(kernel, {})),
    ...threadsOf('write', world.write, () => genericPerformWrite(kernel, {})),
  ];
  const pages = Array.from({ length: world.pages }, (_, i) => i);
  return {
    sizes: {
      cpu: world.cpus,
      va: world.pages,
      slot: world.pages,
      frame: world.frames,
      thread: threads.length,
    },
    declarations: d,
    init: [
      ...pages.flatMap((i) => [
        state.backs(theId('va', i)).set(theId('slot', i)),
        state.writable(theId('va', i)).set(i >= world.pages - world.writablePages),
      ]),
      each('frame', (frame) => [state.free(frame).set(true)]),
    ],
    threads,
    ambient: tlb.hardware,
    observers: [lufNames],
  };
}

function threadsOf(name: string, { threads, rounds }: Threads, once: () => Code): ThreadText[] {
  return Array.from({ length: threads }, (_, i) => ({
    name: `${name}/${i}`,
    code: rounds === 'forever' ? [loop('forever', once())] : Array.from({ length: rounds }, once),
  }));
}
