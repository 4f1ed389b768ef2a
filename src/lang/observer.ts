// Truth and rules watch a model through its events. An observer keeps state of its own, which is
// part of the explored state, and never touches the model's.

import type { Declarations } from './declare.ts';
import type { Stmt } from './nodes.ts';

export interface Observer {
  readonly id: string;
  /** The property ids it may report. */
  readonly reports: readonly string[];
  readonly declarations: Declarations;
  /** By event kind: what hearing it does. The argument holds the event's fields as expressions. */
  readonly hears: Readonly<Record<string, (fields: Record<string, unknown>) => readonly Stmt[]>>;
  /** State of the observer at the start. */
  readonly init: readonly Stmt[];
}
