// What a piece of text reads and writes. Footprints are derived, never trusted: a path's own
// statement about itself is held against them here.

import { Problem } from '../base/problem.ts';
import type { Cell, Code, Field, Node, Stmt } from './nodes.ts';

export interface Footprint {
  readonly reads: Set<Cell>;
  readonly writes: Set<Cell>;
}

export function emptyFootprint(): Footprint {
  return { reads: new Set(), writes: new Set() };
}

export function nodeReads(node: Node, into: Footprint): void {
  if (node.op === 'cell') {
    into.reads.add(node.cell);
    for (const at of node.index) nodeReads(at, into);
  }
  if (node.op === 'exists') nodeReads(node.body, into);
  if ('c' in node) nodeReads(node.c, into);
  if ('a' in node) nodeReads(node.a, into);
  if ('b' in node) nodeReads(node.b, into);
}

function fieldsRead(fields: Readonly<Record<string, Field>>, into: Footprint): void {
  for (const field of Object.values(fields)) {
    if (field.sort !== 'text') nodeReads(field.node, into);
  }
}

type OnEmit = (stmt: Extract<Stmt, { op: 'emit' }>) => void;

export function stmtsFootprint(
  stmts: readonly Stmt[],
  into: Footprint,
  onEmit: OnEmit = () => {},
): void {
  for (const stmt of stmts) {
    switch (stmt.op) {
      case 'assign':
        nodeReads(stmt.value, into);
        if (stmt.target.op === 'cell') {
          into.writes.add(stmt.target.cell);
          for (const at of stmt.target.index) nodeReads(at, into);
        }
        break;
      case 'if':
        nodeReads(stmt.cond, into);
        stmtsFootprint(stmt.holds, into, onEmit);
        stmtsFootprint(stmt.otherwise, into, onEmit);
        break;
      case 'each':
        stmtsFootprint(stmt.body, into, onEmit);
        break;
      case 'emit':
        fieldsRead(stmt.fields, into);
        onEmit(stmt);
        break;
      case 'report':
        fieldsRead(stmt.parties, into);
        break;
      case 'go':
        break;
    }
  }
}

/** Footprint of code; `onCall` decides whether to look into a called path. */
export function codesFootprint(
  codes: readonly Code[],
  into: Footprint,
  onCall: (code: Extract<Code, { op: 'call' }>) => void,
  onEmit: OnEmit = () => {},
): void {
  for (const code of codes) {
    switch (code.op) {
      case 'step':
        if (code.when !== undefined) nodeReads(code.when, into);
        if (code.among !== undefined) nodeReads(code.among, into);
        stmtsFootprint(code.body, into, onEmit);
        stmtsFootprint(code.otherwise ?? [], into, onEmit);
        break;
      case 'branch':
        betweenSteps(code.cond);
        codesFootprint(code.holds, into, onCall, onEmit);
        codesFootprint(code.otherwise, into, onCall, onEmit);
        break;
      case 'while':
        betweenSteps(code.cond);
        codesFootprint(code.body, into, onCall, onEmit);
        break;
      case 'block':
        codesFootprint(code.body, into, onCall, onEmit);
        break;
      case 'let':
        betweenSteps(code.value);
        break;
      case 'call':
        onCall(code);
        break;
      case 'go':
        break;
    }
  }
}

/** What happens between steps may depend on locals only: shared state is read inside a step. */
function betweenSteps(node: Node): void {
  const touched = emptyFootprint();
  nodeReads(node, touched);
  for (const cell of touched.reads) {
    throw new Problem('LUF-E001', `a choice between steps reads '${cell.name}', which is shared`, {
      hint: 'read it into a local inside a step, and choose by the local',
    });
  }
}

/** Holds every path in the code against what it declares. Throws LUF-E002. */
export function checkDeclared(codes: readonly Code[]): void {
  codesFootprint(codes, emptyFootprint(), (call) => {
    const own = emptyFootprint();
    codesFootprint(call.body, own, (inner) => checkDeclared([inner]));
    const { name, reads, writes, source, place } = call.path;
    const where = place === undefined ? `${name} (${source})` : `${place}: ${name}`;
    const may = new Set([...reads, ...writes]);
    // What a kernel path does to a design's bookkeeping is the design's text, put in by its hooks.
    const owners = new Set(
      [...own.reads, ...own.writes]
        .filter((cell) => may.has(tableOf(cell)))
        .map((cell) => cell.owner),
    );
    const foreign = (cell: Cell): boolean => cell.owner !== 'kernel' && !owners.has(cell.owner);
    for (const cell of own.writes) {
      if (foreign(cell)) continue;
      if (!writes.includes(tableOf(cell))) throw undeclared(name, where, cell, 'writes');
    }
    for (const cell of own.reads) {
      if (foreign(cell)) continue;
      if (!may.has(tableOf(cell))) throw undeclared(name, where, cell, 'reads');
    }
  });
}

function undeclared(path: string, where: string, cell: Cell, verb: 'reads' | 'writes'): Problem {
  return new Problem('LUF-E002', `${path} ${verb} '${tableOf(cell)}' and does not say so`, {
    where,
    hint: `add '${tableOf(cell)}' to the path's ${verb}`,
  });
}

export function tableOf(cell: Cell): string {
  return cell.name.split('.')[0] ?? cell.name;
}
