// Every pair of operations as a scenario: the one tells a watcher what it has done, the other one
// runs at the same time, and so does reclaim. Finds what nobody thought of.

import { type Ground, grounds, type Operation } from '../catalogue/operations.ts';
import { thread } from '../catalogue/places.ts';
import type { Scenario } from '../catalogue/scenario.ts';
import type { Design } from '../kernel/kernel.ts';
import { tell } from '../kernel/paths/message.ts';
import type { Setup } from '../kernel/scenario.ts';
import type { World } from '../kernel/world.ts';

/** `told` is the operation that the watcher hears of; `beside` runs in parallel. */
export function pairScenario(
  ground: Ground,
  told: Operation,
  beside: Operation,
  designs: readonly Design[],
): Scenario {
  const first = thread('first', 2, (k, cpu) => [
    ...told.code(k, cpu),
    tell(k, k.thread(ground.watcher.name)),
  ]);
  const second = thread('second', 3, (k, cpu) => [...beside.code(k, cpu)]);
  return {
    id: `${ground.id}:${told.id}/${beside.id}`,
    title: `${told.says}, then a load by one who was told; beside it ${beside.says}`,
    provenance: { source: 'made from two operations', where: 'src/catalogue/operations.ts' },
    says: `${ground.says}. ${told.says}. The watcher is told, and loads. Beside it: ${beside.says}.`,
    world: worldOf(ground, told, beside),
    setup: setupOf(ground, told, beside),
    threads: [
      ...(ground.reclaim === undefined ? [] : [ground.reclaim]),
      ground.watcher,
      first,
      second,
    ],
    variants: designs.map((design) => ({
      id: design.id,
      says: design.says,
      design: { design },
      expect: 'holds',
    })),
  };
}

/** The ground's world, made as large as either operation needs. */
function worldOf(ground: Ground, ...both: readonly Operation[]): World {
  const needs = both.map((one) => one.world ?? {});
  const most = (of: 'mms' | 'vas' | 'frames' | 'swaps'): number =>
    Math.max(ground.world[of] ?? 0, ...needs.map((world) => world[of] ?? 0));
  const uffd = needs.some((world) => world.uffd === true);
  const swaps = most('swaps');
  return {
    ...ground.world,
    mms: most('mms'),
    vas: most('vas'),
    frames: most('frames'),
    ...(swaps > 0 ? { swaps } : {}),
    ...(uffd ? { uffd } : {}),
  };
}

function setupOf(ground: Ground, told: Operation, beside: Operation): Setup {
  const { uffd } = worldOf(ground, told, beside);
  // Each operation's own vmas, once where both are the same operation.
  const more = new Set([told, beside].flatMap((one) => one.vmas ?? []));
  const vmas = [...ground.vmas, ...more];
  const mm = (kernel: boolean): number | null => (kernel ? null : 0);
  return {
    vmas: uffd === true ? vmas.map((one) => ({ ...one, uffd: true })) : vmas,
    cached: ground.cached,
    loaded: [null, 0, mm(told.kernel), mm(beside.kernel)],
    ...(ground.world.switching === undefined
      ? {}
      : {
          running: [
            null,
            ground.watcher.name,
            told.kernel ? null : 'first',
            beside.kernel ? null : 'second',
          ],
        }),
  };
}

/** All ordered pairs on each ground, each under each design. */
export function pairScenarios(designs: readonly Design[]): Scenario[] {
  return grounds.flatMap((ground) =>
    ground.operations.flatMap((told) =>
      ground.operations.map((beside) => pairScenario(ground, told, beside, designs)),
    ),
  );
}
