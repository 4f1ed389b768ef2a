import type { FieldsOf } from '../../events/emit.ts';
import type { EventKind } from '../../events/vocabulary.ts';
import type { Id } from '../../lang/expr.ts';
import type { Stmts } from '../../lang/program.ts';

/** What truth must know of the model it watches: which contents there are, and whose. */
export interface TruthWorld {
  readonly versions: number;
  readonly contentOf: (slot: Id<'slot'>) => Id<'content'>;
  readonly anonOf: (mm: Id<'mm'>, va: Id<'va'>) => Id<'content'>;
  /** The mapping of each location at the start. */
  readonly mapped: readonly {
    readonly mm: Id<'mm'>;
    readonly va: Id<'va'>;
    readonly content: Id<'content'>;
    readonly writable: boolean;
    readonly shared: boolean;
  }[];
  /** Frames that are page tables at the start; left out: page tables are no frames in this model. */
  readonly tables?: readonly Id<'frame'>[];
  /** Page-cache slots that hold a frame at the start, with the content's first version in it. */
  readonly cached: readonly {
    readonly frame: Id<'frame'>;
    readonly content: Id<'content'>;
  }[];
}

/** What truth does at an event. */
export type Handlers = { readonly [E in EventKind]?: (e: FieldsOf<E>) => Stmts };
