// What a rule does on hearing an event, as trees. Its handlers are functions from expressions to trees;
// they are called once for each form in which an event can come (which optional fields it has, which
// fixed names it carries), with placeholders for the values. Recordings are judged by these trees
// (src/trace/check), and monitors for other tools are made from them (src/explain/rule-automaton.ts).

import {
  type EventKind,
  type FieldSort,
  isEventKind,
  type Optional,
  vocabulary,
} from '../events/vocabulary.ts';
import { Declarations } from '../lang/declare.ts';
import { boundId, exprOf, type Id } from '../lang/expr.ts';
import type { Bound, Cell, Node, Stmt } from '../lang/nodes.ts';
import { flatStmts } from '../lang/program.ts';
import { type AnyRule, told } from './rule.ts';

/** Fields that are there, by name: `true`, or the fixed name that the event carries. */
export type Present = Readonly<Record<string, string | true>>;

/** One handler for one form of an event. */
export interface ToldTrees {
  /** Names of the fields that have values, and their placeholders in `stmts`. */
  readonly fields: readonly string[];
  readonly bounds: readonly Bound[];
  /** Coordinates of the subject that the event gives: positions of coordinate and field. */
  readonly given: readonly { readonly coordinate: number; readonly field: number }[];
  /** Whether it concerns a subject that its coordinates reach, where they do not say it all. */
  readonly concerns: Node | undefined;
  readonly stmts: readonly Stmt[];
}

type AnyField = FieldSort | Optional<FieldSort>;

export function fieldsOf(kind: EventKind): Readonly<Record<string, AnyField>> {
  return vocabulary[kind].fields;
}

export function sortOfField(kind: EventKind, name: string): Exclude<FieldSort, 'text'> {
  const field = fieldsOf(kind)[name];
  const sort = typeof field === 'object' && 'optional' in field ? field.optional : field;
  if (sort === undefined || sort === 'text') throw new Error(`${kind} has no field '${name}'`);
  return sort;
}

export class RuleTrees {
  readonly rule: AnyRule;
  /** Its state variables, in the order of `knows`. */
  readonly cells: readonly Cell[];
  /** Placeholders of the subject's coordinates. */
  readonly at: readonly (Bound & { readonly of: string })[];
  readonly #state: (...at: readonly Id[]) => unknown;

  constructor(rule: AnyRule) {
    this.rule = rule;
    const declarations = new Declarations();
    this.#state = declarations.table(rule.id, rule.keptFor, rule.knows);
    this.cells = declarations.cells;
    this.at = rule.keptFor.map((name) => ({ name, of: name }));
  }

  /** The kinds of events that it hears. */
  kinds(): EventKind[] {
    return Object.keys(this.rule.hears).filter(isEventKind);
  }

  /** Every field of such an event, with a name where it carries one. */
  allFields(kind: EventKind): Present {
    return Object.fromEntries(
      Object.entries(fieldsOf(kind)).map(([name, sort]) => [name, sort === 'text' ? '' : true]),
    );
  }

  optional(kind: EventKind): string[] {
    return Object.entries(fieldsOf(kind)).flatMap(([name, sort]) =>
      typeof sort === 'object' && 'optional' in sort ? [name] : [],
    );
  }

  told(kind: EventKind, present: Present): ToldTrees | undefined {
    const hears = this.rule.hears[kind];
    if (hears === undefined) return undefined;
    const fields = Object.keys(present).filter((name) => present[name] === true);
    const bounds = fields.map((name): Bound => ({ name, of: kind }));
    const event: Record<string, unknown> = {};
    for (const [name, text] of Object.entries(present)) {
      const bound = bounds[fields.indexOf(name)];
      event[name] =
        text === true
          ? exprOf(sortOfField(kind, name), { op: 'bound', bound: bound as Bound })
          : text;
    }
    const of = hears.of(event as never);
    const given = this.rule.keptFor.flatMap((name, coordinate) => {
      const node = of[name]?.node;
      if (node === undefined) return [];
      const field = node.op === 'bound' ? bounds.indexOf(node.bound) : -1;
      if (field < 0) throw new Error(`rule ${this.rule.id}: '${name}' is no field of the event`);
      return [{ coordinate, field }];
    });
    const subject: Record<string, Id> = {};
    this.at.forEach((bound) => {
      subject[bound.name] = boundId(bound);
    });
    const state = this.#state(...this.rule.keptFor.map((name) => subject[name] as Id));
    return {
      fields,
      bounds,
      given,
      concerns: hears.concerns?.(state as never, event as never, subject as never).node,
      stmts: flatStmts(told(hears, state, event, subject)),
    };
  }
}
