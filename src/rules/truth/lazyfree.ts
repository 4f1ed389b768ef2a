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
      const next = newest(own).plus(1);
      return [
        frame === undefined
          ? []
          : [
              // What is there may be in more than one frame: somebody is copying the page.
              each('frame', (one) => [
                when(
                  bytes(one)
                    .content.is(own)
                    .and(bytes(one).version.is(newest(own))),
                  [bytes(one).version.set(next)],
                ),
              ]),
              // Whoever shares the page by a fork still finds what was there when they parted.
              each('content', (other) => [
                when(
                  alias(other)
                    .origin.is(own)
                    .and(alias(other).upTo.is(newest(own))),
                  [alias(other).upTo.set(next)],
                ),
              ]),
            ],
        newest(own).set(next),
        stored(own).set(newest(own)),
        lazyAt(own).set(newest(own)),
        known(thread, own).set(newest(own)),
        alias(own).from.set(newest(own)),
      ];
    },
  };
}
