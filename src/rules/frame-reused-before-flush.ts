import { when } from '../lang/program.ts';
import { bool, setOf } from '../lang/sorts.ts';
import { canUse, switches } from './elsewhere.ts';
import { type Rule, rule, violated, violatedIf } from './rule.ts';

const knows = {
  /** The CPUs that may still hold the translation, since it was taken out of the page table. */
  owed: setOf('cpu'),
  /** The CPUs that run something else: they cannot use what they hold until they come back. */
  elsewhere: setOf('cpu'),
  /** The frame was handed out while a CPU elsewhere was still owed. */
  late: bool,
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
      // A CPU elsewhere may hold it as well, from when it was last here.
      does: (s, e) => [s.owed.add(e.cpus.union(s.elsewhere)), s.late.set(false)],
    },
    'pte.set': {
      // The entry agrees with the page table again: nothing stale is left for this frame.
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
    'frame.alloc': {
      of: (e) => ({ frame: e.frame }),
      does: (s, _, at) => [
        violatedIf(canUse(s).isSome(), id, { ...at, cpus: canUse(s) }, [s.owed.clear()]),
        s.late.set(s.owed.isSome()),
      ],
    },
    'frame.write': {
      of: (e) => ({ frame: e.frame }),
      does: (s, e, at) => [
        when(e.content.isNone(), [
          violatedIf(canUse(s).isSome(), id, { ...at, cpus: canUse(s) }, [s.owed.clear()]),
          s.late.set(s.owed.isSome()),
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
    'LUF-lazy-tlb:unchecked',
    'LUF-pcid:keep-bit',
  ],
  silent: [
    'LUF-buddy:repaired',
    'LUF-buddy:repaired-zeroing',
    'LUF-buddy:mainline',
    'luf-window:luf-v11',
    'LUF-lazy-tlb:mainline',
    'LUF-lazy-tlb:v11',
    'LUF-pcid:v11',
    '6bbd42e2df8f:repaired',
  ],
});
