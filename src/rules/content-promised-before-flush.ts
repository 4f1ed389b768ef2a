import type { RefsOf } from '../lang/declare.ts';
import type { Id } from '../lang/expr.ts';
import type { Stmts } from '../lang/program.ts';
import { bool, maybe } from '../lang/sorts.ts';
import { contentOwing, followsContent, shows } from './content-owed.ts';
import { followsOwed, mustOweNothing, type Translation, translation } from './owed.ts';
import { type Rule, rule } from './rule.ts';

const knows = {
  ...contentOwing,
  /** The content has changed elsewhere. */
  changed: bool,
  /** Who changed it last, by a call that has not returned. */
  by: maybe('thread'),
};
const id = 'content-promised-before-flush';

function changes(s: RefsOf<typeof knows>, thread: Id<'thread'>): Stmts {
  return [s.changed.set(s.owed.isSome()), s.by.set(thread)];
}

/** R8 of the historic bugs, with the flush between the change and the moment others may rely on it. */
export const contentPromisedBeforeFlush: Rule<Translation, typeof knows> = rule({
  id,
  says: 'When what an old translation stands for has changed elsewhere, every CPU that may hold it is flushed before the change is promised: before its maker returns, or anyone reads it, or at once if it was a user store.',
  askedBy: 'R8 of the historic bugs, as an operation that becomes visible (reference P2)',
  keptFor: translation,
  knows,
  hears: {
    ...followsOwed(id),
    ...followsContent,
    'frame.write': {
      of: () => ({}),
      concerns: (s, e, at) => shows(s, e.frame, at),
      does: (s, e) => changes(s, e.thread),
    },
    'device.write': {
      of: () => ({}),
      concerns: (s, e, at) => shows(s, e.frame, at),
      does: (s, e) => changes(s, e.thread),
    },
    'slot.change': {
      of: () => ({}),
      concerns: (s, e) => s.left.is(e.slot),
      does: (s, e) => changes(s, e.thread),
    },
    'tlb.use': {
      of: () => ({}),
      concerns: (s, e, at) => shows(s, e.frame, at),
      does: (s, e, at) => mustOweNothing(id, s, at, e.store.or(s.changed)),
    },
    'file.read': {
      of: () => ({}),
      concerns: (s, e) => s.left.is(e.slot),
      does: (s, e, at) => mustOweNothing(id, s, at, s.changed, { slot: e.slot }),
    },
    'slot.promise': {
      of: () => ({}),
      concerns: (s, e) => s.left.is(e.slot),
      does: (s, e, at) => mustOweNothing(id, s, at, s.changed, { slot: e.slot }),
    },
    'call.return': {
      of: () => ({}),
      concerns: (s, e) => s.by.is(e.thread),
      does: (s, _, at) => [mustOweNothing(id, s, at, s.changed), s.by.clear()],
    },
  },
  misses: 'a frame that is reused, and rights that are lowered',
  fires: ['LUF-write2:broken', 'LUF-rwalias:broken'],
  silent: ['LUF-write2:immediate', 'upgrade-to-writable:luf-v11'],
});
