// A rule made ready for concrete events: its trees (src/rules/told-trees.ts) for each form in which an
// event can come, as closures, and what tells beforehand which subjects an event can affect.

import type { ConcreteEvent, IdValue } from '../../events/concrete.ts';
import type { EventKind } from '../../events/vocabulary.ts';
import type { Bound, Cell, Node, Stmt } from '../../lang/nodes.ts';
import type { AnyRule } from '../../rules/rule.ts';
import { fieldsOf, type Present, RuleTrees } from '../../rules/told-trees.ts';
import { evaluator, type Get, type Places, type Run, runner } from './evaluate.ts';
import { type Guard, guardIn, guardOf, isInertOnZero, takesFrom } from './simplify.ts';
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
  readonly #trees: RuleTrees;
  readonly #handlers = new Map<string, Handler | undefined>();

  constructor(rule: AnyRule) {
    this.rule = rule;
    const knows = Object.entries(rule.knows);
    this.zero = knows.map(([, sort]) => zeroOf(sort));
    this.#trees = new RuleTrees(rule);
    this.ambient = this.#setAtLarge();
  }

  /** Kinds of events that can find the rule violated. */
  judging(): EventKind[] {
    return this.#trees
      .kinds()
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
    return this.#trees.cells;
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

  #prepare(kind: EventKind, present: Present): Handler | undefined {
    const trees = this.#trees.told(kind, present);
    if (trees === undefined) return undefined;
    const { fields: names, bounds, given, concerns, stmts } = trees;
    const { cells, at } = this.#trees;
    const places: Places = {
      rule: this.rule.id,
      cells: new Map(cells.map((cell, i) => [cell, i])),
      coordinates: new Map(at.map((bound, i) => [bound, i])),
      fields: new Map(bounds.map((bound, i) => [bound, i])),
    };
    const fields = new Set(bounds);
    const comparison = (guard: Guard | undefined): Comparison | undefined =>
      guard && {
        variable: cells.indexOf(guard.cell),
        field: bounds.indexOf(guard.field),
      };
    return {
      given,
      run: runner(stmts, places),
      judges: stmts.some(reports),
      concerns: concerns && evaluator(concerns, places),
      inert: isInertOnZero(stmts),
      guard: comparison(guardOf(stmts, fields) ?? guardIn(concerns, fields)),
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
