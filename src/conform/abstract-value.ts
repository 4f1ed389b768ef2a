// What one task knows of itself, with everything else unknown: the locals of a path, and the state that
// is a task's own, each as far as it decides which way the path goes. A condition on anything that
// others can change may go either way.

import type { Cell, Local, Node } from '../lang/nodes.ts';
import type { Sort } from '../lang/sorts.ts';

/**
 * A boolean: 0 or 1. A set: 0 empty, 1 not. A maybe: 0 none, 1 some. A number or identity: itself, where
 * it is known. `?`: anything.
 */
export type Value = number | '?';

/** Values by place of the variable. */
export type Env = readonly Value[];

/** Something with a value: a local of one call, state of the task's own, or a mask that a letter told. */
export type Variable = Local | Cell;

export class Variables {
  readonly #places = new Map<Variable, number>();
  readonly #own: ReadonlySet<string>;
  /** Places of masks, which others may change at any time: nothing but a letter tells of them. */
  readonly #masks = new Set<number>();

  /** `own`: names of the cells that only the task that they are indexed by writes. */
  constructor(own: ReadonlySet<string>) {
    this.#own = own;
  }

  get count(): number {
    return this.#places.size;
  }

  add(variable: Variable): number {
    const known = this.#places.get(variable);
    if (known !== undefined) return known;
    const place = this.#places.size;
    this.#places.set(variable, place);
    return place;
  }

  addMask(cell: Cell): number {
    const place = this.add(maskOf(cell));
    this.#masks.add(place);
    return place;
  }

  /** Whether it stays as it is until the task itself changes it. */
  isKept(place: number): boolean {
    return !this.#masks.has(place);
  }

  /** Where the value of a local or cell is kept; undefined if it is not. */
  placeOf(node: Node): number | undefined {
    if (node.op === 'local') return this.#places.get(node.local);
    if (node.op !== 'cell') return undefined;
    const [index] = node.index;
    const isOwn = node.index.length === 1 && index?.op === 'me' && this.#own.has(node.cell.name);
    if (isOwn) return this.add(node.cell);
    return this.#places.get(maskOf(node.cell));
  }
}

const masks = new WeakMap<Cell, Local>();

/** The variable that says whether a set of state that a letter tells of is empty, whatever its index. */
function maskOf(cell: Cell): Local {
  const known = masks.get(cell);
  if (known !== undefined) return known;
  const mask: Local = { name: cell.name, sort: cell.sort };
  masks.set(cell, mask);
  return mask;
}

/** The value of a node as far as it is known. */
export function valueUnder(node: Node, env: Env, variables: Variables): Value {
  const of = (one: Node): Value => valueUnder(one, env, variables);
  switch (node.op) {
    case 'const':
      return node.value;
    case 'none':
    case 'empty':
      return 0;
    case 'all':
    case 'some':
    case 'single':
      return 1;
    case 'cell':
    case 'local': {
      const place = variables.placeOf(node);
      return place === undefined ? '?' : (env[place] ?? '?');
    }
    case 'not':
    case 'isNone':
    case 'isEmpty':
      return negated(of(node.a));
    case 'and':
      return both(of(node.a), of(node.b));
    case 'or':
      return negated(both(negated(of(node.a)), negated(of(node.b))));
    case 'eq':
      return equal(node.a, node.b, of(node.a), of(node.b));
    case 'lt': {
      const [a, b] = [of(node.a), of(node.b)];
      return a === '?' || b === '?' ? '?' : Number(a < b);
    }
    case 'add':
    case 'sub': {
      const [a, b] = [of(node.a), of(node.b)];
      if (a === '?' || b === '?') return '?';
      return node.op === 'add' ? a + b : a - b;
    }
    case 'union': {
      const [a, b] = [of(node.a), of(node.b)];
      if (a === 1 || b === 1) return 1;
      return a === 0 && b === 0 ? 0 : '?';
    }
    case 'minus':
      return of(node.a) === 0 ? 0 : '?';
    case 'meet':
    case 'has':
      return of(node.a) === 0 || (node.op === 'meet' && of(node.b) === 0) ? 0 : '?';
    case 'subset':
      return of(node.a) === 0 ? 1 : '?';
    case 'ite': {
      const c = of(node.c);
      if (c === '?') {
        const [a, b] = [of(node.a), of(node.b)];
        return a === b ? a : '?';
      }
      return of(c === 1 ? node.a : node.b);
    }
    default:
      return '?';
  }
}

function negated(value: Value): Value {
  return value === '?' ? '?' : Number(value === 0);
}
function both(a: Value, b: Value): Value {
  if (a === 0 || b === 0) return 0;
  return a === 1 && b === 1 ? 1 : '?';
}

/** What two things of one kind say about being the same: two sets that are not empty, nothing. */
function equal(left: Node, right: Node, a: Value, b: Value): Value {
  if (a === '?' || b === '?') return '?';
  if (kindOf(left) !== 'set' && kindOf(left) !== 'maybe' && kindOf(right) !== 'maybe') {
    return Number(a === b);
  }
  if (a === 0 && b === 0) return 1;
  return a === 0 || b === 0 ? 0 : '?';
}

function kindOf(node: Node): Sort['kind'] | undefined {
  switch (node.op) {
    case 'cell':
      return node.cell.sort.kind;
    case 'local':
      return node.local.sort.kind;
    case 'none':
    case 'some':
      return 'maybe';
    case 'empty':
    case 'all':
    case 'single':
    case 'union':
    case 'minus':
    case 'meet':
      return 'set';
    case 'ite':
      return kindOf(node.a) ?? kindOf(node.b);
    default:
      return undefined;
  }
}

/** An environment for each value that the unknown variables of a condition may have. */
export function split(cond: Node, env: Env, variables: Variables): Env[] {
  let envs: Env[] = [env];
  visit(cond, (node) => {
    const place = variables.placeOf(node);
    const kind = kindOf(node);
    if (place === undefined || !variables.isKept(place)) return;
    if (!(kind === 'bool' || kind === 'set' || kind === 'maybe')) return;
    envs = envs.flatMap((one) =>
      one[place] === '?' ? [withValue(one, place, 0), withValue(one, place, 1)] : [one],
    );
  });
  return envs;
}

export function withValue(env: Env, place: number, value: Value): Env {
  if (env[place] === value) return env;
  const copy = [...env];
  copy[place] = value;
  return copy;
}

function visit(node: Node, onNode: (one: Node) => void): void {
  onNode(node);
  if ('a' in node) visit(node.a, onNode);
  if ('b' in node) visit(node.b, onNode);
  if ('c' in node) visit(node.c, onNode);
  if ('body' in node) visit(node.body, onNode);
}
