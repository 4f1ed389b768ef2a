import { when } from '../lang/program.ts';
import { bool } from '../lang/sorts.ts';
import {
  agreesAgain,
  clearedAnew,
  followsOwed,
  mustOweNothing,
  owing,
  type Translation,
  translation,
} from './owed.ts';
import { type Rule, rule } from './rule.ts';

const knows = {
  ...owing,
  /** The frame was freed while a CPU was owed: what "LUF'd" means without asking LUF. */
  freed: bool,
  /** The entry was set again before the frame was freed. */
  rewritten: bool,
};
const id = 'pte-rewritten-before-flush';

/**
 * Hansen's first rule, in his wording (flush before the rewrite). A lazily unmapped PTE is one whose
 * old frame was let go unflushed: that needs no flag from the design, and leaves mainline's batching
 * alone, which flushes before it frees.
 */
export const pteRewrittenBeforeFlush: Rule<Translation, typeof knows> = rule({
  id,
  says: 'A PTE whose old frame was let go unflushed is not set again until every CPU that may hold the old translation has been flushed.',
  askedBy: 'Dave Hansen, linux-mm, 3 June 2024, rule 1',
  keptFor: translation,
  knows,
  hears: {
    ...followsOwed(id),
    'pte.clear': clearedAnew<typeof knows>(id, (s) => [s.freed.set(false), s.rewritten.set(false)]),
    'frame.free': {
      of: (e) => ({ frame: e.frame }),
      does: (s, _, at) => [
        mustOweNothing(id, s, at, s.rewritten),
        s.freed.set(s.owed.isSome()),
        s.rewritten.set(false),
      ],
    },
    'pte.set': {
      of: (e) => ({ mm: e.mm, va: e.va }),
      does: (s, e, at) => [
        mustOweNothing(id, s, at, s.freed, { now: e.frame }),
        s.freed.set(false),
        s.rewritten.set(s.owed.isSome().and(at.frame.isnt(e.frame))),
        when(at.frame.is(e.frame), agreesAgain(s)),
      ],
    },
  },
  misses:
    'changes of content that set no PTE at the stale address: write(2), another mapping, the server',
  cries:
    'a page that was reclaimed and is read in again has the same bytes in another frame. Until one of the two changes, which is when LUF flushes, nobody can tell them apart',
  fires: ['LUF-munmap:broken', 'LUF-replacepage:broken', 'LUF-lazy-store:unchecked'],
  silent: [
    'LUF-munmap:mainline',
    'LUF-munmap:immediate',
    'luf-window:mainline',
    'upgrade-to-writable:luf-v11',
    'clean-entry:luf-v11',
    'LUF-lazy-store:mainline',
  ],
});
