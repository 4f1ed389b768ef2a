// A rule made ready for concrete events. Its handlers are functions from expressions to trees; they
// are called once for each form in which an event can come (which optional fields it has, which
// fixed names it carries), with placeholders for the values.

import type { ConcreteEvent, IdValue } from '../../events/concrete.ts';
import {
  type EventKind,
  type FieldSort,
  isEventKind,
  type Optional,
  vocabulary,
} from '../../events/vocabulary.ts';
import { Declarations } from '../../lang/declare.ts';
import { boundId, exprOf, type Id } from '../../lang/expr.ts';
import type { Bound, Cell, Node, Stmt } from '../../lang/nodes.ts';
import { flatStmts } from '../../lang/program.ts';
import { type AnyHears, type AnyRule, told } from '../../rules/rule.ts';
import { evaluator, type Get, type Places, type Run, runner } from './evaluate.ts';
import { type Guard, guardOf, isInertOnZero, takesFrom } from './simplify.ts';
import { isZero, type Value, zeroOf } from './values.ts';

/** A state variable and a field of the event, both by position. */
export interface Comparison {
  readonly variable: number;
  readonly field: number;
}

/** One handler for one form of an event. */
export interface Handler {
  /** Coordinates that the event gives: name of the coordinate, position of the field. */
  readonly given: readonly { readonly coordinate: number; readonly field: number }[];
  readonly run: Run;
  /** It can find the rule violated. */
  readonly judges: boolean;
  /** Whether it concerns a subject that its coordinates reach, where they do not say it all. */
  readonly concerns: Get | undefined;
  /** It does nothing to a subject whose state is all zero. */
  readonly inert: boolean;
  /** Only subjects whose state variable has the value of the event's field can be affected. */
  readonly guard: Comparison | undefined;
  /** Only subjects whose set has a member of the event's field can be affected. */
  readonly takesFrom: Comparison | undefined;
  readonly values: (event: ConcreteEvent) => Value[];
  /** What it was made of. */
  readonly text: HandlerText;
}

/** A handler as trees, and what their names stand for. */
export interface HandlerText {
  readonly stmts: readonly Stmt[];
  readonly concerns: Node | undefined;
  /** Fields of the event, by name. */
  readonly fields: ReadonlyMap<Bound, string>;
  readonly places: Places;
}

export class PreparedRule {
  readonly rule: AnyRule;
  readonly zero: readonly Value[];
  /**
   * Variables that what is said at large, of no subject in particular, sets in any subject: which CPUs
   * run something else. A subject with nothing but those owes nothing; what they say of it counts from
   * when it comes to owe something.
   */
  readonly ambient: ReadonlySet<number>;
  readonly #cells: readonly Cell[];
  readonly #state: (...at: readonly Id[]) => unknown;
  readonly #at: (Bound & { of: string })[];
  readonly #handlers = new Map<string, Handler | undefined>();

  constructor(rule: AnyRule) {
    this.rule = rule;
    const knows = Object.entries(rule.knows);
    this.zero = knows.map(([, sort]) => zeroOf(sort));
    const declarations = new Declarations();
    this.#state = declarations.table(rule.id, rule.keptFor, rule.knows);
    this.#cells = declarations.cells;
    this.#at = rule.keptFor.map((name) => ({ name, of: name }));
    this.ambient = this.#setAtLarge();
  }

  /** Kinds of events that can find the rule violated. */
  judging(): EventKind[] {
    return Object.keys(this.rule.hears)
      .filter(isEventKind)
      .filter((kind) => this.#prepare(kind, allFieldsOf(kind))?.judges === true);
  }

  #setAtLarge(): ReadonlySet<number> {
    const event: ConcreteEvent = { event: 'mm.load', at: 0, cpu: 0, mm: 'another' };
    const handler = this.handler(event);
    if (handler === undefined || handler.given.length > 0) return new Set();
    const state = [...this.zero];
    const nobody = this.rule.keptFor.map(() => 'nobody');
    handler.run(state, nobody, handler.values(event), () => {});
    return new Set(state.flatMap((value, i) => (isZero(value, this.zero[i] as Value) ? [] : [i])));
  }

  get cells(): readonly Cell[] {
    return this.#cells;
  }

  /** The handler of an event that comes with exactly these fields, none of them a fixed name. */
  handlerFor(kind: EventKind, fields: readonly string[]): Handler | undefined {
    return this.#prepare(kind, Object.fromEntries(fields.map((name) => [name, true])));
  }

  handler(event: ConcreteEvent): Handler | undefined {
    if (this.rule.hears[event.event] === undefined) return undefined;
    const given = event as unknown as Record<string, unknown>;
    let form: string = event.event;
    for (const [name, isText] of varyingFieldsOf(event.event)) {
      const value = given[name];
      if (value !== undefined) form += isText ? ` ${name}=${value}` : ` ${name}`;
    }
    if (!this.#handlers.has(form)) {
      const present: Record<string, string | true> = {};
      for (const [name, sort] of Object.entries(fieldsOf(event.event))) {
        if (given[name] !== undefined) present[name] = sort === 'text' ? String(given[name]) : true;
      }
      this.#handlers.set(form, this.#prepare(event.event, present));
    }
    return this.#handlers.get(form);
  }

