// What the analysis is given: a model's text with its control graphs and its place in the state.

import type { Control } from '../control.ts';
import type { Layout } from '../layout.ts';
import type { Bound, Cell, Node, Stmt } from '../nodes.ts';
import type { Observer } from '../observer.ts';

export interface PlanText {
  readonly layout: Layout;
  /** Values of tables that nothing writes. */
  readonly fixed: ReadonlyMap<Cell, readonly number[]>;
  readonly threads: readonly Control[];
  readonly ambient: readonly {
    readonly params: readonly Bound[];
    readonly when: Node;
    readonly body: readonly Stmt[];
  }[];
  readonly observers: readonly Observer[];
  /** Values of a shared entry (entries.ts) in the states in which runs may begin. */
  readonly initial: (entry: number) => readonly number[];
}
