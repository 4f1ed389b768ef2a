// Which identities a pick or a quantifier need try: those that occur in the tables and sets it asks
// about. Of any other it would find nothing but zeros.

import type { Bound, Cell, Node, Stmt } from '../lang/nodes.ts';
import { parts } from '../lang/reduce/nodes-in.ts';
import type { Get } from './operators.ts';

/** What of the executor is needed to find them. */
export interface Asked {
  readonly expr: (node: Node) => Get;
  readonly index: (nodes: readonly Node[]) => () => number[];
  /** Identities that occur in the next place of a table, after those given. */
  readonly ids: (cell: Cell, before: readonly number[]) => Iterable<number>;
}

/** Which identities can make a difference to these expressions and statements, at any moment. */
export function candidates(
  bound: Bound,
  nodes: readonly Node[],
  stmts: readonly Stmt[],
  executor: Asked,
): () => readonly number[] {
  const sources: (() => Iterable<number>)[] = [];
  const visit = (node: Node, inner: ReadonlySet<Bound>): void => {
    if (node.op === 'cell') {
      const at = node.index.findIndex((one) => one.op === 'bound' && one.bound === bound);
      const before = node.index.slice(0, Math.max(0, at));
      if (at >= 0 && !before.some((one) => one.op === 'bound' && inner.has(one.bound))) {
        const index = executor.index(before);
        sources.push(() => executor.ids(node.cell, index()));
      }
    }
    if (node.op === 'has' && node.b.op === 'bound' && node.b.bound === bound) {
      const set = executor.expr(node.a);
      sources.push(() => set() as ReadonlySet<number>);
    }
    const deeper = node.op === 'exists' ? new Set([...inner, node.bound]) : inner;
    for (const one of parts(node)) visit(one, deeper);
  };
  const visitStmts = (all: readonly Stmt[], inner: ReadonlySet<Bound>): void => {
    for (const stmt of all) {
      if (stmt.op === 'if') {
        visit(stmt.cond, inner);
        visitStmts(stmt.holds, inner);
        visitStmts(stmt.otherwise, inner);
      } else if (stmt.op === 'each') visitStmts(stmt.body, new Set([...inner, stmt.bound]));
      else if (stmt.op === 'assign') {
        visit(stmt.target, inner);
        visit(stmt.value, inner);
      }
    }
  };
  for (const node of nodes) visit(node, new Set());
  visitStmts(stmts, new Set());
  return () => {
    const ids = new Set<number>();
    for (const source of sources) for (const id of source()) ids.add(id);
    return [...ids];
  };
}
