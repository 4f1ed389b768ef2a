// Statements as lines of JavaScript over words in local variables. What is heard at an emit (rules,
// truth) stands where it happens. Events themselves leave nothing behind: only replay wants them.

import { broken, type Scope, withBound } from '../compile-expr.ts';
import { fieldExprs, type StmtScope } from '../compile-stmt.ts';
import type { Field } from '../layout.ts';
import type { Stmt } from '../nodes.ts';
import { type Sizes, type Sort, sizeOf } from '../sorts.ts';
import { entryOf, evenly, limitOf, shiftAt, within } from './access.ts';
import { bits, bitsOperand, type Code, loOf, textOf, type Used, type Val } from './code.ts';
import { condCode, valueCode } from './expr.ts';
import type { Lines } from './lines.ts';

/** Where statements are written, and what they were found to do. */
export interface Output {
  readonly lines: Lines;
  readonly used: Used;
  /** Control nodes that jumps lead to; a jump sets `to` and leaves the block called `body`. */
  readonly jumps: Set<number>;
  /** Something may be reported: `r` collects the bits. */
  reports: boolean;
  /** `to` runs over control nodes. */
  loops: boolean;
}

/**
 * Answers whether the interpreter does anything for them: where it does not, it does not look at the
 * condition before them either.
 */
export function generateStmts(stmts: readonly Stmt[], scope: StmtScope, out: Output): boolean {
  let acts = false;
  for (const stmt of stmts) if (generateStmt(stmt, scope, out)) acts = true;
  return acts;
}

function generateStmt(stmt: Stmt, scope: StmtScope, out: Output): boolean {
  switch (stmt.op) {
    case 'assign':
      return generateAssign(stmt, scope, out);
    case 'if':
      return generateIf(stmt, scope, out);
    case 'each': {
      let acts = false;
      for (let i = 0; i < sizeOf(scope.layout.sizes, stmt.bound.of); i++) {
        const one = { ...scope, ...withBound(scope, stmt.bound, i) };
        if (generateStmts(stmt.body, one, out)) acts = true;
      }
      return acts;
    }
    case 'emit': {
      const exprs = fieldExprs(stmt);
      for (const observer of scope.observers) {
        const handler = observer.hears[stmt.event];
        if (handler !== undefined) generateStmts(handler(exprs), scope, out);
      }
      return true;
    }
    case 'report': {
      const bit = scope.properties.indexOf(stmt.id);
      if (bit < 0) throw broken(scope, `property '${stmt.id}' is reported but not declared`);
      out.lines.add(`r |= ${bits(1 << bit)};`, stmt.id);
      out.reports = true;
      return true;
    }
    case 'go': {
      const to = scope.target(stmt.mode, stmt.label);
      out.jumps.add(to);
      out.lines.add(`to = ${to};`);
      out.lines.add('break body;');
      return true;
    }
  }
}

function generateIf(stmt: Extract<Stmt, { op: 'if' }>, scope: StmtScope, out: Output): boolean {
  const { lines, used } = out;
  let acts = false;
  const part = (stmts: readonly Stmt[], facts: readonly Field[] | undefined): readonly string[] =>
    used.aside(facts, () =>
      lines.nested(() => {
        if (generateStmts(stmts, scope, out)) acts = true;
      }),
    );
  const before = used.known;
  const cond = condCode(stmt.cond, scope, used);
  if (typeof cond === 'boolean') {
    return generateStmts(cond ? stmt.holds : stmt.otherwise, scope, out);
  }
  const holds = part(stmt.holds, cond.ifTrue);
  const otherwise = part(stmt.otherwise, cond.ifFalse);
  lines.choice(cond, holds, otherwise);
  if (holds.length + otherwise.length === 0) {
    if (acts && cond.fails) lines.add(`${cond.text};`);
    else used.known = before; // Nothing was asked after all.
  }
  return acts;
}

