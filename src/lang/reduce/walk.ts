// Runs statements on what is known instead of on a state: every way they could go is followed. It
// answers what is known afterwards, and tells which shared entries may be read and written.

import { fieldExprs } from '../compile-stmt.ts';
import type { Control, ControlNode } from '../control.ts';
import type { Bound, Cell, Local, Node, Stmt } from '../nodes.ts';
import type { Observer } from '../observer.ts';
import { sizeOf } from '../sorts.ts';
import { type Entries, offsets } from './entries.ts';
import { join, type Known, put, type Variables } from './known.ts';
import { sameText } from './nodes-in.ts';
import {
  anyOf,
  binaryOn,
  EITHER,
  either,
  FALSE,
  members,
  only,
  TRUE,
  unaryOn,
  type Values,
} from './values.ts';

/** Sets of the bits of shared entries (entries.ts) that may be read, or written. */
export interface Touched {
  reads: bigint;
  writes: bigint;
  /** Those that are written whatever happens, if that is asked for; undefined if nobody knows. */
  sure?: bigint | undefined;
}

/** Whether two steps that touch this commute. */
export function disjoint(a: Touched, b: Touched): boolean {
  return (a.writes & (b.reads | b.writes)) === 0n && (a.reads & b.writes) === 0n;
}

export interface Surroundings {
  readonly entries: Entries;
  /** Values of tables that nothing writes. */
  readonly fixed: ReadonlyMap<Cell, readonly number[]>;
  readonly observers: readonly Observer[];
  /** What is followed; everything else may hold anything. */
  readonly variables: Variables;
}

/** Where a jump leads, and what is known there. */
export interface Landing {
  readonly node: number;
  readonly known: Known;
}

export class Walk {
  readonly #around: Surroundings;
  readonly #thread: number | undefined;
  readonly #bound: ReadonlyMap<Bound, number>;
  /** What is touched goes here; nothing is noted without it, and observers are not looked at. */
  readonly touched: Touched | undefined;
  readonly jumps: Landing[] = [];
  readonly #target: (mode: 'leave' | 'again', label: string) => number;

  constructor(
    around: Surroundings,
    thread: number | undefined,
    bound: ReadonlyMap<Bound, number>,
    touched?: Touched,
    target: (mode: 'leave' | 'again', label: string) => number = () => -1,
  ) {
    this.#around = around;
    this.#thread = thread;
    this.#bound = bound;
    this.touched = touched;
    this.#target = target;
  }

  #with(bound: Bound, value: number): Walk {
    const inner = new Walk(
      this.#around,
      this.#thread,
      new Map(this.#bound).set(bound, value),
      this.touched,
      this.#target,
    );
    // Jumps are collected in one list.
    (inner as { jumps: Landing[] }).jumps = this.jumps;
    return inner;
  }

