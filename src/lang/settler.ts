// What lies between two steps of a thread: branches, assignments to locals and the ends of calls,
// done at once on the way to the next step.

import { compileExpr, get } from './compile-expr.ts';
import { compileAssign, type Run, type StmtScope } from './compile-stmt.ts';
import type { ControlNode } from './control.ts';
import { writeField } from './layout.ts';

/** From a control node to the program counter it leads to, doing what lies between. */
export type Settle = (words: Int32Array, node: number) => number;

export function settlerOf(
  nodes: readonly ControlNode[],
  scope: StmtScope,
  counterOf: ReadonlyMap<number, number>,
): Settle {
  const done = (): number => -1;
  const between = nodes.map((node): Run => {
    switch (node.kind) {
      case 'branch': {
        const cond = get(compileExpr(node.cond, scope));
        return (w) => (cond(w) !== 0 ? node.holds : node.otherwise);
      }
      case 'let': {
        const run = compileAssign(node.stmt, scope);
        return (w) => {
          run?.(w);
          return node.next;
        };
      }
      case 'reset': {
        const fields = node.locals.map((local) => scope.layout.local(local));
        return (w) => {
          for (const field of fields) writeField(w, field, 0);
          return node.next;
        };
      }
      case 'goto':
        return () => node.next;
      default:
        return done;
    }
  });
  const counters = Int32Array.from(nodes, (_, n) => counterOf.get(n) ?? -1);
  return (words, start) => {
    let node = start;
    for (;;) {
      const counter = counters[node] as number;
      if (counter >= 0) return counter;
      node = (between[node] as Run)(words);
    }
  };
}
