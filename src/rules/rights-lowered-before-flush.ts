import { when } from '../lang/program.ts';
import { maybe } from '../lang/sorts.ts';
import {
  agreesAgain,
  followsOwedWriters,
  mustOweNothing,
  owingWriters,
  type Translation,
  translation,
} from './owed.ts';
import { type Rule, rule } from './rule.ts';

const knows = {
  ...owingWriters,
  /** Who is in a call that takes the right to store away. */
  caller: maybe('thread'),
  /** The other address space that shows the frame at the same address: a child, until fork is done. */
  child: maybe('mm'),
};
const id = 'rights-lowered-before-flush';

/** R2 of the historic bugs, for the right to store. */
export const rightsLoweredBeforeFlush: Rule<Translation, typeof knows> = rule({
  id,
  says: 'A call that takes the right to store away, and fork, do not return while a CPU may still store through an old translation.',
  askedBy: 'R2 of the historic bugs: 3ea277194daa (2017), a9b802500ebb (2017)',
  keptFor: translation,
  knows,
  hears: {
    ...followsOwedWriters(id),
    'pte.set': {
      of: (e) => ({ va: e.va, frame: e.frame }),
      does: (s, e, at) => [
        when(at.mm.is(e.mm), [when(e.writable, agreesAgain(s))], [s.child.set(e.mm)]),
      ],
    },
    'vma.change': {
      of: (e) => ({ mm: e.mm, va: e.va }),
      does: (s, e) => [when(e.writable, [s.caller.clear()], [s.caller.set(e.thread)])],
    },
    'call.return': {
      of: () => ({}),
      concerns: (s, e) => s.caller.is(e.thread),
      does: (s, _, at) => [mustOweNothing(id, s, at, undefined), s.caller.clear()],
    },
    'mm.fork': {
      of: (e) => ({ mm: e.from }),
      // What the child does not share was taken out of the table by somebody else, who will flush.
      concerns: (s, e) => s.child.is(e.to),
      does: (s, _, at) => [mustOweNothing(id, s, at, undefined), s.child.clear()],
    },
  },
  misses: 'rights to load; everything about memory that was never writable',
  fires: ['3ea277194daa-mprotect:v11-broken', 'fork-flush:broken', 'freebsd-r312954:broken'],
  silent: ['upgrade-to-writable:luf-v11', 'clean-entry:luf-v11'],
});
