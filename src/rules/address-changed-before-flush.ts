import { maybe } from '../lang/sorts.ts';
import {
  agreesAgain,
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
  /** Who is in a call that gives the address another meaning, or none. */
  caller: maybe('thread'),
};
const id = 'address-changed-before-flush';

/** R4 of the historic bugs: the promise is the return of the call. */
export const addressChangedBeforeFlush: Rule<Translation, typeof knows> = rule({
  id,
  says: 'A call that gives an address another meaning, or none, does not return while a CPU may still use an old translation of it.',
  askedBy:
    'R4 of the historic bugs: 3ea277194daa and 99baac21e458 (2017); Dave Hansen on LUF v10: munmap',
  keptFor: translation,
  knows,
  hears: {
    ...followsOwed(id),
    'pte.set': {
      ...setAgain,
      // Set during the call, it belongs to the new meaning.
      does: (s) => [agreesAgain(s), s.caller.clear()],
    },
    'vma.change': {
      of: (e) => ({ mm: e.mm, va: e.va }),
      does: (s, e) => (e.rights === undefined ? [s.caller.set(e.thread)] : []),
    },
    'call.return': {
      of: () => ({}),
      concerns: (s, e) => s.caller.is(e.thread),
      does: (s, _, at) => [mustOweNothing(id, s, at, undefined), s.caller.clear()],
    },
  },
  misses: 'changes of content at an address that means the same as before',
  fires: ['LUF-munmap:broken', 'LUF-munmap:broken-segv', 'lazy-tlb:unchecked'],
  silent: [
    'LUF-munmap:mainline',
    'LUF-munmap:immediate',
    'luf-window:luf-v11',
    '3ea277194daa-mremap:immediate',
  ],
});
