// What lies between a step and the next: choices by locals, moves, resets; then the program counter.
// Short stretches stand in line; one with many joins becomes a loop over control nodes, so that
// nothing is written twice without bound.

import type { ControlNode } from '../control.ts';
import type { ThreadPart } from '../machine.ts';
import { bits } from './code.ts';
import { condCode } from './expr.ts';
import { generateAssign, type Output, writeField } from './stmt.ts';

/** Nodes that may stand in line, counted as often as they are written. */
const INLINE = 24;

/** Goes on from a control node to the next step, whatever `to` says the body jumped to. */
export function generateSettle(thread: ThreadPart, next: number, out: Output): void {
  const { lines } = out;
  // Jumps come here with more or less done, and the pieces below are not run one after the other.
  out.used.forget();
  const targets = [...out.jumps].filter((to) => to !== next);
  const from = (at: number): readonly string[] =>
    lines.nested(() => {
      settleFrom(thread, at, out);
    });
  if (targets.length === 0) {
    settleFrom(thread, next, out);
    return;
  }
  targets.forEach((to, i) => {
    lines.add(`${i === 0 ? '' : '} else '}if (to === ${to}) {`);
    lines.append(from(to));
  });
  lines.add('} else {');
  lines.append(from(next));
  lines.add('}');
}

function settleFrom(thread: ThreadPart, start: number, out: Output): void {
  if (sizeFrom(thread, start, INLINE) <= INLINE) inLine(thread, start, out);
  else asLoop(thread, start, out);
}

function nodeAt(thread: ThreadPart, n: number): ControlNode {
  return thread.nodes[n] as ControlNode;
}

/** How many nodes `inLine` would write; counting stops above `limit`. */
function sizeFrom(thread: ThreadPart, n: number, limit: number): number {
  if (limit < 0) return 1;
  const node = nodeAt(thread, n);
  if (node.kind === 'step' || node.kind === 'end') return 1;
  if (node.kind !== 'branch') return 1 + sizeFrom(thread, node.next, limit - 1);
  const holds = sizeFrom(thread, node.holds, limit - 1);
  return 1 + holds + sizeFrom(thread, node.otherwise, limit - 1 - holds);
}

function inLine(thread: ThreadPart, n: number, out: Output): void {
  const { lines } = out;
  const node = nodeAt(thread, n);
  if (node.kind === 'step' || node.kind === 'end') {
    arrive(thread, n, out);
  } else if (node.kind === 'branch') {
    const cond = condCode(node.cond, thread.scope, out.used);
    if (typeof cond === 'boolean') {
      inLine(thread, cond ? node.holds : node.otherwise, out);
      return;
    }
    const holds = lines.nested(() => inLine(thread, node.holds, out));
    const otherwise = lines.nested(() => inLine(thread, node.otherwise, out));
    lines.choice(cond, holds, otherwise);
  } else {
    pass(thread, node, out);
    inLine(thread, node.next, out);
  }
}

function arrive(thread: ThreadPart, n: number, out: Output): void {
  const counter = thread.counterOf.get(n) as number;
  const node = nodeAt(thread, n);
  const name = node.kind === 'step' ? `to ${node.step.label}` : 'to the end';
  if (thread.pc.mask !== 0) writeField(thread.pc, counter, name, out);
}

function pass(thread: ThreadPart, node: Extract<ControlNode, { next: number }>, out: Output): void {
  if (node.kind === 'let') generateAssign(node.stmt, thread.scope, out);
  if (node.kind !== 'reset') return;
  const masks = new Map<number, number>();
  for (const local of node.locals) {
    const { word, shift, mask } = thread.scope.layout.local(local);
    if (mask !== 0) masks.set(word, (masks.get(word) ?? 0) | (mask << shift));
  }
  const names = node.locals.map((local) => local.name).join(', ');
  for (const [word, mask] of masks) {
    out.lines.add(`${out.used.write(word, mask)} &= ${bits(~mask)};`, `no ${names} any more`);
  }
}

function asLoop(thread: ThreadPart, start: number, out: Output): void {
  const { lines } = out;
  lines.add(`to = ${start};`);
  out.loops = true;
  lines.block('settle: for (;;) switch (to)', () => {
    for (const n of reachable(thread, start)) {
      const node = nodeAt(thread, n);
      lines.add(`case ${n}:`);
      lines.inside(() => {
        if (node.kind === 'step' || node.kind === 'end') {
          arrive(thread, n, out);
          lines.add('break settle;');
          return;
        }
        if (node.kind === 'branch') {
          const cond = condCode(node.cond, thread.scope, out.used);
          if (typeof cond === 'boolean') lines.add(`to = ${cond ? node.holds : node.otherwise};`);
          else lines.add(`to = ${cond.text} ? ${node.holds} : ${node.otherwise};`);
        } else {
          pass(thread, node, out);
          lines.add(`to = ${node.next};`);
        }
        lines.add('break;');
      });
    }
  });
}

function reachable(thread: ThreadPart, start: number): readonly number[] {
  const found = new Set([start]);
  for (const n of found) {
    const node = nodeAt(thread, n);
    if (node.kind === 'branch') found.add(node.holds).add(node.otherwise);
    else if (node.kind !== 'step' && node.kind !== 'end') found.add(node.next);
  }
  return [...found];
}
