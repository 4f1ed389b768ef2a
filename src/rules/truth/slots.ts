// Pages of files: where they are, and changes that no store makes.

import type { Tables } from './tables.ts';
import type { Handlers, TruthWorld } from './truth-world.ts';

export function slots(
  world: TruthWorld,
  { bytes, newest, stored, backing, known, replaced }: Tables,
): Handlers {
  return {
    'slot.add': ({ slot, frame }) => [backing(world.contentOf(slot)).set(frame)],
    'slot.remove': ({ slot }) => [backing(world.contentOf(slot)).clear()],
    'slot.replace': ({ slot, frame }) => [backing(world.contentOf(slot)).set(frame)],
    'slot.change': ({ slot, thread }) => [
      newest(world.contentOf(slot)).set(newest(world.contentOf(slot)).plus(1)),
      stored(world.contentOf(slot)).set(newest(world.contentOf(slot))),
      replaced(world.contentOf(slot)).set(newest(world.contentOf(slot))),
      known(thread, world.contentOf(slot)).set(newest(world.contentOf(slot))),
    ],
    'slot.promise': ({ slot, thread }) => [
      known(thread, world.contentOf(slot)).set(newest(world.contentOf(slot))),
    ],
    'slot.writeout': ({ slot, frame }) => [stored(world.contentOf(slot)).set(bytes(frame).version)],
  };
}
