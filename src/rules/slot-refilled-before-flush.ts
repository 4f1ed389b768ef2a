import { bool, maybe, setOf } from '../lang/sorts.ts';
import { canUse, switches } from './elsewhere.ts';
import { type Rule, rule, violated, violatedIf } from './rule.ts';

const knows = {
  /** The CPUs that may still hold a translation to the frame that left the slot. */
  owed: setOf('cpu'),
  /** The slot that the frame left. */
  left: maybe('slot'),
  /** The frame was freed while they were owed. */
  freed: bool,
  /** The slot was filled again before the frame was freed. */
  refilled: bool,
  /** The CPUs that run something else: they cannot use what they hold until they come back. */
  elsewhere: setOf('cpu'),
  /** Freed and filled again while a CPU elsewhere was still owed. */
  late: bool,
};
const id = 'slot-refilled-before-flush';

/** Hansen's second rule, in his wording (flush before the replacement). */
export const slotRefilledBeforeFlush: Rule<'mm' | 'va' | 'frame', typeof knows> = rule({
  id,
  says: 'A page-cache slot whose frame was let go unflushed does not get another frame until every CPU that may hold a translation to the old one has been flushed.',
  askedBy: 'Dave Hansen, linux-mm, 3 June 2024, rule 2',
  keptFor: ['mm', 'va', 'frame'],
  knows,
  hears: {
    'pte.clear': {
      of: (e) => ({ mm: e.mm, va: e.va, frame: e.frame }),
      // A CPU elsewhere may hold it as well, from when it was last here.
      does: (s, e) => [s.owed.add(e.cpus.union(s.elsewhere)), s.late.set(false)],
    },
    'pte.set': {
      of: (e) => ({ mm: e.mm, va: e.va, frame: e.frame }),
      does: (s) => [s.owed.clear(), s.late.set(false)],
    },
    'tlb.flush': {
      of: (e) => ({ mm: e.mm, va: e.va }),
      does: (s, e) => [s.owed.remove(e.cpus)],
    },
    'mm.exit': { of: (e) => ({ mm: e.mm }), does: (s) => [s.owed.clear(), s.late.set(false)] },
    'mm.lazy': { of: (e) => ({ mm: e.mm }), does: (s, e) => [s.elsewhere.add(e.cpu.only())] },
    'mm.load': {
      of: () => ({}),
      does: (s, e, at) =>
        switches(s, e, at.mm, [violated(id, { ...at, cpus: s.owed }), s.owed.clear()]),
    },
    'slot.remove': {
      of: (e) => ({ frame: e.frame }),
      does: (s, e) => [s.left.set(e.slot), s.refilled.set(false)],
    },
    'frame.free': {
      of: (e) => ({ frame: e.frame }),
      does: (s, _, at) => [
        violatedIf(canUse(s).isSome().and(s.refilled), id, { ...at, cpus: canUse(s) }, [
          s.owed.clear(),
        ]),
        s.late.set(s.late.or(s.owed.isSome().and(s.refilled))),
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
      does: (s, e, at) => [
        violatedIf(
          s.left.is(e.slot).and(canUse(s).isSome()).and(s.freed),
          id,
          { ...at, cpus: canUse(s), slot: e.slot, now: e.frame },
          [s.owed.clear()],
        ),
        s.late.set(s.late.or(s.left.is(e.slot).and(s.owed.isSome()).and(s.freed))),
        s.refilled.set(s.refilled.or(s.left.is(e.slot).and(s.owed.isSome()))),
      ],
    },
    'slot.replace': {
      of: (e) => ({ frame: e.old }),
      does: (s, e, at) => [
        violatedIf(canUse(s).isSome(), id, { ...at, cpus: canUse(s), slot: e.slot, now: e.frame }, [
          s.owed.clear(),
        ]),
        s.late.set(s.late.or(s.owed.isSome())),
      ],
    },
  },
  misses: 'an address that is given to another file or made anonymous: the slot stays as it was',
  fires: ['LUF-write2:broken', 'LUF-rwalias:broken', 'LUF-lazy-store:unchecked'],
  silent: [
    'LUF-write2:mainline',
    'LUF-write2:immediate',
    'luf-window:mainline',
    'upgrade-to-writable:luf-v11',
    'LUF-lazy-store:mainline',
  ],
});
