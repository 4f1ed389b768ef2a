import { bool, maybe } from '../lang/sorts.ts';
import {
  followsOwed,
  mustOweNothing,
  owing,
  setAgain,
  type Translation,
  translation,
  user,
} from './owed.ts';
import { type Rule, rule } from './rule.ts';

const knows = {
  ...owing,
  /** The slot that the frame left. */
  left: maybe('slot'),
  /** The frame was freed while a CPU was owed: what "LUF'd" means without asking LUF. */
  freed: bool,
  /** The frame that the slot has instead. */
  now: maybe('frame'),
  /** Who has written to that one by a system call that has not returned. */
  writer: maybe('thread'),
};
const id = 'slot-seen-before-flush';

/** Hansen's second rule with the flush after the replacement and before anyone can see it. */
export const slotSeenBeforeFlush: Rule<Translation, typeof knows> = rule({
  id,
  says: 'When a page-cache slot whose frame was let go unflushed gets another one, every CPU that may hold a translation to the old one is flushed before anyone reads or maps the new one, or returns from writing to it.',
  askedBy: 'Byungchul Park, answering Dave Hansen on rule 2, linux-mm, June 2024',
  keptFor: translation,
  knows,
  hears: {
    ...followsOwed(id),
    'pte.set': setAgain,
    'slot.remove': {
      of: (e) => ({ frame: e.frame }),
      does: (s, e) => [s.left.set(e.slot), s.now.clear(), s.writer.clear()],
    },
    'frame.free': {
      of: (e) => ({ frame: e.frame }),
      does: (s) => [s.freed.set(s.owed.isSome())],
    },
    'frame.alloc': {
      of: (e) => ({ frame: e.frame }),
      does: (s) => [s.left.clear(), s.freed.set(false), s.now.clear()],
    },
    'slot.add': {
      of: () => ({}),
      concerns: (s, e) => s.left.is(e.slot),
      does: (s, e) => [s.now.set(e.frame)],
    },
    'slot.replace': {
      of: (e) => ({ frame: e.old }),
      // The old frame is not free yet, and the flush is due all the same.
      does: (s, e) => [s.left.set(e.slot), s.now.set(e.frame), s.freed.set(true)],
    },
    'tlb.use': {
      of: () => ({}),
      concerns: (s, e) => s.now.is(e.frame),
      does: (s, e, at) => mustOweNothing(id, s, at, s.freed, { now: e.frame }, user(e, at)),
    },
    'file.read': {
      of: () => ({}),
      concerns: (s, e) => s.now.is(e.frame),
      does: (s, e, at) => mustOweNothing(id, s, at, s.freed, { slot: e.slot, now: e.frame }),
    },
    'frame.write': {
      of: () => ({}),
      concerns: (s, e) => s.now.is(e.frame).and(e.content.isSome()),
      does: (s, e) => [s.writer.set(e.thread)],
    },
    'call.return': {
      of: () => ({}),
      concerns: (s, e) => s.writer.is(e.thread),
      does: (s, _, at) => [mustOweNothing(id, s, at, s.freed), s.writer.clear()],
    },
  },
  misses:
    'an address that is given to another file or made anonymous; a content that changes while its slot stays empty',
  cries:
    'a page that was reclaimed and is read in again has the same bytes in another frame: where a flush is missing, whoever uses the new one is not misled by what another CPU holds of the old one until one of the two changes',
  fires: ['LUF-write2:broken'],
  silent: ['LUF-write2:mainline', 'LUF-write2:immediate', 'luf-window:mainline'],
});
