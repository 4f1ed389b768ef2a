// Events as they happened somewhere: in a replayed model, a lab kernel or a recorded trace. Where a
// model has expressions, these have values.

import type { EventKind, Optional, TextSort, Vocabulary } from './vocabulary.ts';

/**
 * One thing among others of its kind. Worlds choose: a model its small indices, a trace a page frame
 * number, a page address or the name of an address space. Only equality means anything, except for
 * `va`, where a flush of a range covers `pages` pages of 4096 bytes from it on.
 */
export type IdValue = number | string;

type Plain<F> = F extends Optional<infer S> ? S : F;
type Value<F> = F extends TextSort
  ? string
  : F extends { kind: 'bool' }
    ? boolean
    : F extends { kind: 'int' }
      ? number
      : F extends { kind: 'set' }
        ? readonly IdValue[]
        : F extends { kind: 'maybe' }
          ? IdValue | null
          : IdValue;
type OptionalKeys<T> = { [K in keyof T]: T[K] extends Optional<infer _> ? K : never }[keyof T];
type Fields<T> = { readonly [F in Exclude<keyof T, OptionalKeys<T>>]: Value<T[F]> } & {
  readonly [F in OptionalKeys<T>]?: Value<Plain<T[F]>>;
};

/** Where and when an event happened, and who was running. */
export interface Circumstance {
  /** Model: number of the step. Trace: ns. */
  readonly at: number;
  readonly cpu: number;
  /** Thread or task; left out for hardware. */
  readonly by?: string;
}

export type ConcreteEvent = {
  [K in EventKind]: Circumstance & { readonly event: K } & Fields<Vocabulary[K]['fields']>;
}[EventKind];

export type ConcreteOf<K extends EventKind> = Extract<ConcreteEvent, { event: K }>;
