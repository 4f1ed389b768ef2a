// Every pair of operations as a scenario: the one tells a reader what it has done, the other one runs
// at the same time, and so does reclaim. Finds what nobody thought of.

import {
  type Operation,
  operations,
  operationsSetup,
  operationsWorld,
} from '../catalogue/operations.ts';
import { kswapd, place, thread } from '../catalogue/places.ts';
import type { Scenario } from '../catalogue/scenario.ts';
import type { Design } from '../kernel/kernel.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { load } from '../kernel/paths/user.ts';

/** `told` is the operation that the reader hears of; `beside` runs in parallel. */
export function pairScenario(
  told: Operation,
  beside: Operation,
  designs: readonly Design[],
): Scenario {
  return {
    id: `${told.id}/${beside.id}`,
    title: `${told.says}, then a load by one who was told; beside it ${beside.says}`,
    provenance: { source: 'made from two operations', where: 'src/catalogue/operations.ts' },
    says: `${told.says}. The reader is told, and loads. Reclaim and ${beside.says} come in between.`,
    world: operationsWorld,
    setup: operationsSetup([null, 0, told.kernel ? null : 0, beside.kernel ? null : 0]),
    threads: [
      kswapd,
      thread('reader', 1, (k, cpu) => [
        hear(k, k.thread('first')),
        load(k, { cpu, ...place(0, 0) }),
      ]),
      thread('first', 2, (k, cpu) => [...told.code(k, cpu), tell(k, k.thread('reader'))]),
      thread('second', 3, (k, cpu) => [...beside.code(k, cpu)]),
    ],
    variants: designs.map((design) => ({
      id: design.id,
      says: design.says,
      design: { design },
      expect: 'holds',
    })),
  };
}

/** All ordered pairs, each under each design. */
export function pairScenarios(designs: readonly Design[]): Scenario[] {
  return operations.flatMap((told) =>
    operations.map((beside) => pairScenario(told, beside, designs)),
  );
}
