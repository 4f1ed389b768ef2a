// A rule made ready to run over packed state: for each form of event its code, and how the subjects that
// it concerns are found. Not every rule can be: then there is none, and rule-runner.ts runs it.

import type { Cell, Node, Stmt } from '../../lang/nodes.ts';
import { parts } from '../../lang/reduce/nodes-in.ts';
import type { AnyRule } from '../../rules/rule.ts';
import { form, forms } from './happening.ts';
import {
  assignedIn,
  NotPacked,
  type PackedRun,
  type Packing,
  packedRun,
  packingOf,
} from './packed-code.ts';
import { type Handler, type HandlerText, PreparedRule } from './prepared-rule.ts';
import { notForSettled } from './rule-runner.ts';
import { isInertOnZeroWithout, isInertWithout } from './simplify.ts';

/** How the subjects that an event concerns are found. */
export type Access =
  /** By all coordinates: one subject, maybe never met. */
  | { readonly by: 'all' }
  /** Those that remember the event's name in a variable: place of it among the names. */
  | { readonly by: 'name'; readonly name: number; readonly field: Coordinate | 'slot' | 'thread' }
  /** Those of which the set that flushes take from has members; of the event's mm only, or all. */
  | { readonly by: 'owing'; readonly ofMm: boolean; readonly inRange: boolean }
  /** By some coordinates: a place in `indexes`. */
  | { readonly by: 'some'; readonly index: number };

/**
 * Subjects by some of their coordinates, those only to which an event matters: all that live, and of the
 * settled ones all, none, or those that no event of a kind has reached yet, by the bit of that kind.
 */
export interface IndexText {
  readonly positions: readonly number[];
  readonly settled: 'all' | 'none' | number;
}

export type Coordinate = 'mm' | 'va' | 'frame';

/** The same as numbers; 0: none. */
export const coordinateCode = { mm: 1, va: 2, frame: 3 } as const;

export type Common = (typeof common)[keyof typeof common];
export const common = { nothing: 0, frame: 1, va: 2 } as const;

export interface PackedHandler {
  readonly run: PackedRun;
  readonly access: Access;
  /** What all subjects that it concerns have in common with the event. */
  readonly common: Common;
  /** Names of the coordinates that the event gives, in the order of the subject's. */
  readonly given: readonly Coordinate[];
  /** The same as numbers, always three of them. */
  readonly givenCodes: readonly number[];
  /** It does nothing to a subject whose state is all zero. */
  readonly inert: boolean;
  /** The same if the event names no CPU. */
  readonly inertWithoutCpus: boolean;
  /** A settled subject it only counts as looked at. */
  readonly passesSettled: boolean;
  readonly judges: boolean;
  /** It puts those it is told to to the test, so that they count as looked at. */
  readonly counts: boolean;
  readonly readsElsewhere: boolean;
  /** Names that it may change, by place. */
  readonly changes: readonly number[];
  /** What of the event's slot it needs: whether it is known, or a number for it in any case. */
  readonly slot: 'unused' | 'looked up' | 'kept';
  /** Kinds that count once each; a bit. */
  readonly kindBit: number;
  /** First word of the set that it takes the event's CPUs from, and does nothing else; -1 if it does more. */
  readonly takes: number;
}

export interface PackedRule {
  readonly rule: AnyRule;
  readonly packing: Packing;
  readonly handlers: readonly (PackedHandler | undefined)[];
  /** What a switch does to the subjects it may find violated, beside saying where the CPU is. */
  readonly watch: PackedRun | undefined;
  /** Kinds of the names: 'slot' or others. */
  readonly nameKinds: readonly string[];
  readonly indexes: readonly IndexText[];
  /** Position of the mm among the coordinates. */
  readonly mmAt: number;
}

/** `setWords`: 32-bit words of a set of CPUs. */
export function packedRule(rule: AnyRule, setWords: number): PackedRule | undefined {
  const isPlain = (name: string): boolean => ['mm', 'va', 'frame'].includes(name);
  if (rule.keptFor.length > 3 || !rule.keptFor.every(isPlain)) return undefined;
  try {
    return pack(rule, new PreparedRule(rule), setWords);
  } catch (error) {
    if (error instanceof NotPacked) return undefined;
    throw error;
  }
}

