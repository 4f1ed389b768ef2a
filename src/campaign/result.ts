// What is known of a cell. Everything in a result follows from the question alone: who found it, when
// and how fast is kept beside it (`Cost`), so that two engines can be held against each other byte by
// byte.

import type { CellBounds } from './cell.ts';

/** Where a large text is kept; its name is its SHA-256. */
export type BlobName = string;

export type Outcome =
  /** In every interleaving. `unreached`: moments the scenario is about that do not come about. */
  | {
      readonly verdict: 'holds';
      readonly states: number;
      readonly depth: number;
      readonly unreached?: readonly string[];
    }
  /** `what`: `stale-read`, `deadlock`, ... */
  | {
      readonly verdict: 'violated';
      readonly what: string;
      readonly steps: number;
      readonly states: number;
      /** Ids of rules that fire on the way. */
      readonly rules: readonly string[];
      /** Who goes on at each step, for `lufcheck replay`. */
      readonly schedule: string;
      readonly story: BlobName;
    }
  /** Nothing wrong in so many states, which are all that so many steps lead to. */
  | {
      readonly verdict: 'bounded';
      readonly bound: string;
      readonly states: number;
      readonly depth: number;
      /** How many there may be: a guess. */
      readonly guess?: number;
    }
  /** The scenario's own moments never come about: nothing is shown. */
  | {
      readonly verdict: 'unreached';
      readonly states: number;
      readonly depth: number;
      readonly unreached: readonly string[];
    }
  | { readonly verdict: 'does not apply'; readonly why: string }
  /** The model stops, or is none: the user's or a mutant's own mistake. */
  | { readonly verdict: 'error'; readonly code: string; readonly message: string }
  /** Random runs in which nothing was found. */
  | { readonly verdict: 'nothing found'; readonly runs: number; readonly longest: number }
  /** A recording; `violations` are counted, the whole verdict is the blob. */
  | {
      readonly verdict: 'clean' | 'trace violated' | 'unknown';
      readonly events: number;
      readonly violations: number;
      readonly reasons: readonly string[];
      readonly whole: BlobName;
    };

export interface CellResult {
  /** Of the subject and the bounds: the same question anywhere has the same key. */
  readonly key: string;
  /** Of the model and the engine, or of the recording and the rules: content, not names. */
  readonly subject: string;
  readonly bounds: CellBounds;
  readonly outcome: Outcome;
}

/** What a result took; no part of it. */
export interface Cost {
  /** Of CPU time: wall time would tell how busy the machine was. */
  readonly seconds: number;
  /** Largest memory of the worker until then, in bytes. */
  readonly memory: number;
  /** `local`, or the name of a machine. */
  readonly worker: string;
}

/** A large text that a result names. */
export interface Blob {
  readonly name: BlobName;
  readonly text: string;
}

/** Nothing more can become known of the cell by looking further. */
export function isFinal({ outcome }: Pick<CellResult, 'outcome'>): boolean {
  return outcome.verdict !== 'bounded';
}

/** Whether the user has something to look at: a program or a recording goes wrong. */
export function isViolated({ verdict }: Outcome): boolean {
  return verdict === 'violated' || verdict === 'trace violated';
}
