import type { RefsOf } from '../lang/declare.ts';
import type { Id } from '../lang/expr.ts';
import { type Stmts, when } from '../lang/program.ts';
import { bool, maybe, setOf } from '../lang/sorts.ts';
import { beginsAnew, contentOwing, followsContent, leaves, shows } from './content-owed.ts';
import { followsOwed, mustOweNothing, type Translation, translation, user } from './owed.ts';
import { type Rule, rule } from './rule.ts';

const knows = {
  ...contentOwing,
  /** The content has changed elsewhere. */
  changed: bool,
  /** Slots that changed while the frame was in one, which is known once it leaves that. */
  early: setOf('slot'),
  /** Who changed it last, by a call that has not returned. */
  by: maybe('thread'),
};
type State = RefsOf<typeof knows>;
const id = 'content-promised-before-flush';
const follows = followsOwed(id);

function changes(s: State, thread: Id<'thread'>): Stmts {
  return [s.changed.set(s.owed.isSome()), s.by.set(thread)];
}

function leavesChanged(s: State, slot: Id<'slot'>): Stmts {
  return [
    leaves(s, slot),
    when(s.owed.isSome().and(s.gone.not()).and(s.early.has(slot)), [s.changed.set(true)]),
    s.early.clear(),
  ];
}

/** R8 of the historic bugs, with the flush between the change and the moment others may rely on it. */
export const contentPromisedBeforeFlush: Rule<Translation, typeof knows> = rule({
  id,
  says: 'When what an old translation stands for has changed elsewhere, every CPU that may hold it is flushed before anyone may rely on the change: before its maker returns to user mode or tells another thread, and before anyone else reads it.',
  askedBy: 'R8 of the historic bugs, as an operation that becomes visible (reference P2)',
  keptFor: translation,
  knows,
  hears: {
    ...follows,
    'pte.clear': beginsAnew(follows['pte.clear'], (s: State) => [
      s.changed.set(false),
      when(s.early.isEmpty(), [s.by.clear()]),
    ]),
    ...followsContent,
    'frame.alloc': {
      of: (e) => ({ frame: e.frame }),
      does: (s) => [s.left.clear(), s.others.clear(), s.early.clear(), s.by.clear()],
    },
    'vma.change': {
      ...followsContent['vma.change'],
      does: (s, e, at) => [
        followsContent['vma.change'].does(s, e, at),
        e.rights === undefined ? [s.changed.set(false)] : [],
      ],
    },
    'slot.remove': {
      of: (e) => ({ frame: e.frame }),
      does: (s, e) => leavesChanged(s, e.slot),
    },
    'slot.replace': {
      of: (e) => ({ frame: e.old }),
      does: (s, e) => [leavesChanged(s, e.slot), s.others.add(e.frame.only())],
    },
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
      concerns: (s, e) => s.left.is(e.slot).or(s.left.isNone()),
      does: (s, e) => [
        when(s.left.isSome(), changes(s, e.thread), [
          s.early.add(e.slot.only()),
          s.by.set(e.thread),
        ]),
      ],
    },
    'tlb.use': {
      of: () => ({}),
      concerns: (s, e, at) => shows(s, e.frame, at),
      // Whoever stores knows; what others know of it is for them to read, or to be told.
      does: (s, e, at) => [
        when(e.store, changes(s, e.thread), [
          when(s.by.isnt(e.thread), mustOweNothing(id, s, at, s.changed, {}, user(e, at))),
        ]),
      ],
    },
    'message.send': {
      of: () => ({}),
      concerns: (s, e) => s.by.is(e.from),
      does: (s, _, at) => mustOweNothing(id, s, at, s.changed),
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
      does: (s, _, at) => [mustOweNothing(id, s, at, s.changed), s.by.clear(), s.early.clear()],
    },
  },
  misses: 'a frame that is reused, and rights that are lowered',
  fires: [
    'LUF-write2:broken',
    'LUF-rwalias:broken',
    'LUF-remote:mainline',
    'LUF-block-device:mainline',
  ],
  silent: ['LUF-write2:immediate', 'upgrade-to-writable:luf-v11', 'nested-zap:immediate'],
});
