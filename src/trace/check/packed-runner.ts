// Runs one rule over the events of a recorded trace with its state packed into numbers: what
// rule-runner.ts does with maps. The two must agree, event by event.

import type { AnyRule } from '../../rules/rule.ts';
import { type ExercisedOn, PackedExercisedOn } from './exercised-on.ts';
import { form, type Happening, UNASKED } from './happening.ts';
import { LinkedIds } from './linked-ids.ts';
import type { LoadLog } from './load-log.ts';
import { did, NONE, type PackedReport, type PackedRun } from './packed-code.ts';
import { momentOf, packedReport, type ReportNames } from './packed-report.ts';
import {
  type Access,
  type Coordinate,
  common,
  type PackedHandler,
  type PackedRule,
} from './packed-rule.ts';
import { grown, PackedState } from './packed-state.ts';
import { RememberedNames } from './remembered-names.ts';
import type { RuleReport } from './rule-runner.ts';
import { UNKNOWN_SLOT } from './slot-names.ts';
import { MOST_SETTLED, type Moment } from './subject-store.ts';
import { CoordinateIndex, NOBODY, type SubjectTable } from './subject-table.ts';

const PAGE = 4096;
/** Where a range has more pages than this, subjects are looked through instead of pages. */
const MOST_PAGES = 64;

/** Beyond so many, sorting is left to the platform. */
const MOST_INSERTED = 16;

