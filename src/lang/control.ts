// A thread's code as a graph: steps are its control points, everything else happens on the way
// from one step to the next, within the transition of the earlier one.

import { Problem } from '../base/problem.ts';
import type { Code, Local, Node, Step, Stmt } from './nodes.ts';

export type ControlNode =
  | {
      readonly kind: 'step';
      readonly step: Step;
      readonly next: number;
      /** Names of the paths around it, outermost first. */
      readonly stack: readonly string[];
      /** Where the jumps in the step's body lead. */
      readonly labels: Labels;
      /** The call it is in, with its locals; undefined outside of any path. */
      readonly frame: Frame | undefined;
    }
  | { readonly kind: 'branch'; readonly cond: Node; readonly holds: number; otherwise: number }
  | {
      readonly kind: 'let';
      readonly stmt: Extract<Stmt, { op: 'assign' }>;
      readonly next: number;
    }
  /** The end of a call: its locals become zero, so that states differ only in what matters. */
  | { readonly kind: 'reset'; readonly locals: readonly Local[]; readonly next: number }
  | { readonly kind: 'goto'; next: number }
  | { readonly kind: 'end' };

export type Labels = ReadonlyMap<string, { readonly leave: number; readonly again: number }>;

export interface Control {
  readonly nodes: readonly ControlNode[];
  readonly entry: number;
  /** Every call's locals with the calls it is inside of, for sharing their space. */
  readonly frames: readonly Frame[];
}
export interface Frame {
  readonly locals: readonly Local[];
  readonly inside: Frame | undefined;
}

/** `locals`: variables that are there for as long as the thread is. */
export function controlOf(codes: readonly Code[], locals: readonly Local[] = []): Control {
  const nodes: ControlNode[] = [{ kind: 'end' }];
  const whole: Frame | undefined = locals.length === 0 ? undefined : { locals, inside: undefined };
  const frames: Frame[] = whole === undefined ? [] : [whole];
  const add = (node: ControlNode): number => nodes.push(node) - 1;

  const sequence = (list: readonly Code[], next: number, at: At): number => {
    let to = next;
    for (let i = list.length - 1; i >= 0; i--) to = one(list[i] as Code, to, at);
    return to;
  };

  const one = (code: Code, next: number, at: At): number => {
    switch (code.op) {
      case 'step':
        return add({ kind: 'step', step: code, next, ...at });
      case 'let':
        return add({
          kind: 'let',
          stmt: { op: 'assign', target: code.target, value: code.value },
          next,
        });
      case 'branch': {
        const then = sequence(code.holds, next, at);
        const otherwise = sequence(code.otherwise, next, at);
        return add({ kind: 'branch', cond: code.cond, holds: then, otherwise });
      }
      case 'while': {
        const head: ControlNode = { kind: 'goto', next: 0 };
        const start = add(head);
        const body = sequence(code.body, start, at);
        head.next = add({ kind: 'branch', cond: code.cond, holds: body, otherwise: next });
        return start;
      }
      case 'block': {
        const head: ControlNode = { kind: 'goto', next: 0 };
        const start = add(head);
        const labels = new Map(at.labels).set(code.label, { leave: next, again: start });
        head.next = sequence(code.body, code.repeat ? start : next, { ...at, labels });
        return start;
      }
      case 'call': {
        const frame: Frame = { locals: code.locals, inside: at.frame };
        frames.push(frame);
        const exit = add({ kind: 'reset', locals: code.locals, next });
        const labels: Labels = new Map([[code.path.name, { leave: exit, again: exit }]]);
        const stack = [...at.stack, code.path.name];
        return sequence(code.body, exit, { stack, labels, frame });
      }
      case 'go':
        return target(at.labels, code.mode, code.label, at.stack);
    }
  };

  const entry = sequence(codes, 0, { stack: [], labels: new Map(), frame: whole });
  refuseEmptyLoops(nodes);
  return { nodes, entry, frames };
}

interface At {
  readonly stack: readonly string[];
  readonly labels: Labels;
  readonly frame: Frame | undefined;
}

export function target(
  labels: Labels,
  mode: 'leave' | 'again',
  label: string,
  stack: readonly string[],
): number {
  const found = labels.get(label);
  if (found === undefined) {
    throw new Problem('LUF-E001', `no stretch called '${label}' to ${mode}`, {
      where: stack.join(' > '),
      hint: `name a loop or block around it, or the path itself to return: ${[...labels.keys()].join(', ')}`,
    });
  }
  return found[mode];
}

/** A loop that can go round without a step would never end. */
function refuseEmptyLoops(nodes: readonly ControlNode[]): void {
  const state = new Map<number, 'open' | 'done'>();
  const visit = (n: number): void => {
    if (state.get(n) === 'done') return;
    if (state.get(n) === 'open') {
      throw new Problem('LUF-E001', 'a loop has a way round without any step', {
        hint: 'put a step into every way round the loop',
      });
    }
    state.set(n, 'open');
    const node = nodes[n] as ControlNode;
    if (node.kind === 'branch') {
      visit(node.holds);
      visit(node.otherwise);
    } else if (node.kind === 'let' || node.kind === 'reset' || node.kind === 'goto') {
      visit(node.next);
    }
    state.set(n, 'done');
  };
  nodes.forEach((_, n) => {
    visit(n);
  });
}
