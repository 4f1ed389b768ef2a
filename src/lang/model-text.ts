// What is modelled, before anything is made of it: the state's tables, what every thread and the
// hardware do, and who watches.

import type { Declarations } from './declare.ts';
import type { Bound, Code, Local, Node, Stmt } from './nodes.ts';
import type { Observer } from './observer.ts';
import type { Sizes } from './sorts.ts';

/** What the hardware may do at any time, once for each choice of identities. */
export interface Ambient {
  readonly label: string;
  readonly params: readonly Bound[];
  readonly when: Node;
  readonly body: readonly Stmt[];
}

export interface ThreadText {
  readonly name: string;
  readonly code: readonly Code[];
  /** Variables that it has outside of any call; zero at the start. */
  readonly locals?: readonly Local[];
}

export interface ModelText {
  readonly sizes: Sizes;
  readonly declarations: Declarations;
  readonly init: readonly Stmt[];
  readonly threads: readonly ThreadText[];
  readonly ambient: readonly Ambient[];
  readonly observers: readonly Observer[];
}
