// Private memory that may turn into zeroes until it is stored to again (MADV_FREE).

import { each, when } from '../../lang/program.ts';
import type { Tables } from './tables.ts';
import type { Handlers, TruthWorld } from './truth-world.ts';

/**
 * Zeroes, and what is there, count as one and the same new version from now on: a thread that knows of
 * no later one may find either. A store by a thread that does not know of it may have come before.
 */
export function lazyfree(
  world: TruthWorld,
  { bytes, alias, newest, stored, known, lazyAt }: Tables,
): Pick<Handlers, 'vma.lazyfree'> {
  return {
    'vma.lazyfree': ({ mm, va, frame, thread }) => {
      const own = world.anonOf(mm, va);
      return [
        newest(own).set(newest(own).plus(1)),
        stored(own).set(newest(own)),
        lazyAt(own).set(newest(own)),
        known(thread, own).set(newest(own)),
        alias(own).from.set(newest(own)),
        frame === undefined
          ? []
          : [
              when(bytes(frame).content.is(own), [
                // Whoever shares the page by a fork still finds what was there when they parted.
                each('content', (other) => [
                  when(
                    alias(other)
                      .origin.is(own)
                      .and(alias(other).upTo.ge(bytes(frame).version)),
                    [alias(other).upTo.set(newest(own))],
                  ),
                ]),
                bytes(frame).version.set(newest(own)),
              ]),
            ],
      ];
    },
  };
}
