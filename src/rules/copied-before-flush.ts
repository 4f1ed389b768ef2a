import { when } from '../lang/program.ts';
import { bool } from '../lang/sorts.ts';
import {
  followsOwedWriters,
  mustOweNothing,
  owingWriters,
  setAgainWritable,
  type Translation,
  translation,
} from './owed.ts';
import { type Rule, rule } from './rule.ts';

const knows = {
  ...owingWriters,
  /**
   * madvise(MADV_FREE) made the entry clean, and nobody has stored since. Its call flushes; what a CPU
   * caches from then on is clean too, and stores only after a walk, which an empty entry stops.
   */
  clean: bool,
  /** All that is owed was clean. */
  spared: bool,
};
const id = 'copied-before-flush';

const follows = followsOwedWriters(id);

/** R3 of the historic bugs. */
export const copiedBeforeFlush: Rule<Translation, typeof knows> = rule({
  id,
  says: 'A page is not copied, compared or written out while a CPU may still store to it by an old translation.',
  askedBy:
    'R3 of the historic bugs: 1cf35d47712d (2014), a9b802500ebb (2017); David Hildenbrand on LUF v10, linux-mm, May 2024',
  keptFor: translation,
  knows,
  hears: {
    ...follows,
    'pte.set': {
      ...setAgainWritable,
      does: (s, e, at) => [setAgainWritable.does(s, e, at), s.clean.set(false)],
    },
    'pte.clear': {
      ...follows['pte.clear'],
      does: (s, e, at) => [
        when(e.writable, [s.spared.set(s.clean.and(s.owed.isEmpty().or(s.spared)))]),
        follows['pte.clear'].does(s, e, at),
      ],
    },
    'vma.lazyfree': {
      of: (e) => ({ mm: e.mm, va: e.va, frame: e.frame }),
      does: (s, e) => (e.frame === undefined ? [] : [s.clean.set(true)]),
    },
    'tlb.use': {
      of: (e) => ({ mm: e.mm, va: e.va, frame: e.frame }),
      does: (s, e) => [when(e.store, [s.clean.set(false)])],
    },
    'frame.copy': {
      of: (e) => ({ frame: e.from }),
      does: (s, _, at) => mustOweNothing(id, s, at, s.spared.not()),
    },
    'frame.merge': {
      of: (e) => ({ frame: e.old }),
      does: (s, _, at) => mustOweNothing(id, s, at, s.spared.not()),
    },
    'slot.writeout': {
      of: (e) => ({ frame: e.frame }),
      does: (s, _, at) => mustOweNothing(id, s, at, s.spared.not()),
    },
    'swap.write': {
      of: (e) => ({ frame: e.frame }),
      does: (s, _, at) => mustOweNothing(id, s, at, s.spared.not()),
    },
  },
  misses: 'whatever was read-only all along; what MADV_FREE makes clean and does not flush',
  fires: ['dirty-writeout:v11-broken', 'migrate-writable:v11-broken', 'swap-writeout:broken'],
  silent: [
    'upgrade-to-writable:luf-v11',
    'swap-writeout:repaired',
    '3ea277194daa-madvise:repaired',
  ],
});
