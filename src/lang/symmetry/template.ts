// A model's text with holes where it names an identity of the world. Two threads can be exchanged
// by a permutation of identities when their templates are the same and the permutation maps the
// names in one's holes to the names in the other's. The sort of every constant is worked out from
// where it stands, and every use of an identity that is more than equality, membership and indexing
// takes its kind out of the symmetry: nothing is declared.

import type { Control, ControlNode, Labels } from '../control.ts';
import { handled } from '../liveness.ts';
import type { Ambient } from '../machine.ts';
import type { Bound, Cell, Field, Local, Node, Stmt } from '../nodes.ts';
import type { Observer } from '../observer.ts';
import type { Sort } from '../sorts.ts';
import { decided } from './constant.ts';
import { orderMatters } from './each-order.ts';

/** An identity that a text names. */
export interface Literal {
  readonly of: string;
  readonly value: number;
}

export interface Template {
  /** Equal texts do the same, but for the identities in their holes. */
  readonly text: string;
  readonly literals: readonly Literal[];
}

/** Why a kind of identity cannot be permuted at all: the first use that distinguishes its members. */
export type Frozen = Map<string, string>;

type Type = Sort | 'number' | 'any-maybe' | 'any-set';

/** Writes templates of one model, and notes which kinds its texts freeze. */
export class Templates {
  readonly frozen: Frozen = new Map();
  readonly #observers: readonly Observer[];
  readonly #cells = new Map<Cell, number>();
  #locals = new Map<Local, number>();
  #bounds: Bound[] = [];
  #literals: Literal[] = [];
  #where = '';

  constructor(observers: readonly Observer[]) {
    this.#observers = observers;
  }

