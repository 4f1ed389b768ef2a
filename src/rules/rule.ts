// The form of a rule: what the debugging mode of a kernel would check. A rule is kept for a subject
// (a translation, a slot, ...), knows a few bits for each, and hears events. It never sees the
// bookkeeping of the design it judges. The same file runs in the explorer (as-observer.ts) and on
// recorded traces (src/trace/check).

import type { FieldsOf } from '../events/emit.ts';
import type { EventKind } from '../events/vocabulary.ts';
import type { RefsOf } from '../lang/declare.ts';
import type { AnyExpr, Bool, Id } from '../lang/expr.ts';
import type { Field, Stmt } from '../lang/nodes.ts';
import { type Stmts, when } from '../lang/program.ts';
import type { Sort } from '../lang/sorts.ts';

/** The subject a handler looks at: its coordinates, e.g. `subject.frame`. */
export type SubjectOf<K extends string> = { readonly [C in K]: Id<C> };

/**
 * How a rule takes an event. `of` says which subjects it concerns: those that agree in the
 * coordinates it gives, whatever their others are. `does` is told to each of them, or only to those
 * for which `concerns` holds where coordinates alone do not say it: a slot that a frame once left.
 */
export interface Hears<E extends EventKind, K extends string, S extends Record<string, Sort>> {
  readonly of: (event: FieldsOf<E>) => { readonly [C in K]?: Id<C> | undefined };
  readonly concerns?: (state: RefsOf<S>, event: FieldsOf<E>, subject: SubjectOf<K>) => Bool;
  readonly does: (state: RefsOf<S>, event: FieldsOf<E>, subject: SubjectOf<K>) => Stmts;
}

export interface Rule<
  K extends string = string,
  S extends Record<string, Sort> = Record<string, Sort>,
> {
  readonly id: string;
  /** The rule in one sentence. */
  readonly says: string;
  /** Who asked for it, where and when. */
  readonly askedBy: string;
  /** Coordinates of its subject. */
  readonly keptFor: readonly K[];
  /** Its state for each subject; all zero, empty or none for a subject never heard of. */
  readonly knows: S;
  readonly hears: { readonly [E in EventKind]?: Hears<E, K, S> };
  /** Hazards that it cannot see, in a sentence. */
  readonly misses: string;
  /** Why it fires where nothing can go wrong, if it does: in its wording, not in its making. */
  readonly cries?: string;
  /** Variants of the catalogue, `SCENARIO:VARIANT`, in which some interleaving must fire it. */
  readonly fires: readonly string[];
  /** Variants in which no interleaving may. */
  readonly silent: readonly string[];
}

/** A rule whose coordinates and state are looked at by name only. */
export type AnyRule = Omit<Rule, 'hears'> & {
  readonly hears: Readonly<Record<string, AnyHears | undefined>>;
};
export interface AnyHears {
  // A method, so that the more exactly typed handlers of a rule are accepted.
  of(event: never): Readonly<Record<string, Id | undefined>>;
  concerns?(state: never, event: never, subject: never): Bool;
  does(state: never, event: never, subject: never): Stmts;
}

/** What a handler does to one subject, as statements. */
export function told(handler: AnyHears, state: unknown, event: unknown, subject: unknown): Stmts {
  const [s, e, at] = [state as never, event as never, subject as never];
  const does = handler.does(s, e, at);
  const concerns = handler.concerns?.(s, e, at);
  return concerns === undefined ? does : [when(concerns, does)];
}

export function rule<const K extends string, S extends Record<string, Sort>>(
  text: Rule<K, S>,
): Rule<K, S> {
  return text;
}

/** Inside a rule: it is violated here; `parties` name who and what. */
export function violated(id: string, parties: Readonly<Record<string, AnyExpr>>): Stmt {
  const fields: Record<string, Field> = {};
  for (const [name, expr] of Object.entries(parties)) {
    fields[name] = { sort: expr.sort, node: expr.node };
  }
  return { op: 'report', id, parties: fields };
}

/** Inside a rule: where the condition holds the rule is violated; `parties` name who and what. */
export function violatedIf(
  cond: Bool,
  id: string,
  parties: Readonly<Record<string, AnyExpr>>,
  then: Stmts = [],
): Stmt {
  return when(cond, [violated(id, parties), then]);
}
