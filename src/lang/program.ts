// How a path is written: a list of labelled atomic steps with the control flow between them. The
// form was chosen in docs/decisions/0001-form-of-paths.md.

import { type Bool, boundId, type Id, localRef, type RefOf } from './expr.ts';
import type { Bound, Code, Local, PathHead, Step, Stmt } from './nodes.ts';
import type { Sort } from './sorts.ts';

/** Statements may be nested lists, so that helpers can return several. */
export type Stmts = readonly (Stmt | Stmts)[];
export type Codes = readonly (Code | Stmt | Codes)[];

export function flatStmts(stmts: Stmts): Stmt[] {
  return (stmts as readonly unknown[]).flat(Number.POSITIVE_INFINITY) as Stmt[];
}

/** Between steps an assignment may only move locals about; it happens with the step before it. */
function flatCodes(codes: Codes): Code[] {
  const flat = (codes as readonly unknown[]).flat(Number.POSITIVE_INFINITY) as (Code | Stmt)[];
  return flat.map((code): Code => {
    if (code.op !== 'assign') return code as Code;
    if (code.target.op !== 'local') {
      throw new Error(`'${code.target.cell.name}' is shared state: assign it inside a step`);
    }
    return { op: 'let', target: code.target, value: code.value };
  });
}

let placeOfCaller: () => string | undefined = () => undefined;

/**
 * While a user's file is read, every step and path remembers where it was written, for messages.
 * `find` looks up the line that is being run.
 */
export function rememberPlaces(find: () => string | undefined): void {
  placeOfCaller = find;
}

function stepOf(label: string, more: Partial<Omit<Step, 'op' | 'label'>>): Step {
  const plain = { when: undefined, picks: [], among: undefined, body: [], otherwise: undefined };
  return { op: 'step', label, ...plain, ...more, place: placeOfCaller() };
}

/** An atomic step named after the kernel function or statement it stands for. */
export function step(label: string, ...body: Stmts): Code {
  return stepOf(label, { body: flatStmts(body) });
}

/** A step that can be taken only while the condition holds: a lock, a wait. */
export function waitStep(label: string, when: Bool, ...body: Stmts): Code {
  return stepOf(label, { when: when.node, body: flatStmts(body) });
}

export interface Choice<N extends string> {
  /** What is picked, one identity of each kind. */
  readonly pick: readonly N[];
  /** Which choices there are; all, if left out. */
  readonly among?: (one: { readonly [C in N]: Id<C> }) => Bool;
  /** Whether a choice can be taken now. Where it cannot, the step waits. */
  readonly when?: (one: { readonly [C in N]: Id<C> }) => Bool;
  readonly does: (one: { readonly [C in N]: Id<C> }) => Stmts;
  /** What happens instead where there is no choice; without it the step waits for one. */
  readonly otherwise?: Stmts;
}

/** A step that takes any one of the choices there are: the model explores each. */
export function pickStep<N extends string>(label: string, choice: Choice<N>): Code {
  const picks = choice.pick.map((of): Bound & { of: N } => ({ name: of, of }));
  const one = Object.fromEntries(picks.map((bound) => [bound.of, boundId(bound)])) as {
    readonly [C in N]: Id<C>;
  };
  return stepOf(label, {
    picks,
    among: choice.among?.(one).node,
    when: choice.when?.(one).node,
    body: flatStmts(choice.does(one)),
    otherwise: choice.otherwise === undefined ? undefined : flatStmts(choice.otherwise),
  });
}

/** Between steps: a choice by what the thread itself already knows (its locals). */
export function branch(cond: Bool, then: Codes, otherwise: Codes = []): Code {
  return {
    op: 'branch',
    cond: cond.node,
    holds: flatCodes(then),
    otherwise: flatCodes(otherwise),
  };
}
export function loopWhile(cond: Bool, ...body: Codes): Code {
  return { op: 'while', cond: cond.node, body: flatCodes(body) };
}
/** A stretch that `leave(label)` jumps out of. */
export function block(label: string, ...body: Codes): Code {
  return { op: 'block', label, repeat: false, body: flatCodes(body) };
}
/**
 * A stretch that is the whole of a kernel function of that name, without being a path of its own: a recorded
 * call of the function is held against it (`lufcheck lab conform`).
 */
export function inlined(name: string, ...body: Codes): Code {
  return block(`${name}()`, ...body);
}
/** A stretch that repeats until `leave(label)`; `again(label)` starts it over. */
export function loop(label: string, ...body: Codes): Code {
  return { op: 'block', label, repeat: true, body: flatCodes(body) };
}
export function leave(label: string): { op: 'go'; mode: 'leave'; label: string } {
  return { op: 'go', mode: 'leave', label };
}
export function again(label: string): { op: 'go'; mode: 'again'; label: string } {
  return { op: 'go', mode: 'again', label };
}

/** Inside a step: a choice by anything. */
export function when(cond: Bool, then: Stmts, otherwise: Stmts = []): Stmt {
  return {
    op: 'if',
    cond: cond.node,
    holds: flatStmts(then),
    otherwise: flatStmts(otherwise),
  };
}
/** Inside a step: the same for every identity of a kind, in no order. */
export function each<N extends string>(of: N, body: (one: Id<N>) => Stmts): Stmt {
  const bound: Bound & { of: N } = { name: of, of };
  return { op: 'each', bound, body: flatStmts(body(boundId(bound))) };
}

export type LocalRefs<L> = { readonly [K in keyof L]: L[K] extends Sort ? RefOf<L[K]> : never };

function makeLocals<L extends Record<string, Sort>>(sorts: L): [Local[], LocalRefs<L>] {
  const locals: Local[] = [];
  const refs: Record<string, unknown> = {};
  for (const [name, sort] of Object.entries(sorts)) {
    const local: Local = { name, sort };
    locals.push(local);
    refs[name] = localRef(local);
  }
  return [locals, refs as LocalRefs<L>];
}

/** What the author of a path states; `reads` and `writes` are checked against the text. */
export interface PathText<L extends Record<string, Sort>> {
  /** The kernel function. */
  readonly name: string;
  /** The file it is in, and which kernel, e.g. `mm/rmap.c, 6.12`. */
  readonly source: string;
  /** What the model leaves out, in a sentence. */
  readonly leavesOut: string;
  /** State tables read, by name, other than those in `writes`. */
  readonly reads: readonly string[];
  /** State tables written. */
  readonly writes: readonly string[];
  readonly locals?: L;
}

/**
 * A modelled kernel function. The result is a function: calling it with the kernel `k` of a world
 * and the arguments gives the code of that call, as a C compiler would inline it. An argument is
 * an expression, evaluated wherever the text mentions it.
 */
export function path<K, A, L extends Record<string, Sort> = Record<never, never>>(
  text: PathText<L>,
  body: (k: K, args: A, locals: LocalRefs<L>) => Codes,
): (k: K, args: A) => Code {
  const { locals: sorts, ...stated } = text;
  const head: PathHead = { ...stated, place: placeOfCaller() };
  return (k, args) => {
    const [locals, refs] = makeLocals(sorts ?? ({} as L));
    return {
      op: 'call',
      path: head,
      locals,
      body: flatCodes(body(k, args, refs)),
    };
  };
}
