// A model's text written down so that two models have one form exactly if they are the same to
// everybody who explores them: trees with guards and observers put in where they speak. Names of paths
// and steps belong to it, since stories show them; files and lines do not.

import { fieldExprs } from '../lang/compile-stmt.ts';
import type { Declarations } from '../lang/declare.ts';
import type { ModelText } from '../lang/model-text.ts';
import type { Bound, Cell, Code, Field, Local, Node, Stmt } from '../lang/nodes.ts';
import type { Observer } from '../lang/observer.ts';

/** Pieces of the form, in order; together some hundred kilobytes. */
export function modelForm(text: ModelText): readonly string[] {
  const form = new Form(text.observers);
  form.add('sizes', JSON.stringify(sorted(text.sizes)));
  form.declarations(text.declarations);
  form.stmts(text.init);
  for (const thread of text.threads) {
    form.add('thread', thread.name);
    form.codes(thread.code);
  }
  for (const { label, params, when, body } of text.ambient) {
    form.add('ambient', label);
    for (const param of params) form.bound(param);
    form.node(when);
    form.stmts(body);
  }
  for (const { id, reports, declarations, init } of text.observers) {
    form.add('observer', id, ...reports);
    form.declarations(declarations);
    form.stmts(init);
  }
  return form.pieces;
}

class Form {
  readonly pieces: string[] = [];
  readonly #observers: readonly Observer[];
  /** Locals and bound names by when they are met first: calls have their own of one name. */
  readonly #numbers = new Map<Local | Bound, number>();

  constructor(observers: readonly Observer[]) {
    this.#observers = observers;
  }

  /** Each piece is kept apart from the next, so that no two lists look alike. */
  add(...pieces: string[]): void {
    for (const piece of pieces) this.pieces.push(piece, '\0');
  }

  declarations({ cells }: Declarations): void {
    for (const { name, owner, index, sort } of cells) {
      this.add('cell', owner, name, ...index, JSON.stringify(sort));
    }
  }

  #cell({ owner, name }: Cell): void {
    this.add(owner, name);
  }

  #local(local: Local): void {
    this.add(`${this.#number(local)}`, local.name, JSON.stringify(local.sort));
  }

  bound(bound: Bound): void {
    this.add(`${this.#number(bound)}`, bound.name, bound.of);
  }

  #number(named: Local | Bound): number {
    const known = this.#numbers.get(named) ?? this.#numbers.size;
    this.#numbers.set(named, known);
    return known;
  }

  #nodes(nodes: readonly Node[]): void {
    this.add(`${nodes.length}`);
    for (const node of nodes) this.node(node);
  }

  node(node: Node | undefined): void {
    if (node === undefined) {
      this.add('-');
      return;
    }
    this.add(node.op);
    switch (node.op) {
      case 'const':
        this.add(`${node.value}`);
        return;
      case 'all':
        this.add(node.of);
        return;
      case 'cell':
        this.#cell(node.cell);
        this.#nodes(node.index);
        return;
      case 'local':
        this.#local(node.local);
        return;
      case 'bound':
        this.bound(node.bound);
        return;
      case 'exists':
        this.bound(node.bound);
        this.node(node.body);
        return;
      case 'ite':
        this.#nodes([node.c, node.a, node.b]);
        return;
      case 'none':
      case 'empty':
      case 'me':
        return;
      default:
        this.#nodes('b' in node ? [node.a, node.b] : [node.a]);
    }
  }

  stmts(stmts: readonly Stmt[] | undefined): void {
    this.add(stmts === undefined ? '-' : `${stmts.length}`);
    for (const stmt of stmts ?? []) this.#stmt(stmt);
  }

  #stmt(stmt: Stmt): void {
    this.add(stmt.op);
    switch (stmt.op) {
      case 'assign': {
        const { target, value } = stmt;
        this.node(target);
        this.node(value);
        const guard = target.op === 'cell' ? target.cell.guard?.(target.index) : undefined;
        this.add(guard?.lock ?? '-');
        this.node(guard?.held);
        return;
      }
      case 'if':
        this.node(stmt.cond);
        this.stmts(stmt.holds);
        this.stmts(stmt.otherwise);
        return;
      case 'each':
        this.bound(stmt.bound);
        this.stmts(stmt.body);
        return;
      case 'emit': {
        this.add(stmt.event);
        this.#fields(stmt.fields);
        const fields = fieldExprs(stmt);
        for (const { id, hears } of this.#observers) {
          const handler = hears[stmt.event];
          if (handler === undefined) continue;
          this.add(id);
          this.stmts(handler(fields));
        }
        return;
      }
      case 'report':
        this.add(stmt.id);
        this.#fields(stmt.parties);
        return;
      case 'go':
        this.add(stmt.mode, stmt.label);
    }
  }

  #fields(fields: Readonly<Record<string, Field>>): void {
    for (const [name, field] of Object.entries(fields)) {
      this.add(name);
      if (field.sort === 'text') {
        this.add('text', field.text);
        continue;
      }
      this.add(JSON.stringify(field.sort));
      this.node(field.node);
    }
  }

  codes(codes: readonly Code[]): void {
    this.add(`${codes.length}`);
    for (const code of codes) this.#code(code);
  }

  #code(code: Code): void {
    this.add(code.op);
    switch (code.op) {
      case 'step':
        this.add(code.label, `${code.picks.length}`);
        for (const pick of code.picks) this.bound(pick);
        this.node(code.when);
        this.node(code.among);
        this.stmts(code.body);
        this.stmts(code.otherwise);
        return;
      case 'branch':
        this.node(code.cond);
        this.codes(code.holds);
        this.codes(code.otherwise);
        return;
      case 'while':
        this.node(code.cond);
        this.codes(code.body);
        return;
      case 'block':
        this.add(code.label, `${code.repeat}`);
        this.codes(code.body);
        return;
      case 'call': {
        const { name, reads, writes } = code.path;
        this.add(name, ...reads, 'writes', ...writes, `${code.locals.length}`);
        for (const local of code.locals) this.#local(local);
        this.codes(code.body);
        return;
      }
      case 'let':
        this.node(code.target);
        this.node(code.value);
        return;
      case 'go':
        this.add(code.mode, code.label);
    }
  }
}

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
