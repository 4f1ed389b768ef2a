// What the two wordings of R8 share: where the content of a stale translation shows elsewhere. The
// slot of a frame is known once the frame has left it; the frames that show the same page of file, or
// the same address, since then are `others`.

import type { FieldsOf } from '../events/emit.ts';
import type { RefsOf } from '../lang/declare.ts';
import type { Bool, Id } from '../lang/expr.ts';
import { type Stmts, when } from '../lang/program.ts';
import { type BoolSort, bool, type MaybeSort, maybe, type SetSort, setOf } from '../lang/sorts.ts';
import { agreesAgain, type Owing, owing, type Translation } from './owed.ts';
import type { Hears, SubjectOf } from './rule.ts';

export const contentOwing: Owing & {
  gone: BoolSort;
  left: MaybeSort<'slot'>;
  others: SetSort<'frame'>;
} = {
  ...owing,
  /**
   * A call has given the address another meaning: what becomes of the page of the file is nothing to
   * the old translation any more, and that it goes is for the call's return.
   */
  gone: bool,
  /** The slot that the frame left. */
  left: maybe('slot'),
  /** Frames that show instead of it, in the slot or at the address. */
  others: setOf('frame'),
};
export type ContentOwing = typeof contentOwing;
type State = RefsOf<ContentOwing>;
type Follows =
  | 'pte.set'
  | 'slot.remove'
  | 'slot.replace'
  | 'slot.add'
  | 'frame.alloc'
  | 'frame.free'
  | 'vma.change';

/** The frame shows what the old translation stands for, and is another one. */
export function shows(s: State, frame: Id<'frame'>, at: SubjectOf<Translation>): Bool {
  return s.others.has(frame).and(at.frame.isnt(frame));
}

/** `pte.clear` by `followsOwed`, for a debt that begins: what was seen since an older one is over. */
export function beginsAnew<S extends State>(
  clear: Hears<'pte.clear', Translation, Owing>,
  forget: (s: S) => Stmts,
): {
  readonly of: typeof clear.of;
  readonly does: (s: S, e: FieldsOf<'pte.clear'>, at: SubjectOf<Translation>) => Stmts;
} {
  return {
    of: clear.of,
    does: (s, e, at) => [
      when(s.owed.isEmpty(), [s.others.clear(), forget(s)]),
      clear.does(s, e, at),
    ],
  };
}

/** How `left` and `others` come and go. */
export const followsContent: { readonly [E in Follows]: Hears<E, Translation, ContentOwing> } = {
  'pte.set': {
    of: (e) => ({ mm: e.mm, va: e.va }),
    does: (s, e, at) => [
      when(
        at.frame.is(e.frame),
        [agreesAgain(s), s.gone.set(false)],
        [when(s.owed.isSome(), [s.others.add(e.frame.only())])],
      ),
    ],
  },
  'slot.remove': {
    of: (e) => ({ frame: e.frame }),
    does: (s, e) => leaves(s, e.slot),
  },
  'slot.replace': {
    of: (e) => ({ frame: e.old }),
    does: (s, e) => [leaves(s, e.slot), s.others.add(e.frame.only())],
  },
  'slot.add': {
    of: () => ({}),
    concerns: (s, e) => s.left.is(e.slot),
    does: (s, e) => [s.others.add(e.frame.only())],
  },
  'frame.alloc': {
    of: (e) => ({ frame: e.frame }),
    does: (s) => [s.left.clear(), s.others.clear()],
  },
  'vma.change': {
    of: (e) => ({ mm: e.mm, va: e.va }),
    does: (s, e) =>
      e.rights === undefined ? [s.left.clear(), s.others.clear(), s.gone.set(true)] : [],
  },
  'frame.free': { of: () => ({}), does: (s, e) => [s.others.remove(e.frame.only())] },
};

/** The frame leaves its slot, which is watched from now on. */
export function leaves(s: State, slot: Id<'slot'>): Stmts {
  return [when(s.gone.not(), [s.left.set(slot)])];
}
