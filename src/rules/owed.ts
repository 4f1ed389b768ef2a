// What most rules know: which CPUs may still hold a translation that is no longer in the page table.
// It is told by events alone, never by a design's own records. Kept for a translation: address space,
// address, frame.
//
// A CPU that runs something else cannot use what it may still hold until it comes back, and by then it
// must have been flushed. A rule need not know how the kernel decides that: a flush on the way back is
// an event like any other. So what a rule forbids counts at once against CPUs that run the address
// space, and against the others when they come back unflushed.

import type { FieldsOf } from '../events/emit.ts';
import type { RefsOf } from '../lang/declare.ts';
import { type AnyExpr, type Bool, either, emptySet, type SetOf } from '../lang/expr.ts';
import { type Stmts, when } from '../lang/program.ts';
import { type BoolSort, bool, type SetSort, setOf } from '../lang/sorts.ts';
import { type Hears, type SubjectOf, violated, violatedIf } from './rule.ts';

/** A translation that is, or was, in a page table. */
export type Translation = 'mm' | 'va' | 'frame';
export const translation: readonly Translation[] = ['mm', 'va', 'frame'];

export const owing: { owed: SetSort<'cpu'>; elsewhere: SetSort<'cpu'>; late: BoolSort } = {
  /** The CPUs that may still hold the translation though it is no longer in the page table. */
  owed: setOf('cpu'),
  /** The CPUs that run something else: they cannot use what they hold until they come back. */
  elsewhere: setOf('cpu'),
  /** What the rule forbids happened while only CPUs elsewhere were owed. */
  late: bool,
};
export type Owing = typeof owing;
/** The same of CPUs that may still *store* through it; see `followsOwedWriters`. */
export const owingWriters: Owing = { ...owing, owed: setOf('cpu'), elsewhere: setOf('cpu') };
type State = RefsOf<Owing>;

type Follows = 'pte.clear' | 'tlb.flush' | 'mm.exit' | 'mm.lazy' | 'mm.load';
type FollowsOwed = { readonly [E in Follows]: Hears<E, Translation, Owing> };

/** The CPUs that may still hold the old translation, and can use it now. */
export function canUse(s: State): SetOf<'cpu'> {
  return s.owed.minus(s.elsewhere);
}

/** How `owed` comes and goes: the part of `hears` that rules about old translations share. */
export function followsOwed(id: string): FollowsOwed {
  return {
    'pte.clear': {
      of: (e) => ({ mm: e.mm, va: e.va, frame: e.frame }),
      // A CPU elsewhere may hold it as well, from when it was last here.
      does: (s, e) => [s.owed.add(e.cpus.union(s.elsewhere)), s.late.set(false)],
    },
    ...flushesAndSwitches(id),
  };
}

/**
 * `pte.clear` of a rule that also remembers what became of the frame: mapped until now, it has been handed out
 * since, told or not, and what was remembered is of an earlier life. `forgets` takes that back.
 */
export function clearedAnew<K extends Owing>(
  id: string,
  forgets: (s: RefsOf<K>) => Stmts,
): Hears<'pte.clear', Translation, K> {
  const { of, does } = followsOwed(id)['pte.clear'];
  return { of, does: (s, e, at) => [does(s, e, at), forgets(s)] };
}

/**
 * The same for a rule about translations that a CPU may still *store* through: they are owed once an
 * entry loses its write bit, whether it stays present or not. A read-only entry can hide such a one.
 */
export function followsOwedWriters(
  id: string,
): FollowsOwed & { readonly 'pte.rights': Hears<'pte.rights', Translation, Owing> } {
  const add = (s: State, cpus: SetOf<'cpu'>): Stmts => [
    s.owed.add(cpus.union(s.elsewhere)),
    s.late.set(false),
  ];
  return {
    'pte.clear': {
      of: (e) => ({ mm: e.mm, va: e.va, frame: e.frame }),
      does: (s, e) => [when(e.writable, add(s, e.cpus))],
    },
    'pte.rights': {
      of: (e) => ({ mm: e.mm, va: e.va, frame: e.frame }),
      does: (s, e) => [when(e.writable, agreesAgain(s), add(s, e.cpus))],
    },
    ...flushesAndSwitches(id),
  };
}

function flushesAndSwitches(id: string): Omit<FollowsOwed, 'pte.clear'> {
  return {
    'tlb.flush': {
      of: (e) => ({ mm: e.mm, va: e.va }),
      does: (s, e) => [s.owed.remove(e.cpus)],
    },
    'mm.exit': { of: (e) => ({ mm: e.mm }), does: agreesAgain },
    'mm.lazy': { of: (e) => ({ mm: e.mm }), does: (s, e) => [s.elsewhere.add(e.cpu.only())] },
    'mm.load': {
      of: () => ({}),
      does: (s, e, at) => {
        const leaves: Stmts = [s.elsewhere.add(e.cpu.only())];
        if (e.mm === undefined) return leaves;
        const returns: Stmts = [
          s.elsewhere.remove(e.cpu.only()),
          when(s.late.and(s.owed.has(e.cpu)), [
            violated(id, { ...at, cpus: s.owed }),
            s.owed.clear(),
          ]),
        ];
        return [when(at.mm.is(e.mm), returns, leaves)];
      },
    },
  };
}

/** The translation is in the page table again, or nobody can use it: nothing of it is stale. */
export function agreesAgain(s: State): Stmts {
  return [s.owed.clear(), s.late.set(false)];
}

/** `pte.set` for a rule to which only the entry's own frame matters. */
export const setAgain: Hears<'pte.set', Translation, Owing> = {
  of: (e) => ({ mm: e.mm, va: e.va, frame: e.frame }),
  does: agreesAgain,
};
/** The same for writers: set again read-only, the entry hides a translation that can store. */
export const setAgainWritable: Hears<'pte.set', Translation, Owing> = {
  ...setAgain,
  does: (s, e) => [when(e.writable, agreesAgain(s))],
};

/**
 * What the rule forbids while a CPU is owed happens now, if the condition holds. `except`: CPUs that
 * are known to hold something else by now.
 */
export function mustOweNothing(
  id: string,
  s: State,
  at: SubjectOf<Translation>,
  cond: Bool | undefined,
  parties: Readonly<Record<string, AnyExpr>> = {},
  except: SetOf<'cpu'> = emptySet('cpu'),
): Stmts {
  const cpus = canUse(s).minus(except);
  const now = cpus.isSome();
  const ever = s.owed.minus(except).isSome();
  return [
    violatedIf(cond === undefined ? now : now.and(cond), id, { ...at, cpus, ...parties }, [
      s.owed.clear(),
    ]),
    s.late.set(s.late.or(cond === undefined ? ever : ever.and(cond))),
  ];
}

/** The CPU that uses another frame at the address holds the old translation no more. */
export function user(e: FieldsOf<'tlb.use'>, at: SubjectOf<Translation>): SetOf<'cpu'> {
  const here = at.mm.is(e.mm).and(at.va.is(e.va)).and(at.frame.isnt(e.frame));
  return either(here, e.cpu.only(), emptySet('cpu'));
}
