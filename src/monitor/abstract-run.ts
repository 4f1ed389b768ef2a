// One handler of a rule, run on what an automaton can know of one subject and one CPU. An automaton
// has no data, so a rule's state is taken apart: its yes-or-no variables, and whether *this* CPU is in
// its sets of CPUs, are the automaton's; identities (which thread, which slot, which frames) are not.
// Whatever the handler asks about those, or about the event, is an atom: a question that the code
// around the automaton answers when the event comes.

import type { EventKind } from '../events/vocabulary.ts';
import type { Bound, Cell, Node, Stmt } from '../lang/nodes.ts';
import { type RuleTrees, sortOfField, type ToldTrees } from '../rules/told-trees.ts';

/** A question that only data can answer. */
export type Atom =
  /** A condition over identities: of the state, of the subject, of the event. */
  | { readonly kind: 'data'; readonly text: string; readonly node: Node }
  /** Whether the event's set of CPUs has this one; whether the event's CPU is this one. */
  | { readonly kind: 'has-cpu' | 'is-cpu'; readonly text: string; readonly field: Bound };

/** By text: what data answered. */
export type Answers = ReadonlyMap<string, boolean>;

/** The automaton's part of a rule's state: a bit for each such variable, in their order. */
export type Control = number;

export interface Outcome {
  readonly control: Control;
  readonly violated: boolean;
}

/** Thrown where an answer is missing. */
class Unanswered extends Error {
  readonly atom: Atom;
  constructor(atom: Atom) {
    super(atom.text);
    this.atom = atom;
  }
}

/** What of a rule's state is the automaton's. */
export function controlCells(trees: RuleTrees): readonly Cell[] {
  return trees.cells.filter(isControl);
}

export function isControl({ sort }: Cell): boolean {
  return sort.kind === 'bool' || (sort.kind === 'set' && sort.of === 'cpu');
}

/** What the handler does, or the atom that has to be answered first. */
export function outcomeOf(
  handler: AbstractHandler,
  control: Control,
  answers: Answers,
): Outcome | Atom {
  try {
    return new Run(handler, control, answers).result();
  } catch (thrown) {
    if (thrown instanceof Unanswered) return thrown.atom;
    throw thrown;
  }
}

export interface AbstractHandler {
  readonly rule: string;
  readonly kind: EventKind;
  readonly trees: ToldTrees;
  readonly control: readonly Cell[];
  /** Placeholders of the subject's coordinates. */
  readonly at: readonly Bound[];
}

class Run {
  readonly #handler: AbstractHandler;
  readonly #answers: Answers;
  #control: Control;
  #violated = false;
  /** What data variables were set to by now. */
  readonly #data = new Map<Cell, Node>();

  constructor(handler: AbstractHandler, control: Control, answers: Answers) {
    this.#handler = handler;
    this.#control = control;
    this.#answers = answers;
  }

  result(): Outcome {
    this.#does(this.#handler.trees.stmts);
    return { control: this.#control, violated: this.#violated };
  }

  #does(stmts: readonly Stmt[]): void {
    for (const stmt of stmts) {
      if (stmt.op === 'if') {
        this.#does(this.#holds(stmt.cond) ? stmt.holds : stmt.otherwise);
      } else if (stmt.op === 'report') {
        this.#violated ||= stmt.id === this.#handler.rule;
      } else if (stmt.op === 'assign' && stmt.target.op === 'cell') {
        this.#assign(stmt.target.cell, stmt.value);
      } else {
        throw new Error(`rule ${this.#handler.rule}: an automaton cannot do '${stmt.op}'`);
      }
    }
  }

