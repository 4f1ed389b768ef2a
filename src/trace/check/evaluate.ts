// Expression trees of a rule, turned into closures over one subject's state, its coordinates and
// the fields of one event. The trees are the very ones that the explorer compiles; only the values
// differ. What a rule on a trace cannot mean (the running thread, every identity of a kind, paths'
// locals) is refused when the rule is prepared, not when an event comes.

import type { IdValue } from '../../events/concrete.ts';
import type { Bound, Cell, Node, Stmt } from '../../lang/nodes.ts';
import { type IdSet, isSubset, meet, minus, noIds, union, type Value } from './values.ts';

/** State (written in place), coordinates, event fields; each by position. */
export type Get = (state: Value[], at: readonly IdValue[], event: readonly Value[]) => Value;
export type Report = (id: string, parties: Readonly<Record<string, Value>>) => void;
export type Run = (
  state: Value[],
  at: readonly IdValue[],
  event: readonly Value[],
  report: Report,
) => void;

/** Where the trees' names find their values. */
export interface Places {
  readonly rule: string;
  readonly cells: ReadonlyMap<Cell, number>;
  readonly coordinates: ReadonlyMap<Bound, number>;
  readonly fields: ReadonlyMap<Bound, number>;
}

export function evaluator(node: Node, places: Places): Get {
  switch (node.op) {
    case 'const': {
      const { value } = node;
      return () => value;
    }
    case 'none':
      return () => null;
    case 'empty':
      return () => noIds;
    case 'cell': {
      const position = placeOf(node.cell, places);
      return (state) => state[position] as Value;
    }
    case 'bound':
      return boundGet(node.bound, places);
    case 'ite': {
      const [c, a, b] = [node.c, node.a, node.b].map((one) => evaluator(one, places)) as [
        Get,
        Get,
        Get,
      ];
      return (s, at, e) => (c(s, at, e) !== 0 ? a(s, at, e) : b(s, at, e));
    }
    case 'not':
    case 'isNone':
    case 'the':
    case 'some':
    case 'isEmpty':
    case 'single':
      return unaryGet(node.op, evaluator(node.a, places));
    case 'me':
    case 'all':
    case 'local':
    case 'exists':
      throw new Error(`rule ${places.rule}: '${node.op}' has no meaning on a trace`);
    default:
      return binaryGet(node.op, evaluator(node.a, places), evaluator(node.b, places));
  }
}

function boundGet(bound: Bound, places: Places): Get {
  const coordinate = places.coordinates.get(bound);
  if (coordinate !== undefined) return (_, at) => at[coordinate] as Value;
  const field = places.fields.get(bound);
  if (field === undefined) {
    throw new Error(`rule ${places.rule}: '${bound.name}' has no meaning on a trace`);
  }
  return (_, _at, event) => event[field] as Value;
}

function unaryGet(op: 'not' | 'isNone' | 'the' | 'some' | 'isEmpty' | 'single', a: Get): Get {
  switch (op) {
    case 'not':
      return (s, at, e) => (a(s, at, e) === 0 ? 1 : 0);
    case 'isNone':
      return (s, at, e) => (a(s, at, e) === null ? 1 : 0);
    case 'isEmpty':
      return (s, at, e) => ((a(s, at, e) as IdSet).size === 0 ? 1 : 0);
    case 'single':
      return (s, at, e) => new Set([a(s, at, e) as IdValue]);
    case 'the':
    case 'some':
      return a;
  }
}

function binaryGet(op: Extract<Node, { b: Node; a: Node }>['op'], a: Get, b: Get): Get {
  switch (op) {
    case 'and':
      return (s, at, e) => (a(s, at, e) !== 0 ? b(s, at, e) : 0);
    case 'or':
      return (s, at, e) => (a(s, at, e) !== 0 ? 1 : b(s, at, e));
    case 'eq':
      return (s, at, e) => (a(s, at, e) === b(s, at, e) ? 1 : 0);
    case 'lt':
      return (s, at, e) => ((a(s, at, e) as number) < (b(s, at, e) as number) ? 1 : 0);
    case 'add':
      return (s, at, e) => (a(s, at, e) as number) + (b(s, at, e) as number);
    case 'sub':
      return (s, at, e) => (a(s, at, e) as number) - (b(s, at, e) as number);
    case 'union':
      return (s, at, e) => union(a(s, at, e) as IdSet, b(s, at, e) as IdSet);
    case 'minus':
      return (s, at, e) => minus(a(s, at, e) as IdSet, b(s, at, e) as IdSet);
    case 'meet':
      return (s, at, e) => meet(a(s, at, e) as IdSet, b(s, at, e) as IdSet);
    case 'has':
      return (s, at, e) => ((a(s, at, e) as IdSet).has(b(s, at, e) as IdValue) ? 1 : 0);
    case 'subset':
      return (s, at, e) => (isSubset(a(s, at, e) as IdSet, b(s, at, e) as IdSet) ? 1 : 0);
    case 'ite':
      throw new Error('unreachable');
  }
}

export function runner(stmts: readonly Stmt[], places: Places): Run {
  const runs = stmts.map((stmt) => stmtRun(stmt, places));
  return (s, at, e, report) => {
    for (const run of runs) run(s, at, e, report);
  };
}

function stmtRun(stmt: Stmt, places: Places): Run {
  switch (stmt.op) {
    case 'assign': {
      if (stmt.target.op !== 'cell') break;
      const position = placeOf(stmt.target.cell, places);
      const value = evaluator(stmt.value, places);
      return (s, at, e) => {
        s[position] = value(s, at, e);
      };
    }
    case 'if': {
      const cond = evaluator(stmt.cond, places);
      const holds = runner(stmt.holds, places);
      const otherwise = runner(stmt.otherwise, places);
      return (s, at, e, report) => (cond(s, at, e) !== 0 ? holds : otherwise)(s, at, e, report);
    }
    case 'report': {
      const parties = Object.entries(stmt.parties).map(([name, field]): [string, Get] => [
        name,
        'node' in field ? evaluator(field.node, places) : () => field.text,
      ]);
      return (s, at, e, report) =>
        report(stmt.id, Object.fromEntries(parties.map(([name, get]) => [name, get(s, at, e)])));
    }
  }
  throw new Error(`rule ${places.rule}: a rule on a trace cannot do '${stmt.op}'`);
}

function placeOf(cell: Cell, places: Places): number {
  const position = places.cells.get(cell);
  if (position === undefined) {
    throw new Error(`rule ${places.rule}: '${cell.name}' is not state of this rule`);
  }
  return position;
}
