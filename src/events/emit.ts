// Telling the observers of a model what a step did, in the words of the vocabulary.

import type { ExprOf } from '../lang/expr.ts';
import type { Field, Stmt } from '../lang/nodes.ts';
import type { Sort } from '../lang/sorts.ts';
import type { EventKind, Optional, TextSort, Vocabulary } from './vocabulary.ts';

type Plain<F> = F extends Optional<infer S> ? S : F;
type Given<F> =
  Plain<F> extends TextSort ? string : Plain<F> extends Sort ? ExprOf<Plain<F>> : never;
type OptionalKeys<T> = { [K in keyof T]: T[K] extends Optional<infer _> ? K : never }[keyof T];

/** The fields of an event as a path gives them and a rule receives them. */
export type FieldsOf<K extends EventKind> = {
  readonly [F in Exclude<
    keyof Vocabulary[K]['fields'],
    OptionalKeys<Vocabulary[K]['fields']>
  >]: Given<Vocabulary[K]['fields'][F]>;
} & {
  readonly [F in OptionalKeys<Vocabulary[K]['fields']>]?: Given<Vocabulary[K]['fields'][F]>;
};

/** A statement that emits an event; it goes before the assignments that make it true. */
export function emit<K extends EventKind>(event: K, fields: FieldsOf<K>): Stmt {
  const given: Record<string, Field> = {};
  for (const [name, value] of Object.entries(fields as Record<string, unknown>)) {
    if (value === undefined) continue;
    given[name] =
      typeof value === 'string'
        ? { sort: 'text', text: value }
        : (value as { sort: Sort; node: Extract<Field, { node: unknown }>['node'] });
  }
  return { op: 'emit', event, fields: given };
}
