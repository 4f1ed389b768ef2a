// Where a thread can stand, and what can be done there, for the analysis.

import type { Bound, Node, Stmt } from '../nodes.ts';
import type { Known } from './known.ts';

/** One of the things that can be done at a place: a step's body for one choice, or its other body. */
export interface Way {
  readonly bound: ReadonlyMap<Bound, number>;
  /** All of these hold where it can be taken. */
  readonly holds: readonly { readonly node: Node; readonly bound: ReadonlyMap<Bound, number> }[];
  /** None of these holds where it can be taken. */
  readonly fails: readonly { readonly node: Node; readonly bound: ReadonlyMap<Bound, number> }[];
  readonly body: readonly Stmt[];
  /** May write a table whose values are followed. */
  readonly matters: boolean;
  /** The followed shared variables that its text names: nothing else has a say in what it does. */
  readonly names: readonly number[];
  /** Those of them that its conditions name. */
  readonly asks: readonly number[];
}

/** A place in a thread's code with the values of the locals that choose entries. */
export interface Place {
  readonly thread: number;
  /** Its number among the places of its thread. */
  readonly id: number;
  /** Number of its step in the thread's program counter. */
  readonly pc: number;
  readonly node: number;
  /** Values of the locals in `Flow.chosenBy(pc)`. */
  readonly chosen: readonly number[];
  known: Known;
  /** How often `known` has changed. */
  version: number;
  readonly ways: readonly Way[];
}
