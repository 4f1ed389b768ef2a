import { when } from '../lang/program.ts';
import { maybe } from '../lang/sorts.ts';
import {
  followsOwedWriters,
  mustOweNothing,
  owingWriters,
  setAgainWritable,
  type Translation,
  translation,
} from './owed.ts';
import { type Rule, rule } from './rule.ts';

const knows = {
  ...owingWriters,
  /** Who is in a call that takes the right to store away. */
  caller: maybe('thread'),
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
    'pte.set': setAgainWritable,
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
      does: (s, _, at) => mustOweNothing(id, s, at, undefined),
    },
  },
  misses: 'rights to load; everything about memory that was never writable',
  fires: ['3ea277194daa-mprotect:v11-broken', 'fork-flush:broken', 'freebsd-r312954:broken'],
  silent: ['upgrade-to-writable:luf-v11', 'clean-entry:luf-v11'],
});
