import type { AnyExpr } from '../../lang/expr.ts';
import type { Field, Stmt } from '../../lang/nodes.ts';

/** The four ways in which an access can be wrong (DESIGN.md, section 4). */
export const wrongs = {
  'stale-read': 'a load returned a version, or a content, older than its thread knows',
  leak: "a load returned bytes that are not the address's at all",
  'lost-write': 'a store went into a frame that no longer backs the content',
  'stale-permission': 'an access succeeded that its thread knows is not allowed any more',
} as const;
export type Wrong = keyof typeof wrongs;

/** Reports one; `parties` are what a reader of the report wants to know. */
export function wrong(id: Wrong, parties: Readonly<Record<string, AnyExpr>>): Stmt {
  const fields: Record<string, Field> = {};
  for (const [name, expr] of Object.entries(parties)) {
    fields[name] = { sort: expr.sort, node: expr.node };
  }
  return { op: 'report', id, parties: fields };
}
