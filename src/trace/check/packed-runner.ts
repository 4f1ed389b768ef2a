// Runs one rule over the events of a recorded trace with its state packed into numbers: what
// rule-runner.ts does with maps. The two must agree, event by event.

import type { AnyRule } from '../../rules/rule.ts';
import { type ExercisedOn, PackedExercisedOn } from './exercised-on.ts';
import { form, type Happening, UNASKED } from './happening.ts';
import type { LoadLog } from './load-log.ts';
import { did, NONE, type PackedRun, type TellReport } from './packed-code.ts';
import { momentOf, PackedReport, type ReportNames } from './packed-report.ts';
import {
  type Access,
  type Coordinate,
  common,
  coordinateCode,
  type PackedHandler,
  type PackedRule,
} from './packed-rule.ts';
import { PackedSubjects, standing } from './packed-subjects.ts';
import type { RuleReport } from './rule-runner.ts';
import { column, doubleColumn, NOBODY } from './subject-rows.ts';
import type { SubjectTable } from './subject-table.ts';

const PAGE = 4096;
/** Where a range has more pages than this, subjects are looked through instead of pages. */
const MOST_PAGES = 64;

/** What the rules of a trace share. */
export interface Shared extends ReportNames {
  readonly loads: LoadLog;
  /** By how many coordinates: rules that are kept for the same ones share a table. */
  readonly tableFor: (keptFor: readonly string[]) => SubjectTable;
}

/** Which events of a form do nothing: those of which no subject has the frame, the address, the slot. */
export type Quiet =
  | { readonly by: 'always' | 'never' | 'slot' }
  | { readonly by: 'frame' | 'va'; readonly table: SubjectTable };

