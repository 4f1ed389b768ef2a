// Calls of functions that exist to flush: paths of the model that, whatever way they take, emit
// nothing but flushes and debts. That is read off the model's own text, so a new flushing function
// needs no mention here. A call that flushed nothing is as telling as one that did.

import type { IdValue } from '../events/concrete.ts';
import type { Code, Stmt } from '../lang/nodes.ts';
import type { TraceStep } from './judge.ts';
import { HARDWARE } from './moments.ts';

export interface FlushCall {
  /** The outermost flushing function. */
  readonly name: string;
  /** The system call or kernel function that it was called from. */
  readonly inside: string | undefined;
  readonly who: string;
  readonly cpu: number;
  /** First and last step. */
  readonly from: number;
  readonly to: number;
  /** Whether the thread has gone on to something else. */
  readonly ended: boolean;
  /** CPUs that it flushed, at all or for some address. */
  readonly reached: readonly IdValue[];
}

const flushing = new Set(['tlb.flush', 'debt.record', 'debt.pay']);

/** Names of the paths in some code that can do nothing observable but flush. */
export function flushPaths(codes: readonly Code[]): ReadonlySet<string> {
  const names = new Set<string>();
  const emitted = (list: readonly Code[]): Set<string> => {
    const kinds = new Set<string>();
    for (const code of list) {
      if (code.op === 'call') {
        const own = emitted(code.body);
        if (own.has('tlb.flush') && [...own].every((kind) => flushing.has(kind))) {
          names.add(code.path.name);
        }
        for (const kind of own) kinds.add(kind);
      } else if (code.op === 'step') {
        collect(code.body, kinds);
        collect(code.otherwise ?? [], kinds);
      } else if (code.op === 'branch') {
        for (const kind of emitted([...code.holds, ...code.otherwise])) kinds.add(kind);
      } else if (code.op === 'while' || code.op === 'block') {
        for (const kind of emitted(code.body)) kinds.add(kind);
      }
    }
    return kinds;
  };
  emitted(codes);
  return names;
}

function collect(stmts: readonly Stmt[], kinds: Set<string>): void {
  for (const stmt of stmts) {
    if (stmt.op === 'emit') kinds.add(stmt.event);
    if (stmt.op === 'each') collect(stmt.body, kinds);
    if (stmt.op === 'if') {
      collect(stmt.holds, kinds);
      collect(stmt.otherwise, kinds);
    }
  }
}

export function flushCalls(
  steps: readonly TraceStep[],
  paths: ReadonlySet<string>,
): readonly FlushCall[] {
  const calls: FlushCall[] = [];
  for (const who of new Set(steps.map((step) => step.who))) {
    if (who === HARDWARE) continue;
    const mine = steps.filter((step) => step.who === who);
    let open: TraceStep[] = [];
    let key = '';
    const close = (ended: boolean): void => {
      const first = open[0];
      if (first !== undefined) calls.push(callOf(open, depthOf(first, paths), ended));
      open = [];
    };
    for (const step of mine) {
      const depth = depthOf(step, paths);
      const prefix = depth < 0 ? '' : step.stack.slice(0, depth + 1).join('>');
      if (prefix !== key) close(true);
      key = prefix;
      if (depth >= 0) open.push(step);
    }
    close(false);
  }
  return calls.sort((a, b) => a.from - b.from);
}

function depthOf(step: TraceStep, paths: ReadonlySet<string>): number {
  return step.stack.findIndex((name) => paths.has(name));
}

function callOf(steps: readonly TraceStep[], depth: number, ended: boolean): FlushCall {
  const [first, last] = [steps[0] as TraceStep, steps.at(-1) as TraceStep];
  const reached = new Set<IdValue>();
  for (const step of steps) {
    for (const event of step.events) {
      if (event.name === 'tlb.flush') {
        for (const cpu of event.fields.cpus as readonly number[]) reached.add(cpu);
      }
    }
  }
  return {
    name: first.stack[depth] as string,
    inside: depth > 0 ? first.stack[0] : undefined,
    who: first.who,
    cpu: first.cpu,
    from: first.n,
    to: last.n,
    ended,
    reached: [...reached],
  };
}
