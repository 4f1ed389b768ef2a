// Which locals a thread may still read: backward over the control graph, through the bodies of
// steps and what observers make of their events. A local that nobody will read before it is
// assigned again is dead there, whatever it holds.

import { fieldExprs } from './compile-stmt.ts';
import { type Control, type ControlNode, target } from './control.ts';
import type { Field, Local, Node, Stmt } from './nodes.ts';
import type { Observer } from './observer.ts';

/** What a control node leads to, jumps out of a step's body included. */
interface Flow {
  readonly observers: readonly Observer[];
  readonly liveAt: (node: number) => ReadonlySet<Local>;
}

/** By control node: the locals whose value may be read from there on. */
export function liveLocals(
  control: Control,
  observers: readonly Observer[],
): readonly ReadonlySet<Local>[] {
  const { nodes } = control;
  const live: Set<Local>[] = nodes.map(() => new Set());
  const flow: Flow = { observers, liveAt: (node) => live[node] as Set<Local> };
  for (let changed = true; changed; ) {
    changed = false;
    nodes.forEach((node, n) => {
      const before = live[n] as Set<Local>;
      for (const local of liveBefore(node, flow)) {
        if (before.has(local)) continue;
        before.add(local);
        changed = true;
      }
    });
  }
  return live;
}

function liveBefore(node: ControlNode, flow: Flow): Set<Local> {
  switch (node.kind) {
    case 'end':
      return new Set();
    case 'goto':
      return new Set(flow.liveAt(node.next));
    case 'reset': {
      const live = new Set(flow.liveAt(node.next));
      for (const local of node.locals) live.delete(local);
      return live;
    }
    case 'branch': {
      const live = new Set([...flow.liveAt(node.holds), ...flow.liveAt(node.otherwise)]);
      readLocals(node.cond, live);
      return live;
    }
    case 'let':
      return before([node.stmt], flow.liveAt(node.next), flow, new Map(), []);
    case 'step': {
      const { step, labels, stack } = node;
      const after = flow.liveAt(node.next);
      const live = before(step.body, after, flow, labels, stack);
      if (step.otherwise !== undefined) {
        for (const one of before(step.otherwise, after, flow, labels, stack)) live.add(one);
      }
      if (step.when !== undefined) readLocals(step.when, live);
      if (step.among !== undefined) readLocals(step.among, live);
      return live;
    }
  }
}

/** What is live before statements that `after` is live after. */
function before(
  stmts: readonly Stmt[],
  after: ReadonlySet<Local>,
  flow: Flow,
  labels: Extract<ControlNode, { kind: 'step' }>['labels'],
  stack: readonly string[],
): Set<Local> {
  let live = new Set(after);
  for (let i = stmts.length - 1; i >= 0; i--) live = one(stmts[i] as Stmt, live);
  return live;

  function one(stmt: Stmt, after: Set<Local>): Set<Local> {
    switch (stmt.op) {
      case 'assign': {
        const live = new Set(after);
        if (stmt.target.op === 'local') live.delete(stmt.target.local);
        else {
          for (const at of stmt.target.index) readLocals(at, live);
          const guard = stmt.target.cell.guard?.(stmt.target.index);
          if (guard !== undefined) readLocals(guard.held, live);
        }
        readLocals(stmt.value, live);
        return live;
      }
      case 'if': {
        const live = before(stmt.holds, after, flow, labels, stack);
        for (const local of before(stmt.otherwise, after, flow, labels, stack)) live.add(local);
        readLocals(stmt.cond, live);
        return live;
      }
      case 'each': {
        const live = new Set(after);
        for (let size = -1; size !== live.size; ) {
          size = live.size;
          for (const local of before(stmt.body, live, flow, labels, stack)) live.add(local);
        }
        return live;
      }
      case 'emit': {
        let live = after;
        for (const heard of handled(stmt, flow.observers).reverse()) {
          live = before(heard, live, flow, labels, stack);
        }
        return fieldLocals(stmt.fields, new Set(live));
      }
      case 'report':
        return fieldLocals(stmt.parties, new Set(after));
      case 'go':
        return new Set(flow.liveAt(target(labels, stmt.mode, stmt.label, stack)));
    }
  }
}

/** What the observers do about an event, in their order. */
export function handled(
  stmt: Extract<Stmt, { op: 'emit' }>,
  observers: readonly Observer[],
): (readonly Stmt[])[] {
  const exprs = fieldExprs(stmt);
  return observers.flatMap((observer) => {
    const handler = observer.hears[stmt.event];
    return handler === undefined ? [] : [handler(exprs)];
  });
}

function fieldLocals(fields: Readonly<Record<string, Field>>, into: Set<Local>): Set<Local> {
  for (const field of Object.values(fields)) {
    if (field.sort !== 'text') readLocals(field.node, into);
  }
  return into;
}

function readLocals(node: Node, into: Set<Local>): void {
  if (node.op === 'local') into.add(node.local);
  if (node.op === 'cell') for (const at of node.index) readLocals(at, into);
  if (node.op === 'exists') readLocals(node.body, into);
  if ('c' in node) readLocals(node.c, into);
  if ('a' in node) readLocals(node.a, into);
  if ('b' in node) readLocals(node.b, into);
}