export class PackedRunner {
  readonly rule: AnyRule;
  /** As of RuleRunner. */
  exercised = 0;
  readonly #on: PackedExercisedOn;
  readonly #packed: PackedRule;
  readonly #shared: Shared;
  readonly #subjects: PackedSubjects;
  readonly #onReport: (report: RuleReport) => void;
  readonly #elsewhere: Int32Array;
  /** What is being told to whom. */
  readonly #now: { id: number; event: Happening | undefined } = { id: NOBODY, event: undefined };
  readonly #reports: TellReport = (stmt, values) => {
    const { id, event } = this.#now;
    if (event === undefined) return;
    const { table, born } = this.#subjects;
    const { coordinates, arity } = table;
    const at: number[] = [];
    for (let i = id * arity, end = i + arity; i < end; i++) at.push(coordinates[i] as number);
    const found = { stmt, values, at, event };
    this.#onReport(new PackedReport(this.rule, this.#shared, found, born[id] ?? momentOf(event)));
  };

  constructor(packed: PackedRule, shared: Shared, onReport: (report: RuleReport) => void) {
    this.rule = packed.rule;
    this.#on = new PackedExercisedOn(packed.rule);
    this.#packed = packed;
    this.#shared = shared;
    this.#onReport = onReport;
    this.#elsewhere = new Int32Array(packed.packing.setWords);
    this.#subjects = new PackedSubjects(packed, shared.tableFor(packed.rule.keptFor), shared.slots);
  }

  /** On what it was exercised. */
  on(): ExercisedOn {
    return this.#on.result();
  }

  /** Knows nothing of any subject any more. */
  forget(): void {
    this.#subjects.forgetAll();
  }

  /** Whether it hears of events of this form. */
  hears(which: number): boolean {
    return this.#packed.handlers[which] !== undefined;
  }

  hear(event: Happening): void {
    const handler = this.#packed.handlers[event.form];
    if (handler === undefined || this.#isForNobody(handler, event)) return;
    if (handler.access.by === 'all') {
      this.#hearOne(handler, event);
      return;
    }
    const count = this.#find(handler, handler.access, event);
    if (handler.takes >= 0) {
      this.#takeFrom(count, handler.takes, event);
      return;
    }
    if (count > 0) this.#askSlot(handler, event);
    const { found } = this.#subjects;
    for (let i = 0; i < count; i++) {
      const id = found[i] as number;
      const stands = this.#subjects.standing(id);
      // One of those before may have pushed it out.
      if (stands === standing.unknown || this.#isTooYoung(id, event)) continue;
      const isConcerned =
        (stands === standing.settled && handler.passesSettled) || this.#apply(handler, id, event);
      if (isConcerned) this.#count(handler, id);
    }
    this.#leaveSlot(event);
  }

  /** A flush: of those found it takes its CPUs, and does nothing else. */
  #takeFrom(count: number, at: number, event: Happening): void {
    const { found, rows } = this.#subjects;
    for (let i = 0; i < count; i++) {
      const id = found[i] as number;
      if (this.#subjects.standing(id) === standing.unknown || this.#isTooYoung(id, event)) continue;
      if (rows.take(id, at, event.cpus) === 1) this.#settle(id, rows.isAny(id) ? did.live : 0);
    }
  }

  /** It has grown since what the event covers. */
  #isTooYoung(id: number, { covers }: Happening): boolean {
    if (covers === Number.POSITIVE_INFINITY) return false;
    return this.#subjects.rows.getDouble(id, doubleColumn.grownAt) > covers;
  }

  /** A CPU switches. To be called before the LoadLog is told. */
  loads(event: Happening): void {
    const { watch } = this.#packed;
    const { watched } = this.#subjects;
    if (watch === undefined || watched.size === 0) return;
    const ids = [...watched].sort((a, b) => this.#subjects.order(a) - this.#subjects.order(b));
    for (const id of ids) {
      this.#findElsewhere(id);
      this.#settle(id, this.#call(watch, id, event));
    }
  }

  /** Which events told now would do nothing; see Observer. */
  quiet(which: number): Quiet {
    const handler = this.#packed.handlers[which];
    if (handler === undefined) return { by: 'always' };
    const { access } = handler;
    if (access.by === 'name' && access.field === 'slot') return { by: 'slot' };
    const isQuiet = access.by !== 'all' || handler.inert || which === form.pteClear;
    if (handler.common === common.nothing || !isQuiet) return { by: 'never' };
    if (which === form.pteClear && !handler.inert && !handler.inertWithoutCpus)
      return { by: 'never' };
    return { by: handler.common === common.frame ? 'frame' : 'va', table: this.#subjects.table };
  }

  /** Nobody whom it may concern is known, and nobody comes to be known by it. */
  #isForNobody(handler: PackedHandler, event: Happening): boolean {
    if (handler.common === common.nothing) return false;
    const isKnown =
      handler.common === common.frame
        ? this.#subjects.table.mayHaveFrame(event.frame)
        : this.#subjects.table.mayHaveVa(event.va);
    if (isKnown) return false;
    return (
      handler.access.by !== 'all' || handler.inert || (handler.inertWithoutCpus && !event.hasCpus())
    );
  }

  #hearOne(handler: PackedHandler, event: Happening): void {
    const { givenCodes } = handler;
    const a = coordinateOf(event, givenCodes[0] as number);
    const b = coordinateOf(event, givenCodes[1] as number);
    const c = coordinateOf(event, givenCodes[2] as number);
    const { table } = this.#subjects;
    let id = table.find(a, b, c);
    const stands = id === NOBODY ? standing.unknown : this.#subjects.standing(id);
    if (stands === standing.settled && handler.passesSettled) {
      if (handler.counts && !this.#isTooYoung(id, event)) this.#count(handler, id);
      return;
    }
    if (stands === standing.unknown) {
      if (handler.inert || (handler.inertWithoutCpus && !event.hasCpus())) return;
      this.#askSlot(handler, event);
      if (id === NOBODY) {
        const { coordinates, arity } = table;
        coordinates[0] = a;
        if (arity > 1) coordinates[1] = b;
        if (arity > 2) coordinates[2] = c;
      }
      id = this.#meets(handler, id, event);
    } else {
      if (this.#isTooYoung(id, event)) return;
      this.#askSlot(handler, event);
      if (!this.#apply(handler, id, event)) id = NOBODY;
    }
    if (id !== NOBODY) this.#count(handler, id);
    this.#leaveSlot(event);
  }

  /** Tells a subject that this rule has no history with; `NOBODY` if it has none after that. */
  #meets(handler: PackedHandler, known: number, event: Happening): number {
    const subjects = this.#subjects;
    const { rows, table } = subjects;
    const flags = this.#run(handler, known, event);
    if (flags < 0 || (flags & did.live) === 0) {
      if (known === NOBODY) rows.clear(NOBODY);
      return NOBODY;
    }
    let id = known;
    if (id === NOBODY) {
      id = table.add();
      rows.move(id);
    }
    table.hold(id);
    subjects.born[id] = momentOf(event);
    rows.set(id, column.judgedBy, 0);
    const grownAt = (flags & did.grow) === 0 ? event.at : event.notBefore;
    rows.setDouble(id, doubleColumn.grownAt, grownAt);
    subjects.renameAll(id, handler.changes);
    subjects.lives(id, this.#shared.loads.now);
    this.#settle(id, flags);
    return id;
  }

  /** False if the event does not concern the subject. */
  #apply(handler: PackedHandler, id: number, event: Happening): boolean {
    const { changes } = handler;
    const { rows, born, byName } = this.#subjects;
    const before = changes.length === 0 ? NONE : rows.nameOf(id, changes[0] as number);
    if (changes.length > 1) this.#subjects.unnameAll(id, changes);
    const flags = this.#run(handler, id, event);
    if (flags < 0) return false;
    if (changes.length === 1) {
      const at = changes[0] as number;
      byName.change(id, at, before, rows.nameOf(id, at));
    }
    if (changes.length > 1) this.#subjects.renameAll(id, changes);
    if ((flags & did.grow) !== 0) {
      rows.setDouble(id, doubleColumn.grownAt, event.notBefore);
      if ((flags & did.begin) !== 0) {
        born[id] = momentOf(event);
        rows.set(id, column.judgedBy, 0);
      }
    }
    this.#settle(id, flags);
    return true;
  }

  #settle(id: number, flags: number): void {
    this.#subjects.settle(id, flags, this.#shared.loads.now);
  }

  #run(handler: PackedHandler, id: number, event: Happening): number {
    if (handler.readsElsewhere) this.#findElsewhere(id);
    return this.#call(handler.run, id, event);
  }

  #call(run: PackedRun, id: number, event: Happening): number {
    const { rows, table } = this.#subjects;
    this.#now.id = id;
    this.#now.event = event;
    return run(id, rows, table.coordinates, event, this.#elsewhere, this.#reports);
  }

  #findElsewhere(id: number): void {
    const { rows, table } = this.#subjects;
    if (this.#subjects.standing(id) !== standing.live) {
      // A call of fill() costs more than the few words.
      for (let word = 0; word < this.#elsewhere.length; word++) this.#elsewhere[word] = 0;
      return;
    }
    const mm = table.coordinates[id * table.arity + this.#packed.mmAt] as number;
    const since = rows.getDouble(id, doubleColumn.loadsBefore);
    this.#shared.loads.elsewhere(mm, since, this.#elsewhere);
  }

  #count({ counts, kindBit }: PackedHandler, id: number): void {
    if (!counts || !this.#subjects.judges(id, kindBit)) return;
    this.exercised++;
    const { coordinates, arity } = this.#subjects.table;
    this.#on.note(coordinates, id * arity);
  }

  // --- which subjects ------------------------------------------------------------------------------

  /** Finds those that the event concerns; how many. */
  #find(handler: PackedHandler, access: Access, event: Happening): number {
    const subjects = this.#subjects;
    subjects.findNone();
    if (access.by === 'name') {
      this.#askSlot(handler, event);
      return subjects.byName.find(access.name, nameOf(event, access.field), subjects.found);
    }
    if (access.by === 'owing') {
      const until = access.inRange ? event.va + event.pages * PAGE : Number.POSITIVE_INFINITY;
      return subjects.findOwing(access.ofMm, event, access.inRange ? event.va : 0, until);
    }
    if (access.by === 'some') this.#findSome(handler, access.index, event);
    return subjects.sortFound();
  }

  #findSome({ given, givenCodes }: PackedHandler, which: number, event: Happening): void {
    const subjects = this.#subjects;
    const a = coordinateOf(event, givenCodes[0] as number);
    const b = coordinateOf(event, givenCodes[1] as number);
    const pages = event.form < form.flush ? 1 : event.pages;
    if (pages === 1) {
      subjects.findAt(which, a, b);
    } else if (pages > MOST_PAGES) {
      subjects.findOwing(given.includes('mm'), event, event.va, event.va + pages * PAGE);
    } else {
      const isSecond = given[1] === 'va';
      for (let at = 0; at < pages * PAGE; at += PAGE) {
        subjects.findAt(which, isSecond ? a : a + at, isSecond ? b + at : b);
      }
    }
  }

  /** Until `#leaveSlot` the event is one of those who remember it: nobody gives its number away. */
  #askSlot({ slot }: PackedHandler, event: Happening): void {
    if (slot === 'unused' || event.slot !== UNASKED) return;
    const { slots } = this.#shared;
    event.slot = slot === 'kept' ? slots.of(event.place) : slots.find(event.place);
    if (event.slot >= 0) slots.take(event.slot);
  }

  #leaveSlot(event: Happening): void {
    if (event.slot === UNASKED) return;
    if (event.slot >= 0) this.#shared.slots.leave(event.slot);
    event.slot = UNASKED;
  }
}

function nameOf(event: Happening, field: Coordinate | 'slot' | 'thread'): number {
  if (field === 'slot') return event.slot;
  return field === 'thread' ? event.thread : coordinateOf(event, coordinateCode[field]);
}

/** By its code. */
function coordinateOf(event: Happening, code: number): number {
  switch (code) {
    case coordinateCode.mm:
      return event.mm;
    case coordinateCode.va:
      return event.va;
    case coordinateCode.frame:
      return event.frame;
    default:
      return 0;
  }
}
