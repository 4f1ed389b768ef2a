// The language's trees: what paths, hardware, rules and truth are made of. They are plain data, so
// that one text can be interpreted, compiled, checked for what it touches, mutated and printed.

import type { Sort } from './sorts.ts';

/** A state variable, or a table of them indexed by identities. */
export interface Cell {
  readonly name: string;
  /** Whose state it is; see `Declarations`. */
  readonly owner: string;
  /** Kinds of the indices, outermost first; empty for a scalar. */
  readonly index: readonly string[];
  readonly sort: Sort;
  /** Who must hold what to write it: see `guardedBy` in declare.ts. */
  readonly guard: ((index: readonly Node[]) => Guard) | undefined;
}
export interface Guard {
  readonly held: Node;
  readonly lock: string;
}

/** A variable of one running call of a path; zero when the call starts and after it ended. */
export interface Local {
  readonly name: string;
  readonly sort: Sort;
}

/** A name for an identity that a step picks or a statement ranges over. */
export interface Bound {
  readonly name: string;
  readonly of: string;
}

export type UnaryOp = 'not' | 'isNone' | 'the' | 'some' | 'isEmpty' | 'single';
export type BinaryOp =
  | 'and'
  | 'or'
  | 'eq'
  | 'lt'
  | 'add'
  | 'sub'
  | 'union'
  | 'minus'
  | 'meet'
  | 'has'
  | 'subset';

export type Node =
  | { readonly op: 'const'; readonly value: number }
  | { readonly op: 'none' }
  | { readonly op: 'empty' }
  | { readonly op: 'all'; readonly of: string }
  | { readonly op: 'me' }
  | { readonly op: 'cell'; readonly cell: Cell; readonly index: readonly Node[] }
  | { readonly op: 'local'; readonly local: Local }
  | { readonly op: 'bound'; readonly bound: Bound }
  | { readonly op: UnaryOp; readonly a: Node }
  | { readonly op: BinaryOp; readonly a: Node; readonly b: Node }
  | { readonly op: 'exists'; readonly bound: Bound; readonly body: Node }
  | { readonly op: 'ite'; readonly c: Node; readonly a: Node; readonly b: Node };

/** A named value that goes with an event or a report; a text is a fixed name, as of a lock. */
export type Field =
  | { readonly sort: Sort; readonly node: Node }
  | { readonly sort: 'text'; readonly text: string };

export type Stmt =
  | {
      readonly op: 'assign';
      readonly target: Extract<Node, { op: 'cell' | 'local' }>;
      readonly value: Node;
    }
  | {
      readonly op: 'if';
      readonly cond: Node;
      readonly holds: readonly Stmt[];
      readonly otherwise: readonly Stmt[];
    }
  | { readonly op: 'each'; readonly bound: Bound; readonly body: readonly Stmt[] }
  | {
      readonly op: 'emit';
      readonly event: string;
      readonly fields: Readonly<Record<string, Field>>;
    }
  | {
      readonly op: 'report';
      readonly id: string;
      readonly parties: Readonly<Record<string, Field>>;
    }
  | { readonly op: 'go'; readonly mode: 'leave' | 'again'; readonly label: string };

/**
 * One atomic step: it waits until there is a choice of `picks` for which `among` and `when` hold,
 * then does `body` with nobody in between. Where no choice satisfies `among`, it does `otherwise`
 * if there is one.
 */
export interface Step {
  readonly op: 'step';
  /** The kernel function or statement it stands for. */
  readonly label: string;
  readonly when: Node | undefined;
  readonly picks: readonly Bound[];
  readonly among: Node | undefined;
  readonly body: readonly Stmt[];
  readonly otherwise: readonly Stmt[] | undefined;
  /** File and line, where a user's own file is being read. */
  readonly place: string | undefined;
}

export type Code =
  | Step
  | {
      readonly op: 'branch';
      readonly cond: Node;
      readonly holds: readonly Code[];
      readonly otherwise: readonly Code[];
    }
  | { readonly op: 'while'; readonly cond: Node; readonly body: readonly Code[] }
  | {
      readonly op: 'block';
      readonly label: string;
      readonly repeat: boolean;
      readonly body: readonly Code[];
    }
  | {
      readonly op: 'call';
      readonly path: PathHead;
      readonly locals: readonly Local[];
      readonly body: readonly Code[];
    }
  | {
      readonly op: 'let';
      readonly target: Extract<Node, { op: 'local' }>;
      readonly value: Node;
    }
  | { readonly op: 'go'; readonly mode: 'leave' | 'again'; readonly label: string };

/** What a path says about itself; see `path` in program.ts. */
export interface PathHead {
  readonly name: string;
  readonly source: string;
  readonly leavesOut: string;
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly place?: string | undefined;
}
