import {
  followsOwedWriters,
  mustOweNothing,
  owingWriters,
  setAgainWritable,
  type Translation,
  translation,
} from './owed.ts';
import { type Rule, rule } from './rule.ts';

const id = 'copied-before-flush';

/** R3 of the historic bugs. */
export const copiedBeforeFlush: Rule<Translation, typeof owingWriters> = rule({
  id,
  says: 'A page is not copied, compared or written out while a CPU may still store to it by an old translation.',
  askedBy:
    'R3 of the historic bugs: 1cf35d47712d (2014), a9b802500ebb (2017); David Hildenbrand on LUF v10, linux-mm, May 2024',
  keptFor: translation,
  knows: owingWriters,
  hears: {
    ...followsOwedWriters(id),
    'pte.set': setAgainWritable,
    'frame.copy': {
      of: (e) => ({ frame: e.from }),
      does: (s, _, at) => mustOweNothing(id, s, at, undefined),
    },
    'frame.merge': {
      of: (e) => ({ frame: e.old }),
      does: (s, _, at) => mustOweNothing(id, s, at, undefined),
    },
    'slot.writeout': {
      of: (e) => ({ frame: e.frame }),
      does: (s, _, at) => mustOweNothing(id, s, at, undefined),
    },
    'swap.write': {
      of: (e) => ({ frame: e.frame }),
      does: (s, _, at) => mustOweNothing(id, s, at, undefined),
    },
  },
  misses: 'whatever was read-only all along',
  fires: ['dirty-writeout:v11-broken', 'migrate-writable:v11-broken', 'swap-writeout:broken'],
  silent: ['upgrade-to-writable:luf-v11', 'swap-writeout:repaired'],
});