function pack(rule: AnyRule, prepared: PreparedRule, setWords: number): PackedRule | undefined {
  const texts = forms.map(({ kind, fields }) =>
    rule.hears[kind] === undefined ? undefined : prepared.handlerFor(kind, fields),
  );
  const load = texts[form.load];
  const whereabouts = load === undefined ? undefined : whereaboutsOf(load, rule);
  if (load !== undefined && whereabouts === undefined) return undefined;
  const owed = new Set(texts.flatMap((one) => one?.takesFrom?.variable ?? []));
  if (owed.size > 1) return undefined;
  const packing = packingOf(
    prepared.cells,
    {
      elsewhere: whereabouts?.cell,
      watched: new Set(whereabouts?.watched),
      owed: prepared.cells[[...owed][0] ?? -1],
    },
    setWords,
  );
  if (packing === undefined) return undefined;
  const kinds = [...new Set(forms.map(({ kind }) => kind))];
  const indexes: IndexText[] = [];
  const handlers = texts.map((handler, i) => {
    if (handler === undefined || i === form.load) return undefined;
    if (assignedIn(handler.text.stmts).some((cell) => cell === whereabouts?.cell)) {
      throw new NotPacked('whereabouts set by more than switches');
    }
    const { kind } = forms[i] as (typeof forms)[number];
    const reachesSettled = !notForSettled.has(kind);
    return packHandler(handler, packing, rule, {
      kindBit: 1 << kinds.indexOf(kind),
      indexes,
      reachesSettled,
    });
  });
  const watch =
    load === undefined || whereabouts === undefined || whereabouts.rest.length === 0
      ? undefined
      : packedRun(load.text, packing);
  const names = packing.cells.filter((one) => one.kind === 'name');
  return {
    rule,
    packing,
    handlers,
    watch,
    indexes,
    nameKinds: names.map(({ cell }) => (cell.sort.kind === 'maybe' ? cell.sort.of : '')),
    mmAt: rule.keptFor.indexOf('mm'),
  };
}

function packHandler(
  handler: Handler,
  packing: Packing,
  rule: AnyRule,
  {
    kindBit,
    indexes,
    reachesSettled,
  }: { readonly kindBit: number; readonly indexes: IndexText[]; readonly reachesSettled: boolean },
): PackedHandler {
  const { given, text, judges, concerns, inert } = handler;
  const cpus = [...text.fields].find(([, field]) => field === 'cpus')?.[0];
  const changed = new Set(assignedIn(text.stmts));
  const elsewhere = packing.cells.find(({ isElsewhere }) => isElsewhere)?.cell;
  const names = given.map(({ coordinate }) => rule.keptFor[coordinate] as Coordinate);
  return {
    run: packedRun(text, packing),
    access: accessOf(handler, packing, rule) ?? byIndex(handler, reachesSettled, kindBit, indexes),
    common: commonOf(names, fieldsHave(handler, 'pages')),
    given: names,
    givenCodes: [0, 1, 2].map((i) => coordinateCode[names[i] as Coordinate] ?? 0),
    inert,
    passesSettled: inert && concerns === undefined,
    inertWithoutCpus: cpus !== undefined && isInertOnZeroWithout(cpus, text.stmts),
    judges,
    // What is told to every subject puts none of them to the test by itself.
    counts: judges && (given.length > 0 || concerns !== undefined),
    readsElsewhere:
      elsewhere !== undefined &&
      mentions(text, (node) => node.op === 'cell' && node.cell === elsewhere),
    changes: packing.cells
      .filter(({ cell, kind: what }) => what === 'name' && changed.has(cell))
      .map(({ at }) => at),
    slot: slotUse(text),
    kindBit,
    takes: takenFrom(handler, packing),
  };
}

function takenFrom({ takesFrom, text, judges }: Handler, packing: Packing): number {
  if (takesFrom === undefined || judges || text.concerns !== undefined) return -1;
  const place = packing.cells[takesFrom.variable];
  const isOfCpus = [...text.fields.values()][takesFrom.field] === 'cpus';
  const { watched } = packing;
  // Without members a switch must have nothing to find: then no code of the rule has to be asked.
  if (place === undefined || (watched.size > 0 && !watched.has(place.cell))) return -1;
  return place.kind === 'set' && !place.isElsewhere && isOfCpus ? place.at : -1;
}

/** A range of pages has no address in common with them. */
function commonOf(given: readonly Coordinate[], isRange: boolean): Common {
  if (given.includes('frame')) return common.frame;
  return given.includes('va') && !isRange ? common.va : common.nothing;
}

/** Undefined: by some of the coordinates. */
function accessOf(handler: Handler, packing: Packing, rule: AnyRule): Access | undefined {
  const { given, guard, takesFrom, text } = handler;
  if (given.length === rule.keptFor.length) return { by: 'all' };
  const positions = given.map(({ coordinate }) => coordinate);
  const names = positions.map((position) => rule.keptFor[position]);
  if (guard !== undefined && positions.length === 0) {
    const place = packing.cells[guard.variable];
    if (place?.kind !== 'name') throw new NotPacked('a comparison with no name');
    const field = [...text.fields.values()][guard.field];
    if (
      field !== 'slot' &&
      field !== 'thread' &&
      field !== 'mm' &&
      field !== 'va' &&
      field !== 'frame'
    ) {
      throw new NotPacked('a comparison with no name');
    }
    return { by: 'name', name: place.at, field };
  }
  if (takesFrom !== undefined && (!names.includes('va') || names.length === 1)) {
    if (names.includes('frame')) throw new NotPacked('a flush by frame');
    return { by: 'owing', ofMm: names.includes('mm'), inRange: names.includes('va') };
  }
  // A range of more pages than are looked up one by one is looked for among those that owe.
  if (takesFrom === undefined && fieldsHave(handler, 'pages')) throw new NotPacked('a range');
  if (positions.length === 0) throw new NotPacked('an event told to everything');
  return undefined;
}

