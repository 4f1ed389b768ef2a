// Which tables are part of the packed state. Only what is both read and written needs room: the rest
// is known, or nobody asks.

import { compileStmts, fieldExprs, type StmtScope } from './compile-stmt.ts';
import {
  codesFootprint,
  emptyFootprint,
  type Footprint,
  nodeReads,
  stmtsFootprint,
} from './footprint.ts';
import { Layout, readField } from './layout.ts';
import type { ModelText } from './model-text.ts';
import type { Cell, Code, Node, Stmt } from './nodes.ts';

/** What makes the initial state, in the order in which it is run. */
export function initStmts(text: ModelText): Stmt[] {
  return [...text.init, ...text.observers.flatMap((observer) => observer.init)];
}

/**
 * Gives room in the layout to what is read and written. Answers the values of the tables that
 * nothing writes, by entry.
 */
export function placeCells(
  text: ModelText,
  layout: Layout,
  scope: StmtScope,
): Map<Cell, readonly number[]> {
  const used = footprintOf(text);
  const scratch = new Layout(text.sizes);
  const cells = [
    ...text.declarations.cells,
    ...text.observers.flatMap((observer) => observer.declarations.cells),
  ];
  for (const cell of cells) {
    scratch.addCell(cell);
    if (used.reads.has(cell) && used.writes.has(cell)) layout.addCell(cell);
  }
  const words = new Int32Array(scratch.words);
  compileStmts(initStmts(text), { ...scope, layout: scratch })?.(words);
  const fixed = new Map<Cell, readonly number[]>();
  for (const cell of cells) {
    if (used.writes.has(cell)) continue;
    fixed.set(
      cell,
      (scratch.cell(cell) ?? []).map((field) => readField(words, field)),
    );
  }
  return fixed;
}

function footprintOf(text: ModelText): Footprint {
  const used = emptyFootprint();
  const onEmit = (stmt: Extract<Stmt, { op: 'emit' }>): void => {
    for (const observer of text.observers) {
      const handler = observer.hears[stmt.event];
      if (handler !== undefined) stmtsFootprint(handler(fieldExprs(stmt)), used);
    }
  };
  const onCall = (call: Extract<Code, { op: 'call' }>): void =>
    codesFootprint(call.body, used, onCall, onEmit);
  for (const thread of text.threads) codesFootprint(thread.code, used, onCall, onEmit);
  for (const ambient of text.ambient) {
    nodeReads(ambient.when, used);
    stmtsFootprint(ambient.body, used, onEmit);
  }
  for (const cell of used.writes) {
    if (cell.guard === undefined) continue;
    const zeros = cell.index.map((): Node => ({ op: 'const', value: 0 }));
    nodeReads(cell.guard(zeros).held, used);
  }
  return used;
}
