// Dead locals become zero before each step, so that states differ only in what can still matter.
// Without it a local keeps its last value until its call ends. The control graph says by itself
// which locals are dead (liveness.ts); nothing is declared.

import type { Control, ControlNode, Labels } from './control.ts';
import type { Liveness } from './liveness.ts';

/**
 * The same graph with a reset in front of every step that can be reached with something dead and
 * not zero. Steps keep their numbers, and so threads keep their program counters.
 */
export function withDeadReset(control: Control, { live, held }: Liveness): Control {
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
