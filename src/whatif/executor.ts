// Runs the text of a design on one concrete course of events: a third executor of the language, beside
// the interpreter and the generated code, for state of any size. What is run is run to its end with
// nobody in between; a step that would wait is a step that nobody can be holding up here.

import type { Bound, Cell, Code, Field, Local, Node, Stmt } from '../lang/nodes.ts';
import { candidates } from './candidates.ts';
import { binary, type Get, unary } from './operators.ts';
import { EMPTY, SparseState, type Value, zeroOf } from './sparse-state.ts';

export interface Listener {
  /** A statement emits an event; the values are those of this moment. */
  event(name: string, fields: Readonly<Record<string, Value | string>>): void;
  /** A call of a path begins, and ends. */
  enter(path: string): void;
  leave(path: string): void;
}

type Jump = { readonly mode: 'leave' | 'again'; readonly label: string } | undefined;
type Run = () => Jump;

export class Executor {
  readonly state = new SparseState();
  /** The running thread. */
  thread = 0;
  /** Steps that waited for somebody, which cannot be in one course of events. */
  stuck = 0;
  readonly #sizes: Readonly<Record<string, number>>;
  readonly #listener: Listener;
  readonly #bound = new Map<Bound, { value: number }>();
  readonly #locals = new Map<Local, { value: Value }>();
  /** Kinds of which any one will do are taken in turn, as the kernel hands out keys. */
  readonly #turn = new Map<string, number>();

  /** `sizes`: how many there are of the kinds that are known beforehand: CPUs, keys. */
  constructor(sizes: Readonly<Record<string, number>>, listener: Listener) {
    this.#sizes = sizes;
    this.#listener = listener;
  }

  bind(bound: Bound, value: number): void {
    this.#boxOf(bound).value = value;
  }

  assign(local: Local, value: Value): void {
    this.#localOf(local).value = value;
  }

  /** The code as something to be run again and again. */
  prepare(code: Code): () => void {
    const run = this.#code(code);
    return () => {
      run();
    };
  }

