// A rule as an observer of a model: its per-subject state becomes a table of the explored state.

import { isEventKind } from '../events/vocabulary.ts';
import { Declarations } from '../lang/declare.ts';
import type { Id } from '../lang/expr.ts';
import type { Stmt } from '../lang/nodes.ts';
import type { Observer } from '../lang/observer.ts';
import { each, flatStmts, type Stmts } from '../lang/program.ts';
import { type AnyRule, told } from './rule.ts';

/** State that somebody else keeps for several rules: by the coordinates of a subject. */
export type Kept = (at: readonly Id[]) => Readonly<Record<string, unknown>>;

export function asObserver(rule: AnyRule): Observer {
  return observing(rule, undefined);
}

/** `kept`: what of its state the rule finds there, and does not keep itself. */
export function observing(rule: AnyRule, kept: Kept | undefined): Observer {
  const declarations = new Declarations();
  const elsewhere = kept === undefined ? {} : kept([]);
  const own = Object.fromEntries(
    Object.entries(rule.knows).filter(([name]) => !Object.hasOwn(elsewhere, name)),
  );
  const table = declarations.table(rule.id, rule.keptFor, own);
  const hears: Record<string, (fields: Record<string, unknown>) => readonly Stmt[]> = {};
  for (const [kind, handler] of Object.entries(rule.hears)) {
    if (handler === undefined) continue;
    if (!isEventKind(kind)) throw new Error(`rule ${rule.id} hears '${kind}', which is no event`);
    hears[kind] = (event) => {
      const given = handler.of(event as never);
      const tell = (left: readonly string[], at: Record<string, Id>): Stmts => {
        const [coordinate, ...rest] = left;
        if (coordinate === undefined) {
          const ids = rule.keptFor.map((name) => at[name] as Id);
          const state = { ...table(...ids), ...kept?.(ids) };
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