  #assign(cell: Cell, value: Node): void {
    if (!isControl(cell)) {
      this.#data.set(cell, this.#substituted(value));
      return;
    }
    const bit = 1 << this.#handler.control.indexOf(cell);
    const now = cell.sort.kind === 'bool' ? this.#holds(value) : this.#member(value);
    this.#control = now ? this.#control | bit : this.#control & ~bit;
  }

  #bit(cell: Cell): boolean {
    return ((this.#control >>> this.#handler.control.indexOf(cell)) & 1) === 1;
  }

  #ask(atom: Atom): boolean {
    const answer = this.#answers.get(atom.text);
    if (answer === undefined) throw new Unanswered(atom);
    return answer;
  }

  #askData(node: Node): boolean {
    return this.#ask({ kind: 'data', text: this.#text(node), node });
  }

  #holds(node: Node): boolean {
    switch (node.op) {
      case 'const':
        return node.value !== 0;
      case 'and':
        return this.#holds(node.a) && this.#holds(node.b);
      case 'or':
        return this.#holds(node.a) || this.#holds(node.b);
      case 'not':
        return !this.#holds(node.a);
      case 'ite':
        return this.#holds(node.c) ? this.#holds(node.a) : this.#holds(node.b);
      case 'cell':
        return this.#bit(node.cell);
      case 'bound':
        return this.#askData(node);
      case 'eq':
        return this.#equal(this.#substituted(node.a), this.#substituted(node.b));
      case 'isNone':
        return this.#equal(this.#substituted(node.a), { op: 'none' });
      case 'isEmpty':
        return this.#isOfCpus(node.a)
          ? !this.#member(node.a)
          : this.#empty(this.#substituted(node.a));
      case 'has':
        return this.#isOfCpus(node.a)
          ? this.#member(node.a) && this.#isThisCpu(node.b)
          : this.#inSet(this.#substituted(node.a), this.#substituted(node.b));
      default:
        throw this.#inexpressible(node);
    }
  }

  /** Whether this CPU is in a set of CPUs. */
  #member(node: Node): boolean {
    switch (node.op) {
      case 'cell':
        return this.#bit(node.cell);
      case 'empty':
        return false;
      case 'all':
        return true;
      case 'bound': {
        const { bound } = node;
        return this.#ask({ kind: 'has-cpu', text: `${bound.name} has this CPU`, field: bound });
      }
      case 'single':
        return this.#isThisCpu(node.a);
      case 'union':
        return this.#member(node.a) || this.#member(node.b);
      case 'minus':
        return this.#member(node.a) && !this.#member(node.b);
      case 'meet':
        return this.#member(node.a) && this.#member(node.b);
      case 'ite':
        return this.#holds(node.c) ? this.#member(node.a) : this.#member(node.b);
      default:
        throw this.#inexpressible(node);
    }
  }

  #isThisCpu(node: Node): boolean {
    if (node.op !== 'bound') throw this.#inexpressible(node);
    return this.#ask({ kind: 'is-cpu', text: 'cpu is this CPU', field: node.bound });
  }

  #equal(a: Node, b: Node): boolean {
    const [x, y] = [bare(a), bare(b)];
    if (x.op === 'none' && y.op === 'none') return true;
    if (x.op === 'none') return this.#equal(y, x);
    if (y.op === 'none' && !this.#mayBeNone(x)) return false;
    if (this.#text(x) === this.#text(y)) return true;
    if (this.#areTheSame(x, y)) return true;
    return this.#askData(y.op === 'none' ? { op: 'isNone', a: x } : { op: 'eq', a: x, b: y });
  }

  #mayBeNone(node: Node): boolean {
    if (node.op === 'cell') return node.cell.sort.kind === 'maybe';
    if (node.op !== 'bound' || this.#handler.at.includes(node.bound)) return false;
    return sortOfField(this.#handler.kind, node.bound.name).kind === 'maybe';
  }

  /** A coordinate of the subject, and the field by which the event found the subject. */
  #areTheSame(x: Node, y: Node): boolean {
    if (x.op !== 'bound' || y.op !== 'bound') return false;
    const { at, trees } = this.#handler;
    return trees.given.some(({ coordinate, field }) => {
      const pair = [at[coordinate], trees.bounds[field]];
      return pair.includes(x.bound) && pair.includes(y.bound);
    });
  }

  #empty(set: Node): boolean {
    switch (set.op) {
      case 'empty':
        return true;
      case 'single':
        return false;
      case 'union':
        return this.#empty(set.a) && this.#empty(set.b);
      default:
        return this.#askData({ op: 'isEmpty', a: set });
    }
  }

  #inSet(set: Node, one: Node): boolean {
    switch (set.op) {
      case 'empty':
        return false;
      case 'single':
        return this.#equal(set.a, one);
      case 'union':
        return this.#inSet(set.a, one) || this.#inSet(set.b, one);
      case 'minus':
        return this.#inSet(set.a, one) && !this.#inSet(set.b, one);
      default:
        return this.#askData({ op: 'has', a: set, b: one });
    }
  }

  #isOfCpus(node: Node): boolean {
    switch (node.op) {
      case 'cell': {
        const { sort } = node.cell;
        return sort.kind === 'set' && sort.of === 'cpu';
      }
      case 'bound': {
        const sort = sortOfField(this.#handler.kind, node.bound.name);
        return (sort.kind === 'set' || sort.kind === 'id') && sort.of === 'cpu';
      }
      case 'single':
        return this.#isOfCpus(node.a);
      case 'union':
      case 'minus':
      case 'meet':
      case 'ite':
        return this.#isOfCpus(node.a) || this.#isOfCpus(node.b);
      default:
        return false;
    }
  }

  /** Over what the data was before the event. */
  #substituted(node: Node): Node {
    switch (node.op) {
      case 'cell':
        return this.#data.get(node.cell) ?? node;
      case 'not':
      case 'isNone':
      case 'the':
      case 'some':
      case 'isEmpty':
      case 'single':
        return { ...node, a: this.#substituted(node.a) };
      case 'union':
      case 'minus':
      case 'meet':
        return { ...node, a: this.#substituted(node.a), b: this.#substituted(node.b) };
      default:
        return node;
    }
  }

  #text(node: Node): string {
    return nodeText(node, this.#handler.at);
  }

  #inexpressible(node: Node): Error {
    return new Error(`rule ${this.#handler.rule}: no automaton can ask for '${node.op}'`);
  }
}

function bare(node: Node): Node {
  return node.op === 'some' || node.op === 'the' ? bare(node.a) : node;
}

/** In words: a coordinate of the subject is its `own`, the rest is of the event or of the rule's state. */
export function nodeText(node: Node, at: readonly Bound[]): string {
  const text = (one: Node): string => nodeText(one, at);
  switch (node.op) {
    case 'bound':
      return at.includes(node.bound) ? `own ${node.bound.name}` : node.bound.name;
    case 'cell':
      return node.cell.name.slice(node.cell.name.indexOf('.') + 1);
    case 'none':
    case 'empty':
      return node.op;
    case 'const':
      return node.value === 0 ? 'no' : 'yes';
    case 'the':
    case 'some':
    case 'single':
      return text(node.a);
    case 'not':
      return `not ${text(node.a)}`;
    case 'isNone':
      return `${text(node.a)} is none`;
    case 'isEmpty':
      return `${text(node.a)} is empty`;
    case 'eq':
      return [text(node.a), text(node.b)].sort().join(' is ');
    case 'has':
      return `${text(node.b)} in ${text(node.a)}`;
    case 'union':
      return `${text(node.a)} and ${text(node.b)}`;
    case 'minus':
      return `${text(node.a)} less ${text(node.b)}`;
    default:
      return node.op;
  }
}