/** A store: checked for its lock and its range where they are not known to be right. */
export function generateAssign(
  stmt: Extract<Stmt, { op: 'assign' }>,
  scope: Scope,
  out: Place,
): boolean {
  const { target } = stmt;
  const { used } = out;
  const { sizes } = scope.layout;
  const { sort, name } = target.op === 'cell' ? target.cell : target.local;
  if (target.op === 'local') {
    const field = scope.layout.local(target.local);
    if (field.mask === 0) return false;
    const value = fitting(valueCode(stmt.value, scope, used), sort, sizes, used, name);
    writeField(field, value, name, out);
    return true;
  }
  const { cell } = target;
  const fields = scope.layout.cell(cell);
  if (fields === undefined) return false; // Nobody reads it: dead.
  const place = (): Val =>
    entryOf(cell, target.index, scope, used, (at) => valueCode(at, scope, used));
  const early = used.aside(undefined, place);
  if (typeof early === 'number' && fields[early]?.mask === 0) return false;
  const guard = scope.thread === undefined ? undefined : cell.guard?.(target.index);
  if (guard !== undefined) {
    const held = condCode(guard.held, scope, used);
    if (typeof held === 'object') used.learnSome(held.ifTrue);
    if (held === false) out.lines.add('fail();');
    else if (held !== true) out.lines.add(`if (${held.not}) fail();`, guard.lock);
  }
  const entry = typeof early === 'number' ? early : place();
  const value = fitting(valueCode(stmt.value, scope, used), sort, sizes, used, name);
  if (typeof entry === 'number') {
    const one = fields[entry] as Field;
    writeField(one, value, fields.length > 1 ? `${name} ${entry}` : name, out);
  } else {
    writeEntry(fields, entry, value, name, out);
  }
  return true;
}

/** The value, checked unless it is known to fit what it is stored in. */
function fitting(value: Val, sort: Sort, sizes: Sizes, used: Used, name: string): Val {
  const outside = (): Error => new Error(`a value known to be outside the range of '${name}'`);
  return within(value, 0, limitOf(sort, sizes), used, outside);
}

type Place = Pick<Output, 'lines' | 'used'>;

export function writeField(field: Field, value: Val, name: string, { lines, used }: Place): void {
  const { word, shift, mask } = field;
  const whole = mask << shift;
  const w = used.write(word, whole);
  if (loOf(value) > 0) used.learnSome([field]);
  const clear = `${w} & ${bits(~whole)}`;
  if (value === 0) lines.add(`${w} &= ${bits(~whole)};`, name);
  else if (value === mask) lines.add(`${w} |= ${bits(whole)};`, name);
  else if (typeof value === 'number') {
    lines.add(`${w} = (${clear}) | ${bitsOperand(value << shift)};`, name);
  } else {
    const shifted = shift === 0 ? value.text : `(${value.text} << ${shift})`;
    lines.add(`${w} = (${clear}) | ${shifted};`, name);
  }
}

function writeEntry(
  fields: readonly Field[],
  entry: Code,
  value: Val,
  name: string,
  { lines, used }: Place,
): void {
  const [first] = fields;
  const at = used.temp();
  lines.add(`${at} = ${entry.text};`);
  if (first === undefined) {
    lines.add('fail();');
    return;
  }
  let stored = textOf(value);
  if (typeof value !== 'number') {
    stored = used.temp();
    lines.add(`${stored} = ${value.text};`);
  }
  if (first.mask === 0) return;
  const even = evenly(fields);
  if (even !== undefined) {
    const w = used.write(first.word, -1);
    const shift = used.temp();
    lines.add(`${shift} = ${shiftAt(first.shift, even, at)};`);
    lines.add(`${w} = (${w} & ~(${first.mask} << ${shift})) | (${stored} << ${shift});`, name);
    return;
  }
  const val: Val = typeof value === 'number' ? value : { ...value, text: stored, fails: false };
  lines.block(`switch (${at})`, () => {
    fields.forEach((field, i) => {
      lines.add(`case ${i}:`);
      lines.inside(() => {
        used.aside(undefined, () => writeField(field, val, `${name} ${i}`, { lines, used }));
        lines.add('break;');
      });
    });
  });
}
