// Which locals tell the places of a thread apart: identities that steps look at.
// Most often they are the index of a table: which folio is locked, which address is being emptied.

import type { Control, ControlNode } from '../control.ts';
import type { Local, Node, Stmt } from '../nodes.ts';
import { parts } from './nodes-in.ts';

/**
 * By control node: the identities of the calls it is in that any step looks at. Those that no later
 * step looks at stay: which folio it was goes with what is known of the tables.
 */
export function choosingLocals({ nodes }: Control): readonly (readonly Local[])[] {
  const used = new Set(nodes.flatMap((node) => [...usedBy(node)]));
  return nodes.map((node) => {
    const locals: Local[] = [];
    if (node.kind !== 'step') return locals;
    for (let frame = node.frame; frame !== undefined; frame = frame.inside) {
      locals.push(...frame.locals.filter((local) => used.has(local)));
    }
    return locals;
  });
}

function usedBy(node: ControlNode): Set<Local> {
  const found = new Set<Local>();
  const inNode = (one: Node): void => {
    const identity = one.op === 'local' ? one.local : undefined;
    if (identity?.sort.kind === 'id' || identity?.sort.kind === 'maybe') found.add(identity);
    parts(one).forEach(inNode);
  };
  const inStmts = (stmts: readonly Stmt[]): void => {
    for (const stmt of stmts) {
      if (stmt.op === 'assign') {
        if (stmt.target.op === 'cell') inNode(stmt.target);
        inNode(stmt.value);
      } else if (stmt.op === 'if') {
        inNode(stmt.cond);
        inStmts(stmt.holds);
        inStmts(stmt.otherwise);
      } else if (stmt.op === 'each') {
        inStmts(stmt.body);
      } else if (stmt.op === 'emit') {
        for (const field of Object.values(stmt.fields)) {
          if (field.sort !== 'text') inNode(field.node);
        }
      }
    }
  };
  if (node.kind === 'let') inStmts([node.stmt]);
  if (node.kind === 'branch') inNode(node.cond);
  if (node.kind !== 'step') return found;
  if (node.step.when !== undefined) inNode(node.step.when);
  if (node.step.among !== undefined) inNode(node.step.among);
  inStmts(node.step.body);
  inStmts(node.step.otherwise ?? []);
  return found;
}
