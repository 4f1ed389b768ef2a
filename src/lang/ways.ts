// The ways to go on from a control point, and what the hardware may do: each as text, which every
// executor is made from, and as closures for the interpreter.

import { compileExpr, type Get, type Value, withBound } from './compile-expr.ts';
import { compileStmts, type Run, type StmtScope } from './compile-stmt.ts';
import { type ControlNode, target } from './control.ts';
import { always, both, contrary, type Masked, split } from './masked.ts';
import type { Ambient } from './model-text.ts';
import type { Bound, Node, Stmt } from './nodes.ts';
import { type Sizes, sizeOf } from './sorts.ts';

export interface Action {
  /** Index of the thread; undefined for hardware. */
  readonly thread: number | undefined;
  readonly label: string;
  readonly stack: readonly string[];
  /** What was picked: kind and index. */
  readonly picks: readonly { readonly of: string; readonly value: number }[];
}

/** One way to go on from a control point, as text: what every executor is made from. */
export interface WayText {
  /** All must hold. */
  readonly conditions: readonly Condition[];
  readonly body: readonly Stmt[];
  /** What is known in `body`. */
  readonly scope: StmtScope;
}
export interface Condition {
  readonly node: Node;
  readonly scope: StmtScope;
  /** The contrary must hold. */
  readonly negated: boolean;
}

export interface Alternative {
  readonly action: number;
  /** Its number among the ways to pick, those included that can never be taken. */
  readonly choice: number;
  readonly text: WayText;
  /** Must hold, and is asked before `enabled`. */
  readonly guard: Masked;
  readonly enabled: Get | undefined;
  readonly run: Run | undefined;
  /** Control node that follows, unless the body jumps. */
  readonly next: number;
}

/** Makes ways and numbers their actions in the order in which it is asked for them. */
export class WayMaker {
  readonly actions: Action[] = [];

  /** `outside`: what is known around the steps of the thread. */
  ofStep(
    node: Extract<ControlNode, { kind: 'step' }>,
    thread: number,
    outside: StmtScope,
  ): Alternative[] {
    const { step } = node;
    const at = step.place === undefined ? '' : `${step.place}: `;
    const base: StmtScope = {
      ...outside,
      where: `${at}${outside.where}: ${[...node.stack, step.label].join(' > ')}`,
      target: (mode, label) => target(node.labels, mode, label, node.stack),
    };
    const choices = choicesOf(step.picks, base);
    const { among } = step;
    const open = choices.flatMap(({ scope }): Condition[] =>
      among === undefined ? [] : [{ node: among, scope, negated: false }],
    );
    const about = { thread, label: step.label, stack: node.stack };
    const ways = choices.flatMap(({ scope, picks }, i): Alternative[] => {
      const conditions = open.slice(i, i + 1);
      if (step.when !== undefined) conditions.push({ node: step.when, scope, negated: false });
      return this.#way({ conditions, body: step.body, scope }, { ...about, picks }, node.next, i);
    });
    if (step.otherwise === undefined || among === undefined) return ways;
    const conditions = open.map((one) => ({ ...one, negated: true }));
    const text = { conditions, body: step.otherwise, scope: base };
    return [...ways, ...this.#way(text, { ...about, picks: [] }, node.next, choices.length)];
  }

  /** `first`: number of the first choice among all that the hardware may do. */
  ofHardware(ambient: Ambient, base: StmtScope, first: number): Alternative[] {
    return choicesOf(ambient.params, base).flatMap(({ scope, picks }, i): Alternative[] => {
      const conditions = [{ node: ambient.when, scope, negated: false }];
      const about = { thread: undefined, label: ambient.label, stack: [], picks };
      return this.#way({ conditions, body: ambient.body, scope }, about, 0, first + i);
    });
  }

  /** Nothing, if it is known that it can never be taken. */
  #way(text: WayText, about: Action, next: number, choice: number): Alternative[] {
    const enabled = conjunction(
      text.conditions.map(({ node, scope, negated }) => {
        const value = compileExpr(node, scope);
        return negated ? negation(value) : value;
      }),
    );
    if (enabled === 0) return [];
    const action = this.actions.push(about) - 1;
    const run = compileStmts(text.body, text.scope);
    return [{ action, choice, text, ...guarded(enabled), run, next }];
  }
}

/** In how many ways identities can be picked. */
export function countOfChoices(picks: readonly Bound[], sizes: Sizes): number {
  return picks.reduce((n, { of }) => n * sizeOf(sizes, of), 1);
}

/** One scope for each way to pick. */
function choicesOf(
  picks: readonly Bound[],
  base: StmtScope,
): { scope: StmtScope; picks: Action['picks'] }[] {
  let ways: { scope: StmtScope; picks: Action['picks'] }[] = [{ scope: base, picks: [] }];
  for (const bound of picks) {
    const size = sizeOf(base.layout.sizes, bound.of);
    ways = ways.flatMap((way) =>
      Array.from({ length: size }, (_, value) => ({
        scope: { ...way.scope, ...withBound(way.scope, bound, value) },
        picks: [...way.picks, { of: bound.of, value }],
      })),
    );
  }
  return ways;
}

/** Whether the way can be taken. */
export function isOpen({ guard, enabled }: Alternative, words: Int32Array): boolean {
  if (((words[guard.word] as number) & guard.mask) !== guard.bits) return false;
  return enabled === undefined || enabled(words) !== 0;
}

function guarded(value: Value): Pick<Alternative, 'guard' | 'enabled'> {
  if (typeof value === 'number') return { guard: always, enabled: undefined };
  const { first, rest } = split(value);
  return { guard: first, enabled: rest };
}

function negation(value: Value): Value {
  return typeof value === 'number' ? 1 - value : (contrary(value) ?? ((w) => 1 - value(w)));
}

function conjunction(values: readonly Value[]): Value {
  if (values.some((value) => value === 0)) return 0;
  const open = values.filter((value) => typeof value === 'function');
  return open.length === 0 ? 1 : open.reduceRight((b, a) => both(a, b));
}