  ofThread(name: string, control: Control): Template {
    return this.#start(name, () => {
      for (const frame of control.frames) for (const local of frame.locals) this.#local(local);
      return `${control.entry};${control.nodes.map((node, n) => `${n}:${this.#control(node)}`).join('\n')}`;
    });
  }

  ofAmbient({ label, params, when, body }: Ambient): Template {
    return this.#start(label, () => {
      this.#bounds.push(...params);
      const kinds = params.map((bound) => bound.of).join();
      return `${label}(${kinds})${this.#bool(when)}{${this.#stmts(body)}}`;
    });
  }

  /** Whether some text written so far is about the cell. */
  mentions(cell: Cell): boolean {
    return this.#cells.has(cell);
  }

  #start(where: string, write: () => string): Template {
    this.#where = where;
    this.#locals = new Map();
    this.#bounds = [];
    this.#literals = [];
    const text = write();
    return { text, literals: this.#literals };
  }

  #freeze(of: string, why: string): void {
    if (!this.frozen.has(of)) this.frozen.set(of, `${this.#where}: ${why}`);
  }

  #local(local: Local): number {
    let n = this.#locals.get(local);
    if (n === undefined) {
      n = this.#locals.size;
      this.#locals.set(local, n);
    }
    return n;
  }

  #cell(cell: Cell): number {
    let n = this.#cells.get(cell);
    if (n === undefined) {
      n = this.#cells.size;
      this.#cells.set(cell, n);
    }
    return n;
  }

  #control(node: ControlNode): string {
    switch (node.kind) {
      case 'end':
        return 'end';
      case 'goto':
        return `goto ${node.next}`;
      case 'reset':
        return `reset ${node.locals.map((local) => this.#local(local)).join()} ${node.next}`;
      case 'branch':
        return `branch ${this.#bool(node.cond)} ${node.holds} ${node.otherwise}`;
      case 'let':
        return `let ${this.#stmts([node.stmt])} ${node.next}`;
      case 'step': {
        const { step } = node;
        const outside = this.#bounds;
        this.#bounds = [...outside, ...step.picks];
        const parts = [
          [...node.stack, step.label].join('>'),
          step.picks.map((bound) => bound.of).join(),
          step.among === undefined ? '' : this.#bool(step.among),
          step.when === undefined ? '' : this.#bool(step.when),
          this.#stmts(step.body),
        ];
        this.#bounds = outside;
        if (step.otherwise !== undefined) parts.push(this.#stmts(step.otherwise));
        return `step ${parts.join('|')} ${node.next} ${labelsText(node.labels)}`;
      }
    }
  }

  #stmts(stmts: readonly Stmt[]): string {
    return stmts.map((stmt) => this.#stmt(stmt)).join(';');
  }

  #stmt(stmt: Stmt): string {
    switch (stmt.op) {
      case 'assign': {
        const { target } = stmt;
        if (target.op === 'local') {
          const value = this.#expect(stmt.value, target.local.sort);
          return `l${this.#local(target.local)}=${value}`;
        }
        const guard = target.cell.guard?.(target.index);
        const held = guard === undefined ? '' : `?${this.#bool(guard.held)}`;
        const value = this.#expect(stmt.value, target.cell.sort);
        return `${this.#entry(target.cell, target.index)}=${value}${held}`;
      }
      case 'if': {
        const known = decided(stmt.cond);
        if (known !== undefined) return this.#stmts(known ? stmt.holds : stmt.otherwise);
        const cond = this.#bool(stmt.cond);
        return `if ${cond}{${this.#stmts(stmt.holds)}}{${this.#stmts(stmt.otherwise)}}`;
      }
      case 'each': {
        const why = orderMatters(stmt, this.#observers);
        if (why !== undefined) this.#freeze(stmt.bound.of, why);
        return `each ${stmt.bound.of}{${this.#under(stmt.bound, () => this.#stmts(stmt.body))}}`;
      }
      case 'emit': {
        const heard = handled(stmt, this.#observers).map((stmts) => this.#stmts(stmts));
        return `emit ${stmt.event}(${this.#fields(stmt.fields)})${heard.join('&')}`;
      }
      case 'report':
        return `report ${stmt.id}(${this.#fields(stmt.parties)})`;
      case 'go':
        return `${stmt.mode} ${stmt.label}`;
    }
  }

  #fields(fields: Readonly<Record<string, Field>>): string {
    return Object.entries(fields)
      .map(([name, field]) => {
        const value =
          field.sort === 'text' ? `'${field.text}'` : this.#expect(field.node, field.sort);
        return `${name}:${value}`;
      })
      .join();
  }

  #under(bound: Bound, write: () => string): string {
    this.#bounds.push(bound);
    const text = write();
    this.#bounds.pop();
    return text;
  }

  #entry(cell: Cell, index: readonly Node[]): string {
    const at = cell.index.map((of, i) => this.#expect(index[i] as Node, { kind: 'id', of }));
    return `c${this.#cell(cell)}[${at.join()}]`;
  }

  #bool(node: Node): string {
    return this.#expect(node, { kind: 'bool' });
  }

  /** The text of an expression in a place of this sort; what does not fit freezes kinds. */
  #expect(node: Node, sort: Sort): string {
    if (node.op === 'const') return this.#constant(node.value, sort);
    if (node.op === 'ite') {
      const c = this.#bool(node.c);
      return `(${c}?${this.#expect(node.a, sort)}:${this.#expect(node.b, sort)})`;
    }
    if (node.op === 'the' && sort.kind === 'id') {
      return `the(${this.#expect(node.a, { kind: 'maybe', of: sort.of })})`;
    }
    if (node.op === 'some' && sort.kind === 'maybe') {
      return `some(${this.#expect(node.a, { kind: 'id', of: sort.of })})`;
    }
    if (node.op === 'single' && sort.kind === 'set') {
      return `single(${this.#expect(node.a, { kind: 'id', of: sort.of })})`;
    }
    if ((node.op === 'union' || node.op === 'minus' || node.op === 'meet') && sort.kind === 'set') {
      return `${node.op}(${this.#expect(node.a, sort)},${this.#expect(node.b, sort)})`;
    }
    const { text, type } = this.#infer(node);
    if (!fits(type, sort)) {
      const why = `${nameOf(type)} is used as ${nameOf(sort)}`;
      for (const of of [kindOf(type), kindOf(sort)]) if (of !== undefined) this.#freeze(of, why);
    }
    return text;
  }

  #constant(value: number, sort: Sort): string {
    if (sort.kind === 'bool' || sort.kind === 'int') return `${value}`;
    if (sort.kind === 'set') {
      if (value !== 0) this.#freeze(sort.of, 'a set is written as a fixed mask');
      return `${value}`;
    }
    if (sort.kind === 'maybe') {
      if (value !== 0) this.#literals.push({ of: sort.of, value: value - 1 });
      return value === 0 ? 'none' : 'some(#)';
    }
    this.#literals.push({ of: sort.of, value });
    return '#';
  }

  #infer(node: Node): { text: string; type: Type } {
    switch (node.op) {
      case 'const':
        return { text: `${node.value}`, type: 'number' };
      case 'none':
        return { text: 'none', type: 'any-maybe' };
      case 'empty':
        return { text: 'empty', type: 'any-set' };
      case 'all':
        return { text: `all ${node.of}`, type: { kind: 'set', of: node.of } };
      case 'me':
        return { text: 'me', type: { kind: 'id', of: 'thread' } };
      case 'local':
        return { text: `l${this.#local(node.local)}`, type: node.local.sort };
      case 'cell':
        return { text: this.#entry(node.cell, node.index), type: node.cell.sort };
      case 'bound': {
        const n = this.#bounds.lastIndexOf(node.bound);
        return { text: `b${n}`, type: { kind: 'id', of: node.bound.of } };
      }
      case 'exists': {
        const body = this.#under(node.bound, () => this.#bool(node.body));
        return { text: `exists ${node.bound.of}(${body})`, type: { kind: 'bool' } };
      }
      case 'not':
        return { text: `not(${this.#bool(node.a)})`, type: { kind: 'bool' } };
      case 'and':
      case 'or':
        return {
          text: `${node.op}(${this.#bool(node.a)},${this.#bool(node.b)})`,
          type: { kind: 'bool' },
        };
      case 'ite':
      case 'eq':
        return this.#pair(node);
      case 'lt':
      case 'add':
      case 'sub': {
        const number: Sort = { kind: 'int', max: Number.POSITIVE_INFINITY };
        const text = `${node.op}(${this.#expect(node.a, number)},${this.#expect(node.b, number)})`;
        return { text, type: node.op === 'lt' ? { kind: 'bool' } : number };
      }
      default:
        return this.#ofIdentities(node);
    }
  }

  /** Two expressions of one sort, which either of them may tell. */
  #pair(node: { op: string; c?: Node; a: Node; b: Node }): { text: string; type: Type } {
    const cond = node.c === undefined ? '' : this.#bool(node.c);
    // Holes are written in the order of the text, so what only tells the sort is looked at aside.
    const told = [node.a, node.b].map((one) => this.#typeOf(one));
    const sort = told.find((type): type is Sort => typeof type === 'object');
    const write = (one: Node): string =>
      sort === undefined ? this.#infer(one).text : this.#expect(one, sort);
    const text = `${node.op}(${cond}?${write(node.a)},${write(node.b)})`;
    return { text, type: node.op === 'eq' ? { kind: 'bool' } : (sort ?? (told[0] as Type)) };
  }

  #ofIdentities(node: { op: string; a: Node; b?: Node }): { text: string; type: Type } {
    const type = this.#typeOf(node.a);
    const of = kindOf(type) ?? (node.b === undefined ? undefined : kindOf(this.#typeOf(node.b)));
    const [a, b, result] = signatures[node.op] as (typeof signatures)[string];
    if (of === undefined) {
      // Nothing tells the kind: as it stands, so that only the very same text matches it.
      const inner = node.b === undefined ? [node.a] : [node.a, node.b];
      const text = `${node.op}(${inner.map((one) => this.#infer(one).text).join()})`;
      return { text, type: result === 'bool' ? { kind: 'bool' } : type };
    }
    const first = this.#expect(node.a, { kind: a, of });
    const second = node.b === undefined ? '' : this.#expect(node.b, { kind: b ?? a, of });
    return {
      text: `${node.op}(${first},${second})`,
      type: result === 'bool' ? { kind: 'bool' } : { kind: result, of },
    };
  }

  /** The sort of an expression, without writing it. */
  #typeOf(node: Node): Type {
    const literals = this.#literals;
    const frozen = new Map(this.frozen);
    this.#literals = [];
    const { type } = this.#infer(node);
    this.#literals = literals;
    this.frozen.clear();
    for (const [of, why] of frozen) this.frozen.set(of, why);
    return type;
  }
}

