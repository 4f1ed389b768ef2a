// Dead locals become zero before each step, so that states differ only in what can still matter.
// Without it a local keeps its last value until its call ends. The control graph says by itself
// which locals are dead (liveness.ts); nothing is declared.

import { type Control, type ControlNode, type Labels, target } from './control.ts';
import { handled } from './liveness.ts';
import type { Local, Stmt } from './nodes.ts';
import type { Observer } from './observer.ts';

/**
 * The same graph with a reset in front of every step that can be reached with something dead and
 * not zero. Steps keep their numbers, and so threads keep their program counters.
 */
export function withDeadReset(
  control: Control,
  live: readonly ReadonlySet<Local>[],
  held: readonly ReadonlySet<Local>[],
): Control {
  const nodes: ControlNode[] = [...control.nodes];
  const resets = new Map<number, number>();
  control.nodes.forEach((node, n) => {
    if (node.kind !== 'step') return;
    const dead = [...(held[n] ?? [])].filter((local) => !live[n]?.has(local));
    if (dead.length === 0) return;
    resets.set(n, nodes.push({ kind: 'reset', locals: dead, next: n }) - 1);
  });
  const to = (n: number): number => resets.get(n) ?? n;
  const moved = new Map<Labels, Labels>();
  const labelsOf = (labels: Labels): Labels => {
    let found = moved.get(labels);
    if (found === undefined) {
      found = new Map(
        [...labels].map(([name, at]) => [name, { leave: to(at.leave), again: to(at.again) }]),
      );
      moved.set(labels, found);
    }
    return found;
  };
  return {
    ...control,
    entry: to(control.entry),
    nodes: nodes.map((node, n): ControlNode => {
      switch (node.kind) {
        case 'end':
          return node;
        case 'branch':
          return { ...node, holds: to(node.holds), otherwise: to(node.otherwise) };
        case 'step':
          return { ...node, next: to(node.next), labels: labelsOf(node.labels) };
        default:
          return n >= control.nodes.length ? node : { ...node, next: to(node.next) };
      }
    }),
  };
}

/** By control node: locals that some way there has assigned and not reset. */
export function maybeNotZero(control: Control, observers: readonly Observer[]): Set<Local>[] {
  const { nodes } = control;
  const held: Set<Local>[] = nodes.map(() => new Set());
  for (let changed = true; changed; ) {
    changed = false;
    nodes.forEach((node, n) => {
      const here = held[n] as Set<Local>;
      const pass = (to: number, locals: Iterable<Local>): void => {
        const there = held[to] as Set<Local>;
        for (const local of locals) {
          if (there.has(local)) continue;
          there.add(local);
          changed = true;
        }
      };
      switch (node.kind) {
        case 'end':
          break;
        case 'goto':
          pass(node.next, here);
          break;
        case 'reset':
          pass(
            node.next,
            [...here].filter((local) => !node.locals.includes(local)),
          );
          break;
        case 'branch':
          pass(node.holds, here);
          pass(node.otherwise, here);
          break;
        case 'let':
          pass(node.next, [...here, ...assigned([node.stmt], observers).locals]);
          break;
        case 'step': {
          const { step, labels, stack } = node;
          const body = assigned([...step.body, ...(step.otherwise ?? [])], observers);
          const after = [...here, ...body.locals];
          pass(node.next, after);
          for (const { mode, label } of body.jumps) pass(target(labels, mode, label, stack), after);
          break;
        }
      }
    });
  }
  return held;
}

interface Assigned {
  readonly locals: Set<Local>;
  readonly jumps: Extract<Stmt, { op: 'go' }>[];
}

function assigned(
  stmts: readonly Stmt[],
  observers: readonly Observer[],
  into: Assigned = { locals: new Set(), jumps: [] },
): Assigned {
  for (const stmt of stmts) {
    switch (stmt.op) {
      case 'assign':
        if (stmt.target.op === 'local') into.locals.add(stmt.target.local);
        break;
      case 'if':
        assigned(stmt.holds, observers, into);
        assigned(stmt.otherwise, observers, into);
        break;
      case 'each':
        assigned(stmt.body, observers, into);
        break;
      case 'emit':
        for (const heard of handled(stmt, observers)) assigned(heard, observers, into);
        break;
      case 'report':
        break;
      case 'go':
        into.jumps.push(stmt);
        break;
    }
  }
  return into;
}
