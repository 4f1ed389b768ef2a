import { bool, maybe } from '../lang/sorts.ts';
import {
  clearedAnew,
  followsOwed,
  mustOweNothing,
  owing,
  setAgain,
  type Translation,
  translation,
} from './owed.ts';
import { type Rule, rule } from './rule.ts';

const knows = {
  ...owing,
  /** The slot that the frame left. */
  left: maybe('slot'),
  /** The frame was freed while a CPU was owed: what "LUF'd" means without asking LUF. */
  freed: bool,
  /** The slot was filled again before the frame was freed. */
  refilled: bool,
};
const id = 'slot-refilled-before-flush';

/** Hansen's second rule, in his wording (flush before the replacement). */
export const slotRefilledBeforeFlush: Rule<Translation, typeof knows> = rule({
  id,
  says: 'A page-cache slot whose frame was let go unflushed does not get another frame until every CPU that may hold a translation to the old one has been flushed.',
  askedBy: 'Dave Hansen, linux-mm, 3 June 2024, rule 2',
  keptFor: translation,
  knows,
  hears: {
    ...followsOwed(id),
    'pte.clear': clearedAnew<typeof knows>(id, (s) => [s.freed.set(false), s.refilled.set(false)]),
    'pte.set': setAgain,
    'slot.remove': {
      of: (e) => ({ frame: e.frame }),
      does: (s, e) => [s.left.set(e.slot), s.refilled.set(false)],
    },
    'frame.free': {
      of: (e) => ({ frame: e.frame }),
      does: (s, _, at) => [
        mustOweNothing(id, s, at, s.refilled),
        s.freed.set(s.owed.isSome()),
        s.refilled.set(false),
      ],
    },
    'frame.alloc': {
      of: (e) => ({ frame: e.frame }),
      does: (s) => [s.left.clear(), s.freed.set(false), s.refilled.set(false)],
    },
    'slot.add': {
      of: () => ({}),
      concerns: (s, e) => s.left.is(e.slot),
      does: (s, e, at) => [
        mustOweNothing(id, s, at, s.freed, { slot: e.slot, now: e.frame }),
        s.refilled.set(s.refilled.or(s.owed.isSome())),
      ],
    },
    'slot.replace': {
      of: (e) => ({ frame: e.old }),
      does: (s, e, at) => mustOweNothing(id, s, at, undefined, { slot: e.slot, now: e.frame }),
    },
  },
  misses: 'an address that is given to another file or made anonymous: the slot stays as it was',
  cries:
    'a page that was reclaimed and is read in again has the same bytes in another frame. Until one of the two changes, which is when LUF flushes, nobody can tell them apart: the slot is refilled on every refault',
  fires: ['LUF-write2:broken', 'LUF-rwalias:broken', 'LUF-lazy-store:unchecked'],
  silent: [
    'LUF-write2:mainline',
    'LUF-write2:immediate',
    'luf-window:mainline',
    'upgrade-to-writable:luf-v11',
    'LUF-lazy-store:mainline',
  ],
});