  #prepare(kind: EventKind, present: Readonly<Record<string, string | true>>): Handler | undefined {
    const hears = this.rule.hears[kind];
    if (hears === undefined) return undefined;
    const names = Object.keys(present).filter((name) => present[name] === true);
    const bounds = names.map((name): Bound => ({ name, of: kind }));
    const event: Record<string, unknown> = {};
    for (const [name, text] of Object.entries(present)) {
      const position = names.indexOf(name);
      event[name] =
        text === true
          ? exprOf(sortOf(kind, name), { op: 'bound', bound: bounds[position] as Bound })
          : text;
    }
    const { stmts, concerns, given } = this.#tell(hears, event, bounds);
    const places: Places = {
      rule: this.rule.id,
      cells: new Map(this.#cells.map((cell, i) => [cell, i])),
      coordinates: new Map(this.#at.map((bound, i) => [bound, i])),
      fields: new Map(bounds.map((bound, i) => [bound, i])),
    };
    const fields = new Set(bounds);
    const comparison = (guard: Guard | undefined): Comparison | undefined =>
      guard && {
        variable: this.#cells.indexOf(guard.cell),
        field: bounds.indexOf(guard.field),
      };
    return {
      given,
      run: runner(stmts, places),
      judges: stmts.some(reports),
      concerns: concerns && evaluator(concerns, places),
      inert: isInertOnZero(stmts),
      guard: comparison(guardOf(stmts, fields)),
      takesFrom: comparison(takesFrom(stmts, fields)),
      values: (concrete) => valuesOf(concrete, names),
      text: {
        stmts,
        concerns,
        fields: new Map(bounds.map((bound, i) => [bound, names[i] as string])),
        places,
      },
    };
  }

  #tell(
    hears: AnyHears,
    event: Record<string, unknown>,
    bounds: readonly Bound[],
  ): { stmts: Stmt[]; concerns: Node | undefined; given: Handler['given'] } {
    const of = hears.of(event as never);
    const given = this.rule.keptFor.flatMap((name, coordinate) => {
      const node = of[name]?.node;
      if (node === undefined) return [];
      const field = node.op === 'bound' ? bounds.indexOf(node.bound) : -1;
      if (field < 0) throw new Error(`rule ${this.rule.id}: '${name}' is no field of the event`);
      return [{ coordinate, field }];
    });
    const subject: Record<string, Id> = {};
    this.rule.keptFor.forEach((name, i) => {
      subject[name] = boundId(this.#at[i] as Bound & { of: string });
    });
    const state = this.#state(...this.rule.keptFor.map((name) => subject[name] as Id));
    return {
      stmts: flatStmts(told(hears, state, event, subject)),
      concerns: hears.concerns?.(state as never, event as never, subject as never).node,
      given,
    };
  }
}

type AnyField = FieldSort | Optional<FieldSort>;

function fieldsOf(kind: EventKind): Readonly<Record<string, AnyField>> {
  return vocabulary[kind].fields;
}

const varying = new Map<EventKind, readonly (readonly [string, boolean])[]>();

/** Fields that make forms of an event differ: optional ones, and fixed names (true). */
function varyingFieldsOf(kind: EventKind): readonly (readonly [string, boolean])[] {
  let fields = varying.get(kind);
  if (fields === undefined) {
    fields = Object.entries(fieldsOf(kind))
      .filter(([, sort]) => sort === 'text' || 'optional' in sort)
      .map(([name, sort]) => [name, sort === 'text'] as const);
    varying.set(kind, fields);
  }
  return fields;
}

function sortOf(kind: EventKind, name: string): Exclude<FieldSort, 'text'> {
  const field = fieldsOf(kind)[name];
  const sort = typeof field === 'object' && 'optional' in field ? field.optional : field;
  if (sort === undefined || sort === 'text') throw new Error(`${kind} has no field '${name}'`);
  return sort;
}

function allFieldsOf(kind: EventKind): Record<string, string | true> {
  return Object.fromEntries(
    Object.entries(fieldsOf(kind)).map(([name, sort]) => [name, sort === 'text' ? '' : true]),
  );
}

function valuesOf(event: ConcreteEvent, names: readonly string[]): Value[] {
  const given = event as unknown as Record<string, unknown>;
  return names.map((name): Value => {
    const value = given[name];
    if (Array.isArray(value)) return new Set(value as IdValue[]);
    return typeof value === 'boolean' ? Number(value) : (value as number | string | null);
  });
}

function reports(stmt: Stmt): boolean {
  if (stmt.op === 'if') return stmt.holds.some(reports) || stmt.otherwise.some(reports);
  return stmt.op === 'report';
}
