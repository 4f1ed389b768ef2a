import { when } from '../lang/program.ts';
import {
  agreesAgain,
  followsOwed,
  mustOweNothing,
  owing,
  type Translation,
  translation,
} from './owed.ts';
import { type Rule, rule } from './rule.ts';

const id = 'pte-changed-before-flush';

/** R9 of the historic bugs, which arm64 calls break before make. */
export const pteChangedBeforeFlush: Rule<Translation, typeof owing> = rule({
  id,
  says: 'A PTE does not name another frame while a CPU may still hold a translation to the one before.',
  askedBy:
    'R9 of the historic bugs: 0c5f83c23ca7 (2013), 91546356d0e5 (2010); break-before-make of arm64',
  keptFor: translation,
  knows: owing,
  hears: {
    ...followsOwed(id),
    'pte.set': {
      of: (e) => ({ mm: e.mm, va: e.va }),
      does: (s, e, at) => [
        when(
          at.frame.is(e.frame),
          agreesAgain(s),
          mustOweNothing(id, s, at, undefined, { now: e.frame }),
        ),
      ],
    },
  },
  misses:
    'what sets no PTE at the stale address; entries of two sizes with the same frame, since no event tells a size',
  cries:
    'it is the rule of arm64. On x86 an entry may name another frame while an old translation lives, if the flush comes before the call returns and before the old frame is let go; until then both show what they may',
  fires: ['LUF-munmap:broken'],
  silent: ['LUF-munmap:immediate', 'upgrade-to-writable:luf-v11'],
});