/** Of a subject, for one rule. */
const standing = { unknown: 0, live: 1, settled: 2 } as const;
/** The one list of a LinkedIds that has no others. */
const ALL = 0;

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
  readonly #table: SubjectTable;
  readonly #onReport: (report: RuleReport) => void;
  readonly #indexes: readonly CoordinateIndex[];
  /** In which of them a subject is, by bits. */
  #indexed = new Int32Array(0);
  readonly #state: PackedState;
  readonly #elsewhere: Int32Array;
  #standing = new Uint8Array(0);
  /** When it came to stand as it does: a count. */
  #since = new Float64Array(0);
  #changes = 0;
  /** Switches before it came to life. */
  #loadsBefore = new Float64Array(0);
  #grownAt = new Float64Array(0);
  /** Kinds of judging events that have reached it since it was born. */
  #judgedBy = new Int32Array(0);
  readonly #born: (Moment | undefined)[] = [];
  readonly #settled = new LinkedIds();
  #settledCount = 0;
  readonly #owing = new LinkedIds();
  readonly #owingByMm = new LinkedIds();
  #isOwing = new Uint8Array(0);
  readonly #watched = new Set<number>();
  /** Subjects by a name that they remember, for each variable of that kind. */
  readonly #byName: RememberedNames;
  /** What an event concerns: the first so many. */
  readonly #found: number[] = [];
  #foundCount = 0;
  /** What is being told to whom. */
  readonly #now: { id: number; event: Happening | undefined } = { id: NOBODY, event: undefined };
  readonly #reports: PackedReport = (stmt, values) => {
    const { id, event } = this.#now;
    if (event === undefined) return;
    const { coordinates, arity } = this.#table;
    const at = Array.from(coordinates.subarray(id * arity, (id + 1) * arity));
    const now = momentOf(event);
    const moments = { born: this.#born[id] ?? now, now };
    this.#onReport(packedReport(this.rule, this.#shared, { stmt, values, at, event }, moments));
  };

  constructor(packed: PackedRule, shared: Shared, onReport: (report: RuleReport) => void) {
    this.rule = packed.rule;
    this.#on = new PackedExercisedOn(packed.rule);
    this.#packed = packed;
    this.#shared = shared;
    this.#onReport = onReport;
    this.#elsewhere = new Int32Array(packed.packing.setWords);
    this.#state = new PackedState(packed.packing);
    this.#byName = new RememberedNames(packed.nameKinds, shared.slots);
    this.#table = shared.tableFor(packed.rule.keptFor);
    this.#indexes = packed.indexes.map(
      ({ positions }) => new CoordinateIndex(this.#table, positions),
    );
    this.#table.onGrow((room) => this.#grow(room));
  }

  /** On what it was exercised. */
  on(): ExercisedOn {
    return this.#on.result();
  }

  /** Subjects that cost memory for their state. */
  get live(): number {
    let count = 0;
    for (const one of this.#standing) if (one === standing.live) count++;
    return count;
  }

  /** Knows nothing of any subject any more. */
  forget(): void {
    for (let id = 1; id < this.#standing.length; id++) {
      if (this.#standing[id] !== standing.unknown) this.#forgets(id);
    }
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
    if (count > 0) this.#askSlot(handler, event);
    for (let i = 0; i < count; i++) {
      const id = this.#found[i] as number;
      // One of those before may have pushed it out.
      if (this.#standing[id] === standing.unknown || (this.#grownAt[id] as number) > event.covers) {
        continue;
      }
      if (this.#apply(handler, id, event)) this.#count(handler, id);
    }
    this.#dropSlot(handler, event);
  }

  /** A CPU switches. To be called before the LoadLog is told. */
  loads(event: Happening): void {
    const { watch } = this.#packed;
    if (watch === undefined || this.#watched.size === 0) return;
    const ids = [...this.#watched].sort((a, b) => this.#order(a) - this.#order(b));
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
    return { by: handler.common === common.frame ? 'frame' : 'va', table: this.#table };
  }

  /** Nobody whom it may concern is known, and nobody comes to be known by it. */
  #isForNobody(handler: PackedHandler, event: Happening): boolean {
    if (handler.common === common.nothing) return false;
    const isKnown =
      handler.common === common.frame
        ? this.#table.mayHaveFrame(event.frame)
        : this.#table.mayHaveVa(event.va);
    if (isKnown) return false;
    return (
      handler.access.by !== 'all' || handler.inert || (handler.inertWithoutCpus && !event.hasCpus())
    );
  }

  #hearOne(handler: PackedHandler, event: Happening): void {
    const { given } = handler;
    const a = coordinateOf(event, given[0]);
    const b = coordinateOf(event, given[1]);
    const c = coordinateOf(event, given[2]);
    let id = this.#table.find(a, b, c);
    if (id === NOBODY || this.#standing[id] === standing.unknown) {
      if (handler.inert || (handler.inertWithoutCpus && !event.hasCpus())) return;
      this.#askSlot(handler, event);
      if (id === NOBODY) {
        const { coordinates, arity } = this.#table;
        coordinates[0] = a;
        if (arity > 1) coordinates[1] = b;
        if (arity > 2) coordinates[2] = c;
      }
      id = this.#meets(handler, id, event);
    } else {
      if ((this.#grownAt[id] as number) > event.covers) return;
      this.#askSlot(handler, event);
      if (!this.#apply(handler, id, event)) id = NOBODY;
    }
    if (id !== NOBODY) this.#count(handler, id);
    this.#dropSlot(handler, event);
  }

  /** Tells a subject that this rule has no history with; `NOBODY` if it has none after that. */
  #meets(handler: PackedHandler, known: number, event: Happening): number {
    const flags = this.#run(handler, known, event);
    if (flags < 0 || (flags & did.live) === 0) {
      if (known === NOBODY) this.#state.clear(NOBODY);
      return NOBODY;
    }
    let id = known;
    if (id === NOBODY) {
      id = this.#table.add();
      this.#state.move(id);
    }
    this.#table.hold(id);
    this.#born[id] = momentOf(event);
    this.#judgedBy[id] = 0;
    this.#grownAt[id] = (flags & did.grow) === 0 ? event.at : event.notBefore;
    this.#renameAll(id, handler.changes);
    this.#lives(id);
    this.#settle(id, flags);
    return id;
  }

  /** False if the event does not concern the subject. */
  #apply(handler: PackedHandler, id: number, event: Happening): boolean {
    const { changes } = handler;
    const before = changes.length === 0 ? NONE : this.#state.nameOf(id, changes[0] as number);
    if (changes.length > 1) this.#unnameAll(id, changes);
    const flags = this.#run(handler, id, event);
    if (flags < 0) return false;
    if (changes.length === 1) {
      const at = changes[0] as number;
      this.#byName.change(id, at, before, this.#state.nameOf(id, at));
    }
    if (changes.length > 1) this.#renameAll(id, changes);
    if ((flags & did.grow) !== 0) {
      this.#grownAt[id] = event.notBefore;
      if ((flags & did.begin) !== 0) {
        this.#born[id] = momentOf(event);
        this.#judgedBy[id] = 0;
      }
    }
    this.#settle(id, flags);
    return true;
  }

  #run(handler: PackedHandler, id: number, event: Happening): number {
    if (handler.readsElsewhere) this.#findElsewhere(id);
    return this.#call(handler.run, id, event);
  }

  #call(run: PackedRun, id: number, event: Happening): number {
    this.#now.id = id;
    this.#now.event = event;
    return run(id, this.#state, this.#table.coordinates, event, this.#elsewhere, this.#reports);
  }

  #findElsewhere(id: number): void {
    if (this.#standing[id] !== standing.live) {
      this.#elsewhere.fill(0);
      return;
    }
    const mm = this.#table.coordinates[id * this.#table.arity + this.#packed.mmAt] as number;
    this.#shared.loads.elsewhere(mm, this.#loadsBefore[id] as number, this.#elsewhere);
  }

  #lives(id: number): void {
    this.#standing[id] = standing.live;
    this.#since[id] = ++this.#changes;
    this.#loadsBefore[id] = this.#shared.loads.now;
    this.#index(id);
  }

  /** Notes how the subject stands after an event. */
  #settle(id: number, flags: number): void {
    const isLive = (flags & did.live) !== 0;
    const was = this.#standing[id];
    if (isLive && was === standing.settled) {
      this.#settled.remove(ALL, id);
      this.#settledCount--;
      this.#lives(id);
    } else if (!isLive && was === standing.live) {
      this.#standing[id] = standing.settled;
      this.#since[id] = ++this.#changes;
      this.#settled.add(ALL, id);
      this.#settledCount++;
      this.#index(id);
    }
    const owes = (flags & did.owe) === 0 ? 0 : 1;
    if (owes !== this.#isOwing[id]) this.#owes(id, owes);
    if ((flags & did.watch) !== 0) this.#watched.add(id);
    else if (this.#watched.size > 0) this.#watched.delete(id);
    if (this.#settledCount > MOST_SETTLED) this.#forgets(this.#settled.first(ALL));
  }

  #owes(id: number, owes: number): void {
    this.#isOwing[id] = owes;
    const { mmAt } = this.#packed;
    const mm = mmAt < 0 ? 0 : (this.#table.coordinates[id * this.#table.arity + mmAt] as number);
    if (owes === 1) {
      this.#owing.add(ALL, id);
      this.#owingByMm.add(mm, id);
    } else {
      this.#owing.remove(ALL, id);
      this.#owingByMm.remove(mm, id);
    }
  }

  #forgets(id: number): void {
    if (this.#standing[id] === standing.settled) {
      this.#settled.remove(ALL, id);
      this.#settledCount--;
    }
    if (this.#isOwing[id] === 1) this.#owes(id, 0);
    this.#watched.delete(id);
    this.#unnameAll(id, this.#packed.nameKinds.keys());
    this.#state.clear(id);
    this.#standing[id] = standing.unknown;
    this.#index(id);
    this.#born[id] = undefined;
    this.#table.release(id);
  }

  #count({ counts, kindBit }: PackedHandler, id: number): void {
    if (!counts || this.#standing[id] === standing.unknown) return;
    const judged = this.#judgedBy[id] as number;
    if ((judged & kindBit) !== 0) return;
    this.#judgedBy[id] = judged | kindBit;
    this.exercised++;
    this.#on.note(this.#table.coordinates, id * this.#table.arity);
    if (this.#standing[id] === standing.settled) this.#index(id);
  }

  // --- which subjects -----------------------------------------------------------------------------

  /** Into `#found`, those alive first, each half in the order in which they came to stand as they do. */
  #find(handler: PackedHandler, access: Access, event: Happening): number {
    this.#foundCount = 0;
    if (access.by === 'name') {
      this.#askSlot(handler, event);
      const name = access.field === 'slot' ? event.slot : coordinateOf(event, access.field);
      this.#foundCount = this.#byName.find(access.name, name, this.#found);
      return this.#foundCount;
    }
    if (access.by === 'owing') {
      const until = access.inRange ? event.va + event.pages * PAGE : Number.POSITIVE_INFINITY;
      this.#findOwing(access.ofMm, event, access.inRange ? event.va : 0, until);
      return this.#foundCount;
    }
    if (access.by === 'some') this.#findSome(handler, access.index, event);
    if (this.#foundCount > 1) this.#sortFound();
    return this.#foundCount;
  }

  /** Few, and mostly in order: each goes to its place among those before it. */
  #sortFound(): void {
    const found = this.#found;
    if (this.#foundCount > MOST_INSERTED) {
      const sorted = found
        .slice(0, this.#foundCount)
        .sort((a, b) => this.#order(a) - this.#order(b));
      for (let i = 0; i < sorted.length; i++) found[i] = sorted[i] as number;
      return;
    }
    for (let i = 1; i < this.#foundCount; i++) {
      const id = found[i] as number;
      const order = this.#order(id);
      let at = i;
      for (; at > 0 && this.#order(found[at - 1] as number) > order; at--) {
        found[at] = found[at - 1] as number;
      }
      found[at] = id;
    }
  }

  #findSome({ given }: PackedHandler, which: number, event: Happening): void {
    const index = this.#indexes[which] as CoordinateIndex;
    const a = coordinateOf(event, given[0]);
    const b = coordinateOf(event, given[1]);
    const pages = event.form < form.flush ? 1 : event.pages;
    if (pages === 1) {
      this.#findAt(index, a, b);
    } else if (pages > MOST_PAGES) {
      this.#findOwing(given.includes('mm'), event, event.va, event.va + pages * PAGE);
    } else {
      const isSecond = given[1] === 'va';
      for (let at = 0; at < pages * PAGE; at += PAGE) {
        this.#findAt(index, isSecond ? a : a + at, isSecond ? b + at : b);
      }
    }
  }

  /** Indexes have one or two coordinates. */
  #findAt(index: CoordinateIndex, a: number, b: number): void {
    for (let id = index.first(a, b, 0); id !== NOBODY; id = index.after(id, a, b, 0)) {
      this.#found[this.#foundCount++] = id;
    }
  }

  /** Puts a subject into the indexes of those to which events matter as it stands, and out of others. */
  #index(id: number): void {
    const stands = this.#standing[id];
    const was = this.#indexed[id] as number;
    let now = 0;
    for (let i = 0; i < this.#indexes.length; i++) {
      const settled = this.#packed.indexes[i]?.settled ?? 'none';
      const isIn =
        stands === standing.live ||
        (stands === standing.settled &&
          (settled === 'all' ||
            (settled !== 'none' && ((this.#judgedBy[id] as number) & settled) === 0)));
      if (isIn) now |= 1 << i;
      if (isIn && (was & (1 << i)) === 0) this.#indexes[i]?.add(id);
      if (!isIn && (was & (1 << i)) !== 0) this.#indexes[i]?.remove(id);
    }
    this.#indexed[id] = now;
  }

  #findOwing(ofMm: boolean, event: Happening, from: number, until: number): void {
    const list = ofMm ? this.#owingByMm : this.#owing;
    const vaAt = this.rule.keptFor.indexOf('va');
    const { coordinates, arity } = this.#table;
    for (let id = list.first(ofMm ? event.mm : ALL); id !== NOBODY; id = list.after(id)) {
      const va = vaAt < 0 ? 0 : (coordinates[id * arity + vaAt] as number);
      if (va >= from && va < until) this.#found[this.#foundCount++] = id;
    }
  }

  #order(id: number): number {
    const since = this.#since[id] as number;
    return this.#standing[id] === standing.live ? since - Number.MAX_SAFE_INTEGER : since;
  }

  // --- names that subjects remember --------------------------------------------------------------

  #askSlot({ slot }: PackedHandler, event: Happening): void {
    if (slot === 'unused' || (event.slot !== UNASKED && event.slot !== UNKNOWN_SLOT)) return;
    const { slots } = this.#shared;
    event.slot = slot === 'kept' ? slots.of(event.place) : slots.find(event.place);
  }

  /** The number of a slot that nobody came to remember is given up. */
  #dropSlot({ slot }: PackedHandler, event: Happening): void {
    if (slot !== 'kept' || event.slot < 0) return;
    this.#shared.slots.dropUnused(event.slot);
    event.slot = UNASKED;
  }

  #renameAll(id: number, changes: Iterable<number>): void {
    for (const at of changes) this.#byName.change(id, at, NONE, this.#state.nameOf(id, at));
  }

  #unnameAll(id: number, changes: Iterable<number>): void {
    for (const at of changes) this.#byName.change(id, at, this.#state.nameOf(id, at), NONE);
  }

  // --- room --------------------------------------------------------------------------------------

  #grow(room: number): void {
    this.#state.grow(room);
    this.#byName.grow(room);
    this.#standing = grown(this.#standing, new Uint8Array(room));
    this.#isOwing = grown(this.#isOwing, new Uint8Array(room));
    this.#since = grown(this.#since, new Float64Array(room));
    this.#loadsBefore = grown(this.#loadsBefore, new Float64Array(room));
    this.#grownAt = grown(this.#grownAt, new Float64Array(room));
    this.#judgedBy = grown(this.#judgedBy, new Int32Array(room));
    this.#indexed = grown(this.#indexed, new Int32Array(room));
    for (const index of this.#indexes) index.grow(room);
    for (const list of [this.#settled, this.#owing, this.#owingByMm]) list.grow(room);
  }
}

function coordinateOf(event: Happening, name: Coordinate | undefined): number {
  switch (name) {
    case 'mm':
      return event.mm;
    case 'va':
      return event.va;
    case 'frame':
      return event.frame;
    default:
      return 0;
  }
}