  #boxOf(bound: Bound): { value: number } {
    let box = this.#bound.get(bound);
    if (box !== undefined) return box;
    box = { value: 0 };
    this.#bound.set(bound, box);
    return box;
  }

  #localOf(local: Local): { value: Value } {
    let box = this.#locals.get(local);
    if (box !== undefined) return box;
    box = { value: zeroOf(local.sort) };
    this.#locals.set(local, box);
    return box;
  }

  #codes(codes: readonly Code[]): Run {
    return sequence(codes.map((code) => this.#code(code)));
  }

  #code(code: Code): Run {
    switch (code.op) {
      case 'step':
        return this.#step(code);
      case 'branch': {
        const cond = this.#expr(code.cond);
        const holds = this.#codes(code.holds);
        const otherwise = this.#codes(code.otherwise);
        return () => (cond() === 1 ? holds() : otherwise());
      }
      case 'while': {
        const cond = this.#expr(code.cond);
        const body = this.#codes(code.body);
        return () => {
          while (cond() === 1) {
            const jump = body();
            if (jump !== undefined) return jump;
          }
          return undefined;
        };
      }
      case 'block': {
        const body = this.#codes(code.body);
        return () => {
          for (;;) {
            const jump = body();
            if (jump === undefined && code.repeat) continue;
            if (jump === undefined || jump.label !== code.label) return jump;
            if (jump.mode === 'leave') return undefined;
          }
        };
      }
      case 'call': {
        const body = this.#codes(code.body);
        const locals = code.locals.map(
          (local) => [this.#localOf(local), zeroOf(local.sort)] as const,
        );
        const { name } = code.path;
        return () => {
          for (const [box, zero] of locals) box.value = zero;
          this.#listener.enter(name);
          const jump = body();
          this.#listener.leave(name);
          // A path may be left by its own name.
          return jump?.label === name && jump.mode === 'leave' ? undefined : jump;
        };
      }
      case 'let':
        return this.#assign(code.target, code.value);
      case 'go': {
        const { mode, label } = code;
        return () => ({ mode, label });
      }
    }
  }

  #step(step: Extract<Code, { op: 'step' }>): Run {
    const body = this.#stmts(step.body);
    const otherwise = step.otherwise === undefined ? undefined : this.#stmts(step.otherwise);
    const among = step.among === undefined ? undefined : this.#expr(step.among);
    const when = step.when === undefined ? undefined : this.#expr(step.when);
    const boxes = step.picks.map((bound) => this.#boxOf(bound));
    const about = [step.among, step.when].filter((node) => node !== undefined);
    const candidates = step.picks.map((bound) =>
      about.length === 0 && this.#sizes[bound.of] !== undefined
        ? () => [this.#next(bound.of)]
        : this.#candidates(bound, about, step.body),
    );
    const tryFrom = (n: number): { jump: Jump } | undefined => {
      if (n < boxes.length) {
        for (const id of (candidates[n] as () => readonly number[])()) {
          (boxes[n] as { value: number }).value = id;
          const taken = tryFrom(n + 1);
          if (taken !== undefined) return taken;
        }
        return undefined;
      }
      if (among !== undefined && among() !== 1) return undefined;
      if (when !== undefined && when() !== 1) return undefined;
      return { jump: body() };
    };
    return () => {
      const taken = tryFrom(0);
      if (taken !== undefined) return taken.jump;
      if (otherwise !== undefined) return otherwise();
      this.stuck++;
      return undefined;
    };
  }

  #next(of: string): number {
    const turn = this.#turn.get(of) ?? 0;
    // A way that the kernel may go is always its first one; see the assumptions of the what-if.
    if (of === 'way') return 0;
    this.#turn.set(of, (turn + 1) % (this.#sizes[of] ?? 1));
    return turn;
  }

  #stmts(stmts: readonly Stmt[]): Run {
    return sequence(stmts.map((stmt) => this.#stmt(stmt)));
  }

  #stmt(stmt: Stmt): Run {
    switch (stmt.op) {
      case 'assign':
        return this.#assign(stmt.target, stmt.value);
      case 'if': {
        const cond = this.#expr(stmt.cond);
        const holds = this.#stmts(stmt.holds);
        const otherwise = this.#stmts(stmt.otherwise);
        return () => (cond() === 1 ? holds() : otherwise());
      }
      case 'each': {
        const box = this.#boxOf(stmt.bound);
        const candidates = this.#candidates(stmt.bound, [], stmt.body);
        const body = this.#stmts(stmt.body);
        return () => {
          for (const id of candidates()) {
            box.value = id;
            const jump = body();
            if (jump !== undefined) return jump;
          }
          return undefined;
        };
      }
      case 'emit': {
        const fields = Object.entries(stmt.fields).map(
          ([name, field]) => [name, this.#field(field)] as const,
        );
        return () => {
          const values: Record<string, Value | string> = {};
          for (const [name, get] of fields) values[name] = get();
          this.#listener.event(stmt.event, values);
          return undefined;
        };
      }
      case 'report':
        return () => undefined;
      case 'go': {
        const { mode, label } = stmt;
        return () => ({ mode, label });
      }
    }
  }

  #field(field: Field): () => Value | string {
    if (field.sort === 'text') return () => field.text;
    return this.#expr(field.node);
  }

  #assign(target: Extract<Node, { op: 'cell' | 'local' }>, value: Node): Run {
    const get = this.#expr(value);
    if (target.op === 'local') {
      const box = this.#localOf(target.local);
      return () => {
        box.value = get();
        return undefined;
      };
    }
    const { cell } = target;
    // The kernel's list of free frames is long, and nobody asks here who is on it.
    if (cell.name === 'free') return () => undefined;
    const index = this.#index(target.index);
    return () => {
      this.state.set(cell, index(), get());
      return undefined;
    };
  }

  #index(nodes: readonly Node[]): () => number[] {
    const gets = nodes.map((node) => this.#expr(node));
    return () => gets.map((get) => get() as number);
  }

  #expr(node: Node): Get {
    switch (node.op) {
      case 'const':
        return () => node.value;
      case 'none':
        return () => null;
      case 'empty':
        return () => EMPTY;
      case 'all': {
        const everything = new Set(Array.from({ length: this.#sizes[node.of] ?? 0 }, (_, i) => i));
        return () => everything;
      }
      case 'me':
        return () => this.thread;
      case 'cell': {
        const { cell } = node;
        const index = this.#index(node.index);
        return () => this.state.get(cell, index());
      }
      case 'local': {
        const box = this.#localOf(node.local);
        return () => box.value;
      }
      case 'bound': {
        const box = this.#boxOf(node.bound);
        return () => box.value;
      }
      case 'ite': {
        const [c, a, b] = [this.#expr(node.c), this.#expr(node.a), this.#expr(node.b)];
        return () => (c() === 1 ? a() : b());
      }
      case 'exists': {
        const box = this.#boxOf(node.bound);
        const candidates = this.#candidates(node.bound, [node.body], []);
        const body = this.#expr(node.body);
        return () => {
          for (const id of candidates()) {
            box.value = id;
            if (body() === 1) return 1;
          }
          return 0;
        };
      }
      case 'not':
      case 'isNone':
      case 'the':
      case 'some':
      case 'isEmpty':
      case 'single':
        return unary(node.op, this.#expr(node.a));
      default: {
        const [a, b] = [this.#expr(node.a), this.#expr(node.b)];
        return binary(node.op, a, b);
      }
    }
  }

  /** Which identities can make a difference to these expressions and statements. */
  #candidates(
    bound: Bound,
    nodes: readonly Node[],
    stmts: readonly Stmt[],
  ): () => readonly number[] {
    const size = this.#sizes[bound.of];
    if (size !== undefined) {
      const everyOne = Array.from({ length: size }, (_, i) => i);
      return () => everyOne;
    }
    return candidates(bound, nodes, stmts, {
      expr: (node) => this.#expr(node),
      index: (before) => this.#index(before),
      ids: (cell, before) => this.state.ids(cell, before),
    });
  }
}

function sequence(runs: readonly Run[]): Run {
  return () => {
    for (const run of runs) {
      const jump = run();
      if (jump !== undefined) return jump;
    }
    return undefined;
  };
}

/** The table behind an expression of the kernel's state, to be set from outside. */
export function cellOf(node: Node): Cell {
  if (node.op !== 'cell') throw new Error('not a table of the state');
  return node.cell;
}
