import { when } from '../lang/program.ts';
import { bool, maybe } from '../lang/sorts.ts';
import {
  agreesAgain,
  followsOwed,
  mustOweNothing,
  owing,
  type Translation,
  translation,
  user,
} from './owed.ts';
import { type Rule, rule } from './rule.ts';

const knows = {
  ...owing,
  /** The frame was freed while a CPU was owed: what "LUF'd" means without asking LUF. */
  freed: bool,
  /** The frame that the entry names instead. */
  now: maybe('frame'),
};
const id = 'pte-seen-before-flush';

/**
 * Hansen's first rule as Byungchul Park would have it: the flush follows the rewrite, since the page
 * could be unmapped lazily once more in between, and comes before anyone can see the new entry. Seen is
 * what a program reads or writes through it.
 */
export const pteSeenBeforeFlush: Rule<Translation, typeof knows> = rule({
  id,
  says: 'When a PTE whose old frame was let go unflushed is set again, every CPU that may hold the old translation is flushed before anyone uses the new one.',
  askedBy: 'Byungchul Park, answering Dave Hansen on rule 1, linux-mm, June 2024',
  keptFor: translation,
  knows,
  hears: {
    ...followsOwed(id),
    'frame.free': {
      of: (e) => ({ frame: e.frame }),
      does: (s) => [s.freed.set(s.owed.isSome())],
    },
    'pte.set': {
      of: (e) => ({ mm: e.mm, va: e.va }),
      does: (s, e, at) => [s.now.set(e.frame), when(at.frame.is(e.frame), agreesAgain(s))],
    },
    'tlb.use': {
      of: (e) => ({ mm: e.mm, va: e.va }),
      does: (s, e, at) =>
        mustOweNothing(
          id,
          s,
          at,
          s.freed.and(s.now.is(e.frame)).and(at.frame.isnt(e.frame)),
          { now: e.frame },
          user(e, at),
        ),
    },
  },
  misses:
    'changes of content that set no PTE at the stale address; and a kernel sees no loads, so that it would check where the one who set the entry returns to user mode',
  cries:
    'a page that was reclaimed and is read in again has the same bytes in another frame: where a flush is missing, whoever uses the new one is not misled by what another CPU holds of the old one until one of the two changes',
  fires: ['LUF-munmap:broken'],
  silent: ['LUF-munmap:mainline', 'LUF-munmap:immediate', 'luf-window:mainline'],
});