type Shape = 'id' | 'maybe' | 'set';

/** What the operators on identities take and give. */
const signatures: Readonly<Record<string, readonly [Shape, Shape | undefined, Shape | 'bool']>> = {
  isNone: ['maybe', undefined, 'bool'],
  the: ['maybe', undefined, 'id'],
  some: ['id', undefined, 'maybe'],
  isEmpty: ['set', undefined, 'bool'],
  single: ['id', undefined, 'set'],
  union: ['set', 'set', 'set'],
  minus: ['set', 'set', 'set'],
  meet: ['set', 'set', 'set'],
  has: ['set', 'id', 'bool'],
  subset: ['set', 'set', 'bool'],
};

function labelsText(labels: Labels): string {
  return [...labels].map(([name, { leave, again }]) => `${name}:${leave}/${again}`).join();
}

function kindOf(type: Type): string | undefined {
  return typeof type === 'object' && 'of' in type ? type.of : undefined;
}

function nameOf(type: Type): string {
  if (typeof type === 'string') return `a ${type}`;
  return 'of' in type ? `${type.kind} of ${type.of}` : `${type.kind}`;
}

function fits(type: Type, sort: Sort): boolean {
  if (type === 'number') return sort.kind === 'bool' || sort.kind === 'int';
  if (type === 'any-maybe') return sort.kind === 'maybe';
  if (type === 'any-set') return sort.kind === 'set';
  if (type.kind === 'bool' || type.kind === 'int') {
    return sort.kind === 'bool' || sort.kind === 'int';
  }
  return type.kind === sort.kind && 'of' in sort && type.of === sort.of;
}
