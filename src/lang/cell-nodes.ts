// Text with its cells written otherwise. Everything else stays what it is, and what holds no changed
// cell stays the same object.

import type { Code, Field, Node, Step, Stmt } from './nodes.ts';

export type CellNode = Extract<Node, { op: 'cell' }>;

export interface OnCell {
  /** What is written instead of a cell that is read or assigned; its index is done already. */
  readonly cell: (node: CellNode) => CellNode | Extract<Node, { op: 'local' }>;
  /** Called for each event told, for what observers make of it is no part of the text. */
  readonly told?: (stmt: Extract<Stmt, { op: 'emit' }>) => void;
}

export function cellsInCodes(codes: readonly Code[], on: OnCell): readonly Code[] {
  return all(codes, (code): Code => {
    switch (code.op) {
      case 'step':
        return cellsInStep(code, on);
      case 'branch':
        return same(code, {
          cond: cellsIn(code.cond, on),
          holds: cellsInCodes(code.holds, on),
          otherwise: cellsInCodes(code.otherwise, on),
        });
      case 'while':
        return same(code, { cond: cellsIn(code.cond, on), body: cellsInCodes(code.body, on) });
      case 'block':
      case 'call':
        return same(code, { body: cellsInCodes(code.body, on) });
      case 'let':
        return same(code, { value: cellsIn(code.value, on) });
      case 'go':
        return code;
    }
  });
}

function cellsInStep(step: Step, on: OnCell): Step {
  const maybe = (node: Node | undefined): Node | undefined => node && cellsIn(node, on);
  return same(step, {
    when: maybe(step.when),
    among: maybe(step.among),
    body: cellsInStmts(step.body, on),
    otherwise: step.otherwise && cellsInStmts(step.otherwise, on),
  });
}

export function cellsInStmts(stmts: readonly Stmt[], on: OnCell): readonly Stmt[] {
  return all(stmts, (stmt): Stmt => {
    switch (stmt.op) {
      case 'assign': {
        const target = cellsIn(stmt.target, on) as typeof stmt.target;
        return same(stmt, { target, value: cellsIn(stmt.value, on) });
      }
      case 'if':
        return same(stmt, {
          cond: cellsIn(stmt.cond, on),
          holds: cellsInStmts(stmt.holds, on),
          otherwise: cellsInStmts(stmt.otherwise, on),
        });
      case 'each':
        return same(stmt, { body: cellsInStmts(stmt.body, on) });
      case 'emit': {
        const told = same(stmt, { fields: cellsInFields(stmt.fields, on) });
        on.told?.(told);
        return told;
      }
      case 'report':
        return same(stmt, { parties: cellsInFields(stmt.parties, on) });
      case 'go':
        return stmt;
    }
  });
}

export function cellsIn(node: Node, on: OnCell): Node {
  switch (node.op) {
    case 'cell':
      return on.cell(same(node, { index: all(node.index, (at) => cellsIn(at, on)) }));
    case 'exists':
      return same(node, { body: cellsIn(node.body, on) });
    case 'ite':
      return same(node, {
        c: cellsIn(node.c, on),
        a: cellsIn(node.a, on),
        b: cellsIn(node.b, on),
      });
    default:
      if ('b' in node) return same(node, { a: cellsIn(node.a, on), b: cellsIn(node.b, on) });
      return 'a' in node ? same(node, { a: cellsIn(node.a, on) }) : node;
  }
}

type Fields = Readonly<Record<string, Field>>;

function cellsInFields(fields: Fields, on: OnCell): Fields {
  const entries = Object.entries(fields).map(([name, field]): [string, Field] => [
    name,
    field.sort === 'text' ? field : same(field, { node: cellsIn(field.node, on) }),
  ]);
  return entries.every(([name, field]) => fields[name] === field)
    ? fields
    : Object.fromEntries(entries);
}

function all<T>(list: readonly T[], one: (item: T) => T): readonly T[] {
  const made = list.map(one);
  return made.every((item, i) => item === list[i]) ? list : made;
}

/** The object with the parts given, or itself where they are the ones it has. */
function same<T extends object>(whole: T, parts: Partial<T>): T {
  const names = Object.keys(parts) as (keyof T)[];
  return names.every((name) => parts[name] === whole[name]) ? whole : { ...whole, ...parts };
}
