// A rule as an observer of a model: its per-subject state becomes a table of the explored state.

import { isEventKind } from '../events/vocabulary.ts';
import { Declarations } from '../lang/declare.ts';
import type { Id } from '../lang/expr.ts';
import type { Stmt } from '../lang/nodes.ts';
import type { Observer } from '../lang/observer.ts';
import { each, flatStmts, type Stmts } from '../lang/program.ts';
import { type AnyRule, told } from './rule.ts';

export function asObserver(rule: AnyRule): Observer {
  const declarations = new Declarations();
  const table = declarations.table(rule.id, rule.keptFor, rule.knows);
  const hears: Record<string, (fields: Record<string, unknown>) => readonly Stmt[]> = {};
  for (const [kind, handler] of Object.entries(rule.hears)) {
    if (handler === undefined) continue;
    if (!isEventKind(kind)) throw new Error(`rule ${rule.id} hears '${kind}', which is no event`);
    hears[kind] = (event) => {
      const given = handler.of(event as never);
      const tell = (left: readonly string[], at: Record<string, Id>): Stmts => {
        const [coordinate, ...rest] = left;
        if (coordinate === undefined) {
          const state = table(...rule.keptFor.map((name) => at[name] as Id));
          return told(handler, state, event, at);
        }
        const known = given[coordinate];
        return known === undefined
          ? [each(coordinate, (one) => tell(rest, { ...at, [coordinate]: one }))]
          : tell(rest, { ...at, [coordinate]: known });
      };
      return flatStmts(tell(rule.keptFor, {}));
    };
  }
  return { id: rule.id, reports: [rule.id], declarations, hears, init: [] };
}
