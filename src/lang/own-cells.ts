// Shared state that only one thread ever touches is not shared: a per-CPU return value, a flag of the
// running task. As a local of that thread it is reset where nobody will read it again, and nothing
// another thread does has to wait for it. Which entries these are is read off the text; nothing is
// declared.

import { type CellNode, cellsIn, cellsInCodes, cellsInStmts, type OnCell } from './cell-nodes.ts';
import { readField } from './layout.ts';
import { handled } from './liveness.ts';
import type { Machine } from './machine.ts';
import type { ModelText } from './model-text.ts';
import type { Cell, Local } from './nodes.ts';

/** By entry of a table the thread that touches it, or that several do; 'anyone': any entry. */
type Touched = Map<Cell, Map<number, number | 'several'> | 'anyone'>;

/**
 * The same model, with the entries that one thread alone touches as locals of that thread. An entry
 * counts where the text names it outright and it starts as zero, and where neither an observer nor
 * the hardware nor the guard of a lock asks for its table. Steps, actions and program counters stay
 * the same; the packed form of states does not. Without any such entry the text stays what it is.
 */
export function withOwnCells(machine: Machine): ModelText {
  const { text, layout } = machine;
  const touched = touchedIn(machine);
  const initial = machine.initial();
  const isOwn = (cell: Cell, entry: number, thread: number): boolean => {
    const by = touched.get(cell);
    const field = layout.cell(cell)?.[entry];
    if (by === undefined || by === 'anyone' || field === undefined) return false;
    return by.get(entry) === thread && readField(initial, field) === 0;
  };
  const threads = text.threads.map((thread, t) => {
    const locals = new Map<string, Local>();
    const cell: OnCell['cell'] = (node) => {
      const entry = entryOf(machine, node, t);
      if (entry === undefined || !isOwn(node.cell, entry, t)) return node;
      const name = `${node.cell.name}#${entry}`;
      const local = locals.get(name) ?? { name, sort: node.cell.sort };
      locals.set(name, local);
      return { op: 'local', local };
    };
    const code = cellsInCodes(thread.code, { cell });
    return locals.size === 0 ? thread : { ...thread, code, locals: [...locals.values()] };
  });
  return threads.every((thread, t) => thread === text.threads[t]) ? text : { ...text, threads };
}

/** The entry's place in its table; undefined where the text alone does not tell. */
function entryOf({ layout }: Machine, node: CellNode, thread: number): number | undefined {
  const numbers: number[] = [];
  for (const at of node.index) {
    if (at.op === 'const') numbers.push(at.value);
    else if (at.op === 'me') numbers.push(thread);
    else return undefined;
  }
  return layout.entry(node.cell, numbers);
}

function touchedIn(machine: Machine): Touched {
  const { threads, ambient, observers } = machine.text;
  const touched: Touched = new Map();
  const anyone: OnCell = {
    cell: (node) => {
      touched.set(node.cell, 'anyone');
      return node;
    },
    told: (stmt) => {
      for (const stmts of handled(stmt, observers)) cellsInStmts(stmts, anyone);
    },
  };
  threads.forEach((thread, t) => {
    const cell: OnCell['cell'] = (node) => {
      const { guard } = node.cell;
      if (guard !== undefined) cellsIn(guard(node.index).held, anyone);
      const entry = entryOf(machine, node, t);
      if (entry === undefined || guard !== undefined) return anyone.cell(node);
      const by = touched.get(node.cell) ?? new Map<number, number | 'several'>();
      if (by === 'anyone') return node;
      touched.set(node.cell, by.set(entry, (by.get(entry) ?? t) === t ? t : 'several'));
      return node;
    };
    cellsInCodes(thread.code, { ...anyone, cell });
  });
  for (const { when, body } of ambient) {
    cellsIn(when, anyone);
    cellsInStmts(body, anyone);
  }
  return touched;
}
