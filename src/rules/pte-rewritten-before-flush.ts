import { bool, setOf } from '../lang/sorts.ts';
import { canUse, switches } from './elsewhere.ts';
import { type Rule, rule, violated, violatedIf } from './rule.ts';

const knows = {
  /** The CPUs that may still hold the old translation of this address to this frame. */
  owed: setOf('cpu'),
  /** The frame was freed while they were owed: what "LUF'd" means without asking LUF. */
  freed: bool,
  /** The entry was set again before the frame was freed. */
  rewritten: bool,
  /** The CPUs that run something else: they cannot use what they hold until they come back. */
  elsewhere: setOf('cpu'),
  /** Freed and set again while a CPU elsewhere was still owed. */
  late: bool,
};
const id = 'pte-rewritten-before-flush';

/**
 * Hansen's first rule, in his wording (flush before the rewrite). A lazily unmapped PTE is one whose
 * old frame was let go unflushed: that needs no flag from the design, and leaves mainline's batching
 * alone, which flushes before it frees.
 */
export const pteRewrittenBeforeFlush: Rule<'mm' | 'va' | 'frame', typeof knows> = rule({
  id,
  says: 'A PTE whose old frame was let go unflushed is not set again until every CPU that may hold the old translation has been flushed.',
  askedBy: 'Dave Hansen, linux-mm, 3 June 2024, rule 1',
  keptFor: ['mm', 'va', 'frame'],
  knows,
  hears: {
    'pte.clear': {
      of: (e) => ({ mm: e.mm, va: e.va, frame: e.frame }),
      // A CPU elsewhere may hold it as well, from when it was last here.
      does: (s, e) => [s.owed.add(e.cpus.union(s.elsewhere)), s.late.set(false)],
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
    'frame.free': {
      of: (e) => ({ frame: e.frame }),
      does: (s, _, at) => [
        violatedIf(canUse(s).isSome().and(s.rewritten), id, { ...at, cpus: canUse(s) }, [
          s.owed.clear(),
        ]),
        s.late.set(s.late.or(s.owed.isSome().and(s.rewritten))),
        s.freed.set(s.owed.isSome()),
        s.rewritten.set(false),
      ],
    },
    'pte.set': {
      of: (e) => ({ mm: e.mm, va: e.va }),
      does: (s, e, at) => [
        violatedIf(canUse(s).isSome().and(s.freed), id, { ...at, cpus: canUse(s), now: e.frame }, [
          s.owed.clear(),
        ]),
        s.late.set(s.late.or(s.owed.isSome().and(s.freed))),
        s.freed.set(false),
        s.rewritten.set(s.owed.isSome().and(at.frame.isnt(e.frame))),
      ],
    },
  },
  misses:
    'changes of content that set no PTE at the stale address: write(2), another mapping, the server',
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
