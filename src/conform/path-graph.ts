// A path's program as a graph whose edges a task takes, with the letters that a recording shows of it.
// Like lang/control.ts, but with calls kept: their entries and returns are letters.

import type { Code, Local, Node, Step, Stmt } from '../lang/nodes.ts';
import {
  type Alphabet,
  entering,
  inlinedName,
  leaving,
  mayBeCopied,
  type ProbedFunction,
} from './alphabet.ts';

export type GraphNode =
  | {
      readonly kind: 'step';
      readonly step: Step;
      readonly next: number;
      readonly labels: Labels;
      /** Innermost path around it. */
      readonly path: string;
      /** The function that the step stands for, if calls of it are recorded. */
      readonly probed: ProbedFunction | undefined;
    }
  | { readonly kind: 'branch'; readonly cond: Node; readonly holds: number; otherwise: number }
  | {
      readonly kind: 'let';
      readonly target: Extract<Node, { op: 'local' }>;
      readonly value: Node;
      readonly next: number;
    }
  | { readonly kind: 'reset'; readonly locals: readonly Local[]; readonly next: number }
  | { readonly kind: 'letter'; readonly letter: string; readonly next: number }
  | { readonly kind: 'goto'; next: number }
  /** One way or the other, whoever decides. */
  | { readonly kind: 'either'; readonly ways: readonly number[] }
  | { readonly kind: 'end' };

export type Labels = ReadonlyMap<string, { readonly leave: number; readonly again: number }>;

export interface PathGraph {
  readonly nodes: readonly GraphNode[];
  readonly entry: number;
  readonly locals: readonly Local[];
  /** Names of the paths that are called. */
  readonly calls: ReadonlySet<string>;
}

interface At {
  readonly labels: Labels;
  readonly path: string;
}

/** The graph of what happens in one call: its own entry and return are left out. */
export function graphOf(
  call: Extract<Code, { op: 'call' | 'block' }>,
  alphabet: Alphabet,
): PathGraph {
  const nodes: GraphNode[] = [{ kind: 'end' }];
  const locals: Local[] = [];
  const calls = new Set<string>();
  const add = (node: GraphNode): number => nodes.push(node) - 1;

  const sequence = (list: readonly Code[], next: number, at: At): number => {
    let to = next;
    for (let i = list.length - 1; i >= 0; i--) to = one(list[i] as Code, to, at);
    return to;
  };

  const bracketed = (
    name: string,
    next: number,
    caller: string,
    inside: (exit: number) => number,
  ): number => {
    const probed = alphabet.functions.get(name);
    if (probed === undefined) return inside(next);
    const exit = probed.returns ? add({ kind: 'letter', letter: leaving(name), next }) : next;
    const called = add({ kind: 'letter', letter: entering(name), next: inside(exit) });
    return mayBeCopied(name, caller)
      ? add({ kind: 'either', ways: [called, inside(next)] })
      : called;
  };

  const body = (code: Extract<Code, { op: 'call' | 'block' }>, next: number, at: At): number => {
    if (code.op === 'block') {
      const name = inlinedName(code.label);
      if (name !== undefined) calls.add(name);
      const head: GraphNode = { kind: 'goto', next: 0 };
      const start = add(head);
      const labels = new Map(at.labels).set(code.label, { leave: next, again: start });
      head.next = sequence(code.body, code.repeat ? start : next, { ...at, labels });
      return start;
    }
    // A copy has the same ones.
    locals.push(...code.locals.filter((one) => !locals.includes(one)));
    const exit = add({ kind: 'reset', locals: code.locals, next });
    const labels = new Map([[code.path.name, { leave: exit, again: exit }]]);
    return sequence(code.body, exit, { labels, path: code.path.name });
  };

  const one = (code: Code, next: number, at: At): number => {
    switch (code.op) {
      case 'step':
        return add({
          kind: 'step',
          step: code,
          next,
          // The one step of a path of its name is the call itself.
          probed: code.label === at.path ? undefined : alphabet.functions.get(code.label),
          ...at,
        });
      case 'let':
        return add({ kind: 'let', target: code.target, value: code.value, next });
      case 'branch': {
        const holds = sequence(code.holds, next, at);
        return add({
          kind: 'branch',
          cond: code.cond,
          holds,
          otherwise: sequence(code.otherwise, next, at),
        });
      }
      case 'while': {
        const head: GraphNode = { kind: 'goto', next: 0 };
        const start = add(head);
        const holds = sequence(code.body, start, at);
        head.next = add({ kind: 'branch', cond: code.cond, holds, otherwise: next });
        return start;
      }
      case 'block':
        return code.repeat
          ? body(code, next, at)
          : bracketed(inlinedName(code.label) ?? '', next, at.path, (exit) => body(code, exit, at));
      case 'call':
        calls.add(code.path.name);
        return bracketed(code.path.name, next, at.path, (exit) => body(code, exit, at));
      case 'go':
        return jump(at.labels, code.mode, code.label);
    }
  };

  const start: At = { labels: outside, path: '' };
  const entry = body(call, 0, start);
  return { nodes, entry, locals, calls };
}

/** Jumps out of what is looked at end the run. */
const outside: Labels = new Map();

export function jump(labels: Labels, mode: 'leave' | 'again', label: string): number {
  return labels.get(label)?.[mode] ?? 0;
}

/** Cells that are written under an index other than the task itself. */
export function writtenByOthers(codes: readonly Code[], into: Set<string>): void {
  const stmts = (list: readonly Stmt[]): void => {
    for (const stmt of list) {
      if (stmt.op === 'assign' && stmt.target.op === 'cell') {
        const { cell, index } = stmt.target;
        if (index.length !== 1 || index[0]?.op !== 'me') into.add(cell.name);
      } else if (stmt.op === 'if') {
        stmts(stmt.holds);
        stmts(stmt.otherwise);
      } else if (stmt.op === 'each') stmts(stmt.body);
    }
  };
  for (const code of codes) {
    if (code.op === 'step') {
      stmts(code.body);
      stmts(code.otherwise ?? []);
    } else if (code.op === 'branch') {
      writtenByOthers(code.holds, into);
      writtenByOthers(code.otherwise, into);
    } else if ('body' in code) writtenByOthers(code.body, into);
  }
}
