// A model with truth and rules watching, each until it has spoken: from then on only that it has is
// remembered. So what a rule said before, at or after a wrong access shows in a state and a step, and
// a question is explored once for all rules.

import { isEventKind } from '../events/vocabulary.ts';
import { Declarations } from '../lang/declare.ts';
import type { Bool, BoolRef, Id } from '../lang/expr.ts';
import type { ModelText } from '../lang/machine.ts';
import type { Bound, Cell, Node, Stmt } from '../lang/nodes.ts';
import type { Observer } from '../lang/observer.ts';
import { flatStmts, when } from '../lang/program.ts';
import { bool } from '../lang/sorts.ts';
import { type Kept, observing } from '../rules/as-observer.ts';
import type { AnyHears, AnyRule } from '../rules/rule.ts';
import { type OwedOnce, owedOnce } from './owed-once.ts';

export interface Watched {
  readonly text: ModelText;
  /** Truth has found an access wrong. */
  readonly wrong: Cell;
  /** By rule: it has fired. */
  readonly fired: readonly Cell[];
}

/** The property that is reported where a rule is put to the test. */
export function testedBy(rule: string): string {
  return `${rule}: tested`;
}

/** The model's own observers are truth's. */
export function watched(model: ModelText, rules: readonly AnyRule[]): Watched {
  const truths = model.observers.map((one) => untilSpoken(one));
  const [wrong] = truths;
  if (wrong === undefined || truths.length > 1) throw new Error('truth watches, and nobody else');
  const stale = staleFrames();
  const shared = rules.length === 0 ? [] : owedOnce();
  const keptFor = (rule: AnyRule): Kept | undefined =>
    shared.map((one) => one.for(rule)).find((one) => one !== undefined);
  const watching = rules.map((rule) => untilSpoken(tested(rule, stale, keptFor(rule)), shared));
  return {
    text: {
      ...model,
      // Whoever judges an event sees what was owed before it.
      observers: [
        wrong.observer,
        ...watching.map((one) => one.observer),
        ...shared.map((one) => one.observer),
        ...(rules.length === 0 ? [] : [stale.observer]),
      ],
    },
    wrong: wrong.spoken,
    fired: watching.map((one) => one.spoken),
  };
}

function untilSpoken(
  observer: Observer,
  shared: readonly OwedOnce[] = [],
): { observer: Observer; spoken: Cell } {
  const own = new Declarations();
  const spoken = own.scalar(`${observer.id}: has spoken`, bool);
  const { cells } = observer.declarations;
  const forget = cells.map(zeroed);
  const isShared = (cell: Cell): boolean => shared.some((one) => one.keeps(cell));
  const hears = Object.entries(observer.hears).map(([kind, handler]) => [
    kind,
    (fields: Record<string, unknown>): Stmt[] => {
      const does = remembering(handler(fields), { spoken, ids: observer.reports, isShared });
      if (does.length === 0) return [];
      const speaks = does.some((stmt) => reports(stmt, observer.reports));
      return flatStmts([when(spoken.not(), [does, speaks ? [when(spoken, [forget])] : []])]);
    },
  ]);
  const [cell] = own.cells;
  own.cells.push(...cells);
  return {
    observer: { ...observer, declarations: own, hears: Object.fromEntries(hears) },
    spoken: cell as Cell,
  };
}

interface Speech {
  readonly spoken: BoolRef;
  readonly ids: readonly string[];
  readonly isShared: (cell: Cell) => boolean;
}

/** What is said is remembered; what somebody else keeps is left to him. */
function remembering(stmts: readonly Stmt[], speech: Speech): Stmt[] {
  return stmts.flatMap((stmt): Stmt[] => {
    switch (stmt.op) {
      case 'report':
        return speech.ids.includes(stmt.id) && !isTest(stmt.id)
          ? [stmt, speech.spoken.set(true)]
          : [stmt];
      case 'assign':
        return stmt.target.op === 'cell' && speech.isShared(stmt.target.cell) ? [] : [stmt];
      case 'each': {
        const body = remembering(stmt.body, speech);
        return body.length === 0 ? [] : [{ ...stmt, body }];
      }
      case 'if': {
        const holds = remembering(stmt.holds, speech);
        const otherwise = remembering(stmt.otherwise, speech);
        return holds.length + otherwise.length === 0 ? [] : [{ ...stmt, holds, otherwise }];
      }
      default:
        return [stmt];
    }
  });
}

