// Most rules know in the same way which CPUs are owed a flush (rules/owed.ts). Where all of them watch
// one model, that is kept once: the state is smaller, and a model of it is made sooner. A rule that has
// spoken forgives what was owed; here that does not matter, since it speaks once (watched.ts).

import { cellRef } from '../lang/expr.ts';
import type { Cell, Stmt } from '../lang/nodes.ts';
import type { Observer } from '../lang/observer.ts';
import { asObserver, type Kept } from '../rules/as-observer.ts';
import {
  followsOwed,
  followsOwedWriters,
  type Owing,
  owing,
  owingWriters,
  setAgain,
  setAgainWritable,
  translation,
} from '../rules/owed.ts';
import type { AnyRule } from '../rules/rule.ts';

export interface OwedOnce {
  readonly observer: Observer;
  /** What it keeps for the rule, if it does. */
  readonly for: (rule: AnyRule) => Kept | undefined;
  readonly keeps: (cell: Cell) => boolean;
}

export function owedOnce(): OwedOnce[] {
  return [
    keptOnce('owed', owing, { ...followsOwed(''), 'pte.set': setAgain }),
    keptOnce('owed to writers', owingWriters, {
      ...followsOwedWriters(''),
      'pte.set': setAgainWritable,
    }),
  ];
}

function keptOnce(id: string, knows: Owing, hears: object): OwedOnce {
  const about = { says: '', askedBy: '', misses: '', fires: [], silent: [] };
  const all = asObserver({
    ...about,
    id,
    keptFor: translation,
    knows,
    hears: hears as AnyRule['hears'],
  });
  const shared = all.declarations.cells.filter((cell) => !cell.name.endsWith('.late'));
  const keeps = (cell: Cell): boolean => shared.includes(cell);
  return {
    observer: {
      ...all,
      reports: [],
      hears: Object.fromEntries(
        Object.entries(all.hears).map(([kind, handler]) => [
          kind,
          (fields: Record<string, unknown>) => writing(handler(fields), keeps),
        ]),
      ),
    },
    keeps,
    for: (rule) =>
      rule.knows.owed !== knows.owed
        ? undefined
        : (at) =>
            Object.fromEntries(
              shared.map((cell) => [
                cell.name.slice(id.length + 1),
                cellRef(
                  cell,
                  at.map((one) => one.node),
                ),
              ]),
            ),
  };
}

/** What of the statements writes such cells, without what they report. */
export function writing(stmts: readonly Stmt[], keeps: (cell: Cell) => boolean): Stmt[] {
  return stmts.flatMap((stmt): Stmt[] => {
    switch (stmt.op) {
      case 'assign':
        return stmt.target.op === 'cell' && !keeps(stmt.target.cell) ? [] : [stmt];
      case 'report':
        return [];
      case 'each': {
        const body = writing(stmt.body, keeps);
        return body.length === 0 ? [] : [{ ...stmt, body }];
      }
      case 'if': {
        const [holds, otherwise] = [writing(stmt.holds, keeps), writing(stmt.otherwise, keeps)];
        // What a rule forgives where it speaks.
        if (stmt.holds.some((one) => one.op === 'report')) return otherwise;
        return holds.length + otherwise.length === 0 ? [] : [{ ...stmt, holds, otherwise }];
      }
      default:
        return [stmt];
    }
  });
}
