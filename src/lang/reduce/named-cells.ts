// Which tables a text names: what it does can depend on nothing else.

import type { Cell, Node, Stmt } from '../nodes.ts';
import { parts } from './nodes-in.ts';
import type { PlanText } from './plan-text.ts';

/** The tables that an expression names. */
export function cellsOfNode(node: Node, into: Set<Cell>): void {
  if (node.op === 'cell') into.add(node.cell);
  for (const part of parts(node)) cellsOfNode(part, into);
}

/** The same of statements. Observers are left out, since what they write is not followed. */
export function cellsOfStmts(stmts: readonly Stmt[], into: Set<Cell>): void {
  for (const stmt of stmts) {
    if (stmt.op === 'assign') {
      cellsOfNode(stmt.target, into);
      cellsOfNode(stmt.value, into);
    } else if (stmt.op === 'if') {
      cellsOfNode(stmt.cond, into);
      cellsOfStmts(stmt.holds, into);
      cellsOfStmts(stmt.otherwise, into);
    } else if (stmt.op === 'each') {
      cellsOfStmts(stmt.body, into);
    }
  }
}

/** The tables that steps wait for or pick from: locks, flags, lists. */
export function waitedFor(text: PlanText): Set<Cell> {
  const found = new Set<Cell>();
  for (const { nodes } of text.threads) {
    for (const node of nodes) {
      if (node.kind !== 'step') continue;
      if (node.step.when !== undefined) cellsOfNode(node.step.when, found);
      if (node.step.among !== undefined) cellsOfNode(node.step.among, found);
    }
  }
  return found;
}