function isTest(id: string): boolean {
  return id.endsWith(testedBy(''));
}

function reports(stmt: Stmt, ids: readonly string[]): boolean {
  if (stmt.op === 'report') return ids.includes(stmt.id) && !isTest(stmt.id);
  if (stmt.op === 'each') return stmt.body.some((one) => reports(one, ids));
  if (stmt.op !== 'if') return false;
  return [...stmt.holds, ...stmt.otherwise].some((one) => reports(one, ids));
}

/** Every entry of the table is zero, empty or none again. */
function zeroed(cell: Cell): Stmt {
  const bounds = cell.index.map((of): Bound => ({ name: of, of }));
  const { kind } = cell.sort;
  const value: Node =
    kind === 'set'
      ? { op: 'empty' }
      : kind === 'maybe'
        ? { op: 'none' }
        : { op: 'const', value: 0 };
  const index = bounds.map((bound): Node => ({ op: 'bound', bound }));
  const assign: Stmt = { op: 'assign', target: { op: 'cell', cell, index }, value };
  return bounds.reduceRight<Stmt>((body, bound) => ({ op: 'each', bound, body: [body] }), assign);
}

/** Frames about which something may be stale: an entry of theirs went, or they were walked as a table. */
interface StaleFrames {
  readonly observer: Observer;
  readonly emptied: (frame: Id<'frame'>) => Bool;
  readonly walked: (frame: Id<'frame'>) => Bool;
}

function staleFrames(): StaleFrames {
  const d = new Declarations();
  const emptied = d.column('emptied', ['frame'], bool);
  const walked = d.column('walked', ['frame'], bool);
  const note =
    (column: typeof emptied) =>
    (fields: Record<string, unknown>): Stmt[] => [column(fields.frame as Id<'frame'>).set(true)];
  const observer: Observer = {
    id: 'stale frames',
    reports: [],
    declarations: d,
    hears: { 'pte.clear': note(emptied), 'pte.rights': note(emptied), 'table.walk': note(walked) },
    init: [],
  };
  return { observer, emptied, walked };
}

/**
 * A rule that also reports when an event that can find it violated reaches a subject with something
 * stale about its frame, whether a flush came in time or not.
 */
function tested(rule: AnyRule, stale: StaleFrames, kept: Kept | undefined): Observer {
  const isStale = rule.hears['table.walk'] === undefined ? stale.emptied : stale.walked;
  const test: Stmt = { op: 'report', id: testedBy(rule.id), parties: {} };
  const hears = Object.entries(rule.hears).flatMap(([kind, handler]) => {
    if (handler === undefined || !isEventKind(kind)) return [];
    const does = (state: never, event: never, at: never): Stmt[] => {
      const body = flatStmts(handler.does(state, event, at));
      const judges = body.some((stmt) => reports(stmt, [rule.id]));
      if (!judges || isToldToAll(handler, event)) return body;
      const { frame } = at as { frame?: Id<'frame'> };
      return [frame === undefined ? test : when(isStale(frame), [test]), ...body];
    };
    return [[kind, { ...handler, does }]];
  });
  const observer = observing({ ...rule, hears: Object.fromEntries(hears) }, kept);
  return { ...observer, reports: [...observer.reports, testedBy(rule.id)] };
}

/** As a CPU's switch is: it puts no subject to the test by itself. */
function isToldToAll(handler: AnyHears, event: never): boolean {
  return handler.concerns === undefined && Object.keys(handler.of(event)).length === 0;
}
