import { setOf } from '../lang/sorts.ts';
import { type Rule, rule, violatedIf } from './rule.ts';

const knows = {
  /** The CPUs that may still hold the translation, since it was taken out of the page table. */
  owed: setOf('cpu'),
};
const id = 'frame-reused-before-flush';

/** R1 of the historic bugs: the worst outcome, since another owner's bytes leak. */
export const frameReusedBeforeFlush: Rule<'mm' | 'va' | 'frame', typeof knows> = rule({
  id,
  says: 'A frame is not handed out, nor written by a new owner, while a CPU may still hold an old translation to it.',
  askedBy: 'Matthew Wilcox on LUF v11, linux-mm, June 2024; LUF itself promises it',
  keptFor: ['mm', 'va', 'frame'],
  knows,
  hears: {
    'pte.clear': {
      of: (e) => ({ mm: e.mm, va: e.va, frame: e.frame }),
      does: (s, e) => [s.owed.add(e.cpus)],
    },
    'pte.set': {
      // The entry agrees with the page table again: nothing stale is left for this frame.
      of: (e) => ({ mm: e.mm, va: e.va, frame: e.frame }),
      does: (s) => [s.owed.clear()],
    },
    'tlb.flush': {
      of: (e) => ({ mm: e.mm, va: e.va }),
      does: (s, e) => [s.owed.remove(e.cpus)],
    },
    'mm.exit': { of: (e) => ({ mm: e.mm }), does: (s) => [s.owed.clear()] },
    'frame.alloc': {
      of: (e) => ({ frame: e.frame }),
      does: (s, _, at) => [
        violatedIf(s.owed.isSome(), id, { ...at, cpus: s.owed }, [s.owed.clear()]),
      ],
    },
    'frame.write': {
      of: (e) => ({ frame: e.frame }),
      does: (s, e, at) => [
        violatedIf(e.content.isNone().and(s.owed.isSome()), id, { ...at, cpus: s.owed }, [
          s.owed.clear(),
        ]),
      ],
    },
  },
  misses: 'every hazard in which the old frame keeps its bytes and only its meaning has changed',
  fires: [
    'LUF-buddy:broken',
    'LUF-buddy:broken-other-file',
    'LUF-buddy:broken-zeroing',
    'LUF-buddy:mainline-broken',
  ],
  silent: [
    'LUF-buddy:repaired',
    'LUF-buddy:repaired-zeroing',
    'LUF-buddy:mainline',
    'luf-window:luf-v11',
  ],
});