  /** Possible values of an expression. */
  values(node: Node, known: Known): Values {
    const { layout } = this.#around.entries;
    switch (node.op) {
      case 'const':
        return only(node.value);
      case 'none':
      case 'empty':
        return only(0);
      case 'all':
        return only(2 ** sizeOf(layout.sizes, node.of) - 1);
      case 'me':
        return only(this.#thread ?? 0);
      case 'bound':
        return only(this.#bound.get(node.bound) ?? -1);
      case 'local':
        return known[this.#around.variables.ofLocal(node.local)];
      case 'cell':
        return this.#read(node.cell, node.index, known);
      case 'ite': {
        const c = this.values(node.c, known);
        if (c === TRUE) return this.values(node.a, known);
        if (c === FALSE) return this.values(node.b, known);
        return either(this.values(node.a, known), this.values(node.b, known));
      }
      case 'exists': {
        let some: Values = FALSE;
        for (let i = 0; i < sizeOf(layout.sizes, node.bound.of); i++) {
          const one = this.#with(node.bound, i).values(node.body, known);
          if (one === TRUE) return TRUE;
          if (one !== FALSE) some = EITHER;
        }
        return some;
      }
      case 'and':
      case 'or': {
        // The second operand is looked at only where the first does not decide.
        const decided = node.op === 'and' ? FALSE : TRUE;
        const a = this.values(node.a, known) ?? EITHER;
        if ((a & ~decided) === 0) return a;
        return either(a & decided, this.values(node.b, known) ?? EITHER);
      }
      case 'has':
        if (node.a.op === 'cell') return this.#has(node.a, node.b, known);
        return binaryOn('has', this.values(node.a, known), this.values(node.b, known));
      default:
        return 'b' in node
          ? binaryOn(node.op, this.values(node.a, known), this.values(node.b, known))
          : unaryOn(node.op, this.values(node.a, known));
    }
  }

  #index(index: readonly Node[], known: Known): (number[] | undefined)[] {
    return index.map((node) => {
      const values = this.values(node, known);
      return values === undefined ? undefined : members(values);
    });
  }

  #read(cell: Cell, index: readonly Node[], known: Known): Values {
    const { entries, fixed, variables } = this.#around;
    const at = this.#index(index, known);
    const constant = fixed.get(cell);
    if (constant !== undefined) {
      return offsets(cell, at, entries.layout)
        .map((offset) => only(constant[offset] as number))
        .reduce(either, 0);
    }
    if (!entries.has(cell)) return anyOf(cell.sort, entries.layout.sizes);
    const found = entries.at(cell, at);
    if (this.touched !== undefined) {
      for (const entry of found) this.touched.reads |= entries.bits(entry);
    }
    let all: Values = 0;
    for (const entry of found) {
      const variable = variables.ofEntry(entry);
      if (variable < 0) return anyOf(cell.sort, entries.layout.sizes);
      all = (all as number) | (known[variable] as number);
    }
    return all;
  }

  /** Whether a member is in a table's set: that reads nothing of its other members. */
  #has(set: Extract<Node, { op: 'cell' }>, member: Node, known: Known): Values {
    const { entries } = this.#around;
    const which = this.values(member, known);
    const { touched } = this;
    if (touched === undefined || which === undefined || !entries.has(set.cell)) {
      return binaryOn('has', this.values(set, known), which);
    }
    for (const entry of entries.at(set.cell, this.#index(set.index, known))) {
      for (const one of members(which)) touched.reads |= entries.memberBit(entry, one);
    }
    return binaryOn('has', this.#silent().values(set, known), which);
  }

  #silent(): Walk {
    if (this.touched === undefined) return this;
    return new Walk(this.#around, this.#thread, this.#bound);
  }

  /** What is known where a condition is so; `undefined` where it cannot be. */
  where(cond: Node, truth: boolean, known: Known): Known | undefined {
    return this.#silent().#where(cond, truth, known);
  }

  #where(cond: Node, truth: boolean, known: Known): Known | undefined {
    const wanted = truth ? TRUE : FALSE;
    const now = this.values(cond, known) ?? EITHER;
    if ((now & wanted) === 0) return undefined;
    if (now === wanted) return known;
    if (cond.op === 'not') return this.#where(cond.a, !truth, known);
    if (cond.op === (truth ? 'and' : 'or') && 'b' in cond) {
      const first = this.#where(cond.a, truth, known);
      return first === undefined ? undefined : this.#where(cond.b, truth, first);
    }
    let narrowed = known;
    for (const variable of this.#variablesOf(cond, known)) {
      const all = narrowed[variable] as number;
      let left = 0;
      const here = narrowed.slice();
      for (const value of members(all)) {
        here[variable] = 1 << value;
        if (((this.values(cond, here) ?? EITHER) & wanted) !== 0) left |= 1 << value;
      }
      if (left === 0) return undefined;
      narrowed = put(narrowed, variable, left);
    }
    return narrowed;
  }

  /** The variables of a condition that are followed. */
  #variablesOf(node: Node, known: Known): Set<number> {
    const { entries, variables } = this.#around;
    const found = new Set<number>();
    const visit = (one: Node): void => {
      if (one.op === 'local') {
        const variable = variables.ofLocal(one.local);
        if (variable >= 0) found.add(variable);
      } else if (one.op === 'cell') {
        one.index.forEach(visit);
        if (!entries.has(one.cell)) return;
        const [entry, more] = entries.at(one.cell, this.#index(one.index, known));
        const variable = entry === undefined ? -1 : variables.ofEntry(entry);
        if (variable >= 0 && more === undefined) found.add(variable);
      } else if (one.op !== 'exists') {
        if ('c' in one) visit(one.c);
        if ('a' in one) visit(one.a);
        if ('b' in one) visit(one.b);
      }
    };
    visit(node);
    return found;
  }

  /** What is known after the statements; `undefined` if all ways jump out of them. */
  run(stmts: readonly Stmt[], known: Known): Known | undefined {
    let now: Known | undefined = known;
    for (const stmt of stmts) {
      if (now === undefined) return undefined;
      now = this.#one(stmt, now);
    }
    return now;
  }

  #one(stmt: Stmt, known: Known): Known | undefined {
    switch (stmt.op) {
      case 'assign':
        return this.#assign(stmt, known);
      case 'if': {
        const cond = this.values(stmt.cond, known) ?? EITHER;
        const yes = (cond & TRUE) === 0 ? undefined : this.where(stmt.cond, true, known);
        const no = (cond & FALSE) === 0 ? undefined : this.where(stmt.cond, false, known);
        const { touched } = this;
        const before = touched?.sure;
        const then = yes && this.run(stmt.holds, yes);
        const surely = touched?.sure;
        if (touched !== undefined && yes !== undefined && no !== undefined) touched.sure = before;
        const otherwise = no && this.run(stmt.otherwise, no);
        if (touched?.sure !== undefined && yes !== undefined && no !== undefined) {
          touched.sure = surely === undefined ? undefined : touched.sure & surely;
        }
        if (then === undefined || otherwise === undefined) return then ?? otherwise;
        return then === otherwise ? then : join(then, otherwise);
      }
      case 'each': {
        let now: Known | undefined = known;
        const size = sizeOf(this.#around.entries.layout.sizes, stmt.bound.of);
        for (let i = 0; i < size && now !== undefined; i++) {
          now = this.#with(stmt.bound, i).run(stmt.body, now);
        }
        return now;
      }
      case 'emit':
        return this.touched === undefined ? known : this.#hear(stmt, known);
      case 'report':
        return known;
      case 'go':
        this.jumps.push({ node: this.#target(stmt.mode, stmt.label), known });
        // What follows is left out.
        if (this.touched !== undefined) this.touched.sure = undefined;
        return undefined;
    }
  }

  /** What is known when a call has ended. */
  reset(locals: readonly Local[], known: Known): Known {
    const out = known.slice();
    for (const local of locals) {
      const variable = this.#around.variables.ofLocal(local);
      if (variable >= 0) out[variable] = FALSE;
    }
    return out;
  }

  /** What observers do with an event is part of the step that emits it. */
  #hear(stmt: Extract<Stmt, { op: 'emit' }>, known: Known): Known | undefined {
    let now: Known | undefined = known;
    for (const observer of this.#around.observers) {
      const handler = observer.hears[stmt.event];
      if (handler !== undefined && now !== undefined)
        now = this.run(handler(fieldExprs(stmt)), now);
    }
    return now;
  }

  /** For a set that gains or loses members: which ones; `undefined` for any other assignment. */
  #membersChanged(
    { target, value }: Extract<Stmt, { op: 'assign' }>,
    known: Known,
  ): number[] | undefined {
    if (value.op !== 'union' && value.op !== 'minus') return undefined;
    if (!sameText(value.a, target)) return undefined;
    const sets = this.values(value.b, known);
    if (sets === undefined) return undefined;
    return members(members(sets).reduce((all, set) => all | set, 0));
  }

  #assign(stmt: Extract<Stmt, { op: 'assign' }>, known: Known): Known {
    const { target } = stmt;
    const { entries, variables } = this.#around;
    const any = variables.any(this.#thread);
    if (target.op === 'local') {
      const value = this.values(stmt.value, known);
      const variable = variables.ofLocal(target.local);
      return variable < 0 ? known : put(known, variable, value ?? (any[variable] as number));
    }
    const { cell, index } = target;
    // Nobody reads it, or it has one value only.
    if (!entries.has(cell)) return known;
    const found = entries.at(cell, this.#index(index, known));
    const { touched } = this;
    const changed = touched === undefined ? undefined : this.#membersChanged(stmt, known);
    const value = (changed === undefined ? this : this.#silent()).values(stmt.value, known);
    if (touched !== undefined) {
      for (const entry of found) {
        if (changed === undefined) touched.writes |= entries.bits(entry);
        if (changed === undefined && found.length === 1 && touched.sure !== undefined) {
          touched.sure |= entries.bits(entry);
        }
        for (const one of changed ?? []) touched.writes |= entries.memberBit(entry, one);
      }
      const guard = this.#thread === undefined ? undefined : cell.guard?.(index);
      if (guard !== undefined) this.values(guard.held, known);
    }
    return found.reduce((now, entry) => {
      const variable = variables.ofEntry(entry);
      if (variable < 0) return now;
      const written = value ?? (any[variable] as number);
      const before = found.length === 1 ? 0 : (now[variable] as number);
      return put(now, variable, written | before);
    }, known);
  }
}

/** From a control node to the steps, or the end, that it may lead to, and what is known there. */
export function settle(
  nodes: Control['nodes'],
  walk: Walk,
  start: Landing,
  arrive: (node: number, known: Known) => void,
): void {
  const node = nodes[start.node] as ControlNode;
  switch (node.kind) {
    case 'step':
    case 'end':
      arrive(start.node, start.known);
      return;
    case 'goto':
      settle(nodes, walk, { node: node.next, known: start.known }, arrive);
      return;
    case 'let': {
      const known = walk.run([node.stmt], start.known) as Known;
      settle(nodes, walk, { node: node.next, known }, arrive);
      return;
    }
    case 'reset': {
      const known = walk.reset(node.locals, start.known);
      settle(nodes, walk, { node: node.next, known }, arrive);
      return;
    }
    case 'branch':
      for (const truth of [true, false]) {
        const known = walk.where(node.cond, truth, start.known);
        const next = truth ? node.holds : node.otherwise;
        if (known !== undefined) settle(nodes, walk, { node: next, known }, arrive);
      }
  }
}