/** A settled subject is told what does nothing to it once for each kind, so that it counts as looked at. */
function byIndex(
  { given, inert, judges }: Handler,
  reachesSettled: boolean,
  kindBit: number,
  indexes: IndexText[],
): Access {
  const positions = given.map(({ coordinate }) => coordinate);
  const settled = inert || !reachesSettled ? (judges ? kindBit : 'none') : 'all';
  const isSame = (one: IndexText): boolean =>
    one.settled === settled && one.positions.join() === positions.join();
  const known = indexes.findIndex(isSame);
  if (known >= 0) return { by: 'some', index: known };
  indexes.push({ positions, settled });
  return { by: 'some', index: indexes.length - 1 };
}

function fieldsHave({ text }: Handler, field: string): boolean {
  return [...text.fields.values()].includes(field);
}

/** What a switch says of every subject. */
interface Whereabouts {
  /** The set of CPUs that run something else. */
  readonly cell: Cell;
  /** What else it does. */
  readonly rest: readonly Stmt[];
  /** Cells without which it does nothing else. */
  readonly watched: readonly Cell[];
}

/**
 * A switch must do what `flushesAndSwitches` of owed.ts makes it do: put the CPU into a set where the
 * subject is of another mm, take it out where it is of this one, and do more only to a subject that
 * owes something. The set then depends on nothing but the last switch of each CPU.
 */
function whereaboutsOf({ given, text, concerns }: Handler, rule: AnyRule): Whereabouts | undefined {
  const [stmt] = text.stmts;
  if (given.length > 0 || concerns !== undefined || text.stmts.length !== 1) return undefined;
  if (stmt?.op !== 'if' || !isOwnMm(stmt.cond, text, rule)) return undefined;
  const away = switched(stmt.otherwise, 'union', text);
  if (away === undefined || stmt.otherwise.length !== 1) return undefined;
  const [first, ...rest] = stmt.holds;
  const back = first === undefined ? undefined : switched([first], 'minus', text);
  if (back !== away || assignedIn(rest).includes(away)) return undefined;
  const cells = [...text.places.cells.keys()].filter((cell) => cell !== away);
  const watched = cells.filter((cell) => isInertWithout(cell, rest));
  if (watched.length === 0) return undefined;
  return { cell: away, rest, watched };
}

function isOwnMm(node: Node, { places, fields }: HandlerText, rule: AnyRule): boolean {
  if (node.op !== 'eq' || node.a.op !== 'bound' || node.b.op !== 'bound') return false;
  const isMm = ({ bound }: Extract<Node, { op: 'bound' }>): boolean =>
    rule.keptFor[places.coordinates.get(bound) ?? -1] === 'mm';
  const isField = ({ bound }: Extract<Node, { op: 'bound' }>): boolean =>
    fields.get(bound) === 'mm';
  return (isMm(node.a) && isField(node.b)) || (isField(node.a) && isMm(node.b));
}

/** The set that takes in, or gives up, just the event's CPU. */
function switched(
  stmts: readonly Stmt[],
  op: 'union' | 'minus',
  { fields }: HandlerText,
): Cell | undefined {
  const [stmt] = stmts;
  if (stmt?.op !== 'assign' || stmt.target.op !== 'cell' || stmt.value.op !== op) return undefined;
  const { a, b } = stmt.value;
  if (a.op !== 'cell' || a.cell !== stmt.target.cell || b.op !== 'single') return undefined;
  if (b.a.op !== 'bound' || fields.get(b.a.bound) !== 'cpu') return undefined;
  return stmt.target.cell;
}

function slotUse(text: HandlerText): PackedHandler['slot'] {
  const isSlot = (node: Node): boolean =>
    node.op === 'bound' && text.fields.get(node.bound) === 'slot';
  if (!mentions(text, isSlot)) return 'unused';
  const keeps = (stmt: Stmt): boolean => {
    if (stmt.op === 'if') return stmt.holds.some(keeps) || stmt.otherwise.some(keeps);
    return stmt.op === 'assign' && has(stmt.value, isSlot);
  };
  return text.stmts.some(keeps) ? 'kept' : 'looked up';
}

function mentions({ stmts, concerns }: HandlerText, wanted: (node: Node) => boolean): boolean {
  const inStmt = (stmt: Stmt): boolean => {
    switch (stmt.op) {
      case 'if':
        return has(stmt.cond, wanted) || stmt.holds.some(inStmt) || stmt.otherwise.some(inStmt);
      case 'assign':
        return has(stmt.value, wanted);
      case 'report':
        return Object.values(stmt.parties).some((one) => 'node' in one && has(one.node, wanted));
      default:
        return false;
    }
  };
  return stmts.some(inStmt) || (concerns !== undefined && has(concerns, wanted));
}

function has(node: Node, wanted: (node: Node) => boolean): boolean {
  if (wanted(node)) return true;
  return parts(node).some((part) => has(part, wanted));
}
