// Statements as closures. A closure answers -1 to go on, or the number of the control node that a
// jump leads to. What is observed (events, reports) goes to a Probe, which replay listens to.

import { Problem } from '../base/problem.ts';
import {
  broken,
  compileEntry,
  compileExpr,
  get,
  type Scope,
  type Value,
  withBound,
} from './compile-expr.ts';
import { exprOf } from './expr.ts';
import type { Field as Located } from './layout.ts';
import type { Field, Stmt } from './nodes.ts';
import type { Observer } from './observer.ts';
import { bitsOf, type Sort, sizeOf } from './sorts.ts';

export type Run = (words: Int32Array) => number;

/** Decoded values of an event's fields: an index, true/false, null for none, members of a set. */
export type Decoded = number | boolean | null | string | readonly number[];

/** Where running statements leave what happened. One per machine, reused. */
export interface Probe {
  /** Bit i: property i was reported in this transition. */
  reports: number;
  /** Set while replaying: hears every event and report with its values. */
  listen:
    | ((name: string, kind: 'event' | 'report', fields: Record<string, Decoded>) => void)
    | null;
}

export interface StmtScope extends Scope {
  readonly probe: Probe;
  readonly observers: readonly Observer[];
  /** Property ids; their position is their bit in `reports`. */
  readonly properties: readonly string[];
  /** Control node that a jump leads to. */
  readonly target: (mode: 'leave' | 'again', label: string) => number;
}

export function compileStmts(stmts: readonly Stmt[], scope: StmtScope): Run | undefined {
  const runs = stmts.map((stmt) => compileStmt(stmt, scope)).filter((run) => run !== undefined);
  if (runs.length === 0) return undefined;
  if (runs.length === 1) return runs[0];
  const [first, second] = runs as [Run, Run];
  if (runs.length === 2) {
    return (w) => {
      const to = first(w);
      return to < 0 ? second(w) : to;
    };
  }
  return (w) => {
    for (const run of runs) {
      const to = run(w);
      if (to >= 0) return to;
    }
    return -1;
  };
}

function compileStmt(stmt: Stmt, scope: StmtScope): Run | undefined {
  switch (stmt.op) {
    case 'assign':
      return compileAssign(stmt, scope);
    case 'if': {
      const cond = compileExpr(stmt.cond, scope);
      if (typeof cond === 'number') {
        return compileStmts(cond === 0 ? stmt.otherwise : stmt.holds, scope);
      }
      const then = compileStmts(stmt.holds, scope);
      const otherwise = compileStmts(stmt.otherwise, scope);
      if (then === undefined && otherwise === undefined) return undefined;
      return (w) => (cond(w) !== 0 ? (then?.(w) ?? -1) : (otherwise?.(w) ?? -1));
    }
    case 'each': {
      const size = sizeOf(scope.layout.sizes, stmt.bound.of);
      const copies = Array.from({ length: size }, (_, i) =>
        compileStmts(stmt.body, { ...scope, ...withBound(scope, stmt.bound, i) }),
      );
      return compileSequence(copies);
    }
    case 'emit':
      return compileEmit(stmt, scope);
    case 'report':
      return compileReport(stmt, scope);
    case 'go': {
      const to = scope.target(stmt.mode, stmt.label);
      return () => to;
    }
  }
}

function compileSequence(runs: readonly (Run | undefined)[]): Run | undefined {
  const some = runs.filter((run) => run !== undefined);
  if (some.length === 0) return undefined;
  return (w) => {
    for (const run of some) {
      const to = run(w);
      if (to >= 0) return to;
    }
    return -1;
  };
}

export function compileAssign(
  stmt: Extract<Stmt, { op: 'assign' }>,
  scope: Scope,
): Run | undefined {
  const { target } = stmt;
  const sort = target.op === 'cell' ? target.cell.sort : target.local.sort;
  const name = target.op === 'cell' ? target.cell.name : target.local.name;
  const value = ranged(compileExpr(stmt.value, scope), sort, name, scope);
  if (target.op === 'local') return writer(scope.layout.local(target.local), value);
  const fields = scope.layout.cell(target.cell);
  if (fields === undefined) return undefined; // Nobody reads it: dead.
  const entry = compileEntry(target.cell, target.index, scope);
  const write: Run | undefined =
    typeof entry === 'number'
      ? writer(fields[entry] as Located, value)
      : (w) => writeAt(w, fields[entry(w)] as Located, get(value)(w));
  const guard = scope.thread === undefined ? undefined : target.cell.guard?.(target.index);
  if (guard === undefined || write === undefined) return write;
  const held = get(compileExpr(guard.held, scope));
  return (w) => {
    if (held(w) === 0) throw unguarded(name, guard.lock, scope);
    return write(w);
  };
}

function unguarded(name: string, lock: string, scope: Scope): Problem {
  return new Problem('LUF-E003', `'${name}' is written without ${lock}`, {
    where: scope.where,
    hint: `take ${lock} in an earlier step of the path, or in this one`,
  });
}

/** Values are checked where they are stored, so that an overflow is an error, never a wrap. */
function ranged(value: Value, sort: Sort, name: string, scope: Scope): Value {
  if (sort.kind !== 'int' && sort.kind !== 'id') return value;
  const limit = sort.kind === 'int' ? sort.max : sizeOf(scope.layout.sizes, sort.of) - 1;
  const check = (n: number): number => {
    if (n < 0 || n > limit) {
      throw new Problem('LUF-E004', `'${name}' would become ${n}; it holds 0 to ${limit}`, {
        where: scope.where,
        hint: 'give the world more room, or bound what the threads do',
      });
    }
    return n;
  };
  return typeof value === 'number' ? check(value) : (w) => check(value(w));
}

function writer(field: Located, value: Value): Run | undefined {
  const { word, shift, mask } = field;
  if (mask === 0) return undefined;
  const clear = ~(mask << shift);
  if (typeof value === 'number') {
    const bits = value << shift;
    return (w) => {
      w[word] = ((w[word] as number) & clear) | bits;
      return -1;
    };
  }
  return (w) => {
    w[word] = ((w[word] as number) & clear) | (value(w) << shift);
    return -1;
  };
}

function writeAt(w: Int32Array, field: Located, value: number): number {
  const { word, shift, mask } = field;
  w[word] = ((w[word] as number) & ~(mask << shift)) | (value << shift);
  return -1;
}

function compileEmit(stmt: Extract<Stmt, { op: 'emit' }>, scope: StmtScope): Run | undefined {
  const record = recorder(stmt.event, 'event', stmt.fields, scope);
  const exprs = fieldExprs(stmt);
  const heard = scope.observers.map((observer) => {
    const handler = observer.hears[stmt.event];
    return handler === undefined ? undefined : compileStmts(handler(exprs), scope);
  });
  return compileSequence([record, ...heard]);
}

/** An event's fields as observers see them: expressions, and texts as they are. */
export function fieldExprs(stmt: Extract<Stmt, { op: 'emit' }>): Record<string, unknown> {
  const exprs: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(stmt.fields)) {
    exprs[name] = field.sort === 'text' ? field.text : exprOf(field.sort, field.node);
  }
  return exprs;
}

function compileReport(stmt: Extract<Stmt, { op: 'report' }>, scope: StmtScope): Run {
  const bit = scope.properties.indexOf(stmt.id);
  if (bit < 0) throw broken(scope, `property '${stmt.id}' is reported but not declared`);
  const record = recorder(stmt.id, 'report', stmt.parties, scope);
  const { probe } = scope;
  return (w) => {
    probe.reports |= 1 << bit;
    return record(w);
  };
}

function recorder(
  name: string,
  kind: 'event' | 'report',
  fields: Readonly<Record<string, Field>>,
  scope: StmtScope,
): Run {
  const { probe } = scope;
  const parts = Object.entries(fields).map(([key, field]): [string, (w: Int32Array) => Decoded] => {
    if (field.sort === 'text') return [key, () => field.text];
    const { sort } = field;
    const value = get(compileExpr(field.node, scope));
    return [key, (w) => decode(value(w), sort, scope)];
  });
  return (w) => {
    if (probe.listen !== null) {
      const decoded: Record<string, Decoded> = {};
      for (const [key, value] of parts) decoded[key] = value(w);
      probe.listen(name, kind, decoded);
    }
    return -1;
  };
}

export function decode(value: number, sort: Sort, scope: Pick<Scope, 'layout'>): Decoded {
  if (sort.kind === 'id' || sort.kind === 'int') return value;
  if (sort.kind === 'bool') return value !== 0;
  if (sort.kind === 'maybe') return value === 0 ? null : value - 1;
  const members: number[] = [];
  for (let i = 0; i < bitsOf(sort, scope.layout.sizes); i++) if ((value >>> i) & 1) members.push(i);
  return members;
}
