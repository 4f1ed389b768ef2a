// The subjects that one packed rule has a history with: which of them live, are settled or owe, and in
// which indexes they are found.

import type { Happening } from './happening.ts';
import { LinkedIds } from './linked-ids.ts';
import { did, NONE } from './packed-code.ts';
import type { PackedRule } from './packed-rule.ts';
import { RememberedNames } from './remembered-names.ts';
import { SettledQueue } from './settled-queue.ts';
import type { SlotNames } from './slot-names.ts';
import { column, doubleColumn, NOBODY, SubjectRows } from './subject-rows.ts';
import { MOST_SETTLED, type Moment } from './subject-store.ts';
import type { SharedIndex, SubjectTable } from './subject-table.ts';

/** Of a subject, for one rule. */
export const standing = { unknown: 0, live: 1, settled: 2 } as const;
/** Beyond so many, sorting is left to the platform. */
const MOST_INSERTED = 16;

/** An index, and the bit in it of this rule. */
interface Shared {
  readonly index: SharedIndex;
  readonly bit: number;
}

export class PackedSubjects {
  readonly table: SubjectTable;
  readonly rows: SubjectRows;
  /** Subjects that a switch can find violated. */
  readonly watched = new Set<number>();
  readonly born: (Moment | undefined)[] = [];
  /** Subjects by a name that they remember, for each variable of that kind. */
  readonly byName: RememberedNames;
  /** What was found last: the first so many. */
  readonly found: number[] = [];
  #foundCount = 0;
  readonly #packed: PackedRule;
  readonly #indexes: readonly Shared[];
  #changes = 0;
  readonly #settled: SettledQueue;
  #settledCount = 0;
  readonly #owingByMm: LinkedIds;

  constructor(packed: PackedRule, table: SubjectTable, slots: SlotNames) {
    this.#packed = packed;
    this.table = table;
    const rows = new SubjectRows(packed.packing, table.rows);
    this.rows = rows;
    this.#settled = new SettledQueue(
      (id, since) =>
        this.standing(id) === standing.settled && rows.getDouble(id, doubleColumn.since) === since,
    );
    this.#owingByMm = new LinkedIds(rows, rows.ints0 + column.owingByMm);
    this.byName = new RememberedNames(packed.nameKinds, slots, rows);
    this.#indexes = packed.indexes.map(({ positions }) => table.share(positions));
  }

  standing(id: number): number {
    return this.rows.get(id, column.standing);
  }

  // --- how they stand ---------------------------------------------------------------------------------

  /** It has just come to be known: what else there is to note of it is noted already. */
  lives(id: number, loadsNow: number): void {
    this.rows.set(id, column.standing, standing.live);
    this.rows.setDouble(id, doubleColumn.since, ++this.#changes);
    this.rows.setDouble(id, doubleColumn.loadsBefore, loadsNow);
    this.#index(id);
  }

  /** Notes how the subject stands after an event that did this. `loadsNow`: switches so far. */
  settle(id: number, flags: number, loadsNow: number): void {
    const isLive = (flags & did.live) !== 0;
    const was = this.standing(id);
    if (isLive && was === standing.settled) {
      this.#settledCount--;
      this.lives(id, loadsNow);
    } else if (!isLive && was === standing.live) {
      this.rows.set(id, column.standing, standing.settled);
      this.rows.setDouble(id, doubleColumn.since, ++this.#changes);
      this.#settled.add(id, this.#changes);
      this.#settledCount++;
      this.#index(id);
    }
    const owes = (flags & did.owe) === 0 ? 0 : 1;
    if (owes !== this.rows.get(id, column.isOwing)) this.#owes(id, owes);
    if ((flags & did.watch) !== 0) this.watched.add(id);
    else if (this.watched.size > 0) this.watched.delete(id);
    if (this.#settledCount > MOST_SETTLED) this.forgets(this.#settled.oldest());
  }

  forgets(id: number): void {
    const { rows, table } = this;
    if (this.standing(id) === standing.settled) this.#settledCount--;
    if (rows.get(id, column.isOwing) === 1) this.#owes(id, 0);
    this.watched.delete(id);
    this.unnameAll(id, this.#packed.nameKinds.keys());
    rows.clear(id);
    rows.set(id, column.standing, standing.unknown);
    this.#index(id);
    this.born[id] = undefined;
    table.release(id);
  }

  /** Those of which anything is known. */
  forgetAll(): void {
    for (let id = 1; id < this.table.room; id++) {
      if (this.standing(id) !== standing.unknown) this.forgets(id);
    }
  }

  /** An event of the kind puts it to the test: false if one has since it was born. */
  judges(id: number, kindBit: number): boolean {
    const stands = this.standing(id);
    if (stands === standing.unknown) return false;
    const judged = this.rows.get(id, column.judgedBy);
    if ((judged & kindBit) !== 0) return false;
    this.rows.set(id, column.judgedBy, judged | kindBit);
    if (stands === standing.settled) this.#index(id);
    return true;
  }

  #owes(id: number, owes: number): void {
    this.rows.set(id, column.isOwing, owes);
    const { mmAt } = this.#packed;
    const { coordinates, arity } = this.table;
    const mm = mmAt < 0 ? 0 : (coordinates[id * arity + mmAt] as number);
    if (owes === 1) {
      this.rows.setDouble(id, doubleColumn.owingSince, ++this.#changes);
      this.#owingByMm.add(mm, id);
    } else this.#owingByMm.remove(mm, id);
  }

  /** Puts a subject into the indexes of those to which events matter as it stands, and out of others. */
  #index(id: number): void {
    const { rows } = this;
    const { indexes } = this.#packed;
    const stands = this.standing(id);
    const judged = rows.get(id, column.judgedBy);
    const was = rows.get(id, column.indexed);
    let now = 0;
    for (let i = 0; i < indexes.length; i++) {
      if (stands === standing.unknown) continue;
      const settled = indexes[i]?.settled ?? 'none';
      const isIn =
        stands === standing.live ||
        settled === 'all' ||
        (settled !== 'none' && (judged & settled) === 0);
      if (isIn) now |= 1 << i;
    }
    if (now === was) return;
    rows.set(id, column.indexed, now);
    for (let i = 0; i < indexes.length; i++) {
      const bit = 1 << i;
      if ((now & bit) === (was & bit)) continue;
      const shared = this.#indexes[i] as Shared;
      if ((now & bit) !== 0) shared.index.add(id, shared.bit);
      else shared.index.remove(id, shared.bit);
    }
  }

  // --- names that they remember -------------------------------------------------------------------------

  renameAll(id: number, changes: Iterable<number>): void {
    for (const at of changes) this.byName.change(id, at, NONE, this.rows.nameOf(id, at));
  }

  unnameAll(id: number, changes: Iterable<number>): void {
    for (const at of changes) this.byName.change(id, at, this.rows.nameOf(id, at), NONE);
  }

  // --- finding them: into `found`, those alive first, each half as they came to stand as they do --------

  findNone(): void {
    this.#foundCount = 0;
  }

  /** Of an index, by its one or two coordinates. */
  findAt(which: number, a: number, b: number): void {
    const { index, bit } = this.#indexes[which] as Shared;
    for (let id = index.first(bit, a, b); id !== NOBODY; id = index.after(id, bit, a, b)) {
      this.found[this.#foundCount++] = id;
    }
  }

  /** Those that owe something at an address from `from` on, of one mm or of all: as they came to owe. */
  findOwing(ofMm: boolean, event: Happening, from: number, until: number): number {
    if (ofMm) {
      this.#findOwingOf(event.mm, from, until);
      return this.#foundCount;
    }
    for (let mm = 0; mm < this.#owingByMm.room; mm++) this.#findOwingOf(mm, from, until);
    const since = (id: number): number => this.rows.getDouble(id, doubleColumn.owingSince);
    const sorted = this.found.slice(0, this.#foundCount).sort((a, b) => since(a) - since(b));
    for (let i = 0; i < sorted.length; i++) this.found[i] = sorted[i] as number;
    return this.#foundCount;
  }

  #findOwingOf(mm: number, from: number, until: number): void {
    const list = this.#owingByMm;
    const vaAt = this.#packed.rule.keptFor.indexOf('va');
    const { coordinates, arity } = this.table;
    for (let id = list.first(mm); id !== NOBODY; id = list.after(id)) {
      const va = vaAt < 0 ? 0 : (coordinates[id * arity + vaAt] as number);
      if (va >= from && va < until) this.found[this.#foundCount++] = id;
    }
  }

  /** How many were found; they are in order then. */
  sortFound(): number {
    if (this.#foundCount > 1) this.#sort();
    return this.#foundCount;
  }

  /** Few, and mostly in order: each goes to its place among those before it. */
  #sort(): void {
    const { found } = this;
    if (this.#foundCount > MOST_INSERTED) {
      const sorted = found.slice(0, this.#foundCount).sort((a, b) => this.order(a) - this.order(b));
      for (let i = 0; i < sorted.length; i++) found[i] = sorted[i] as number;
      return;
    }
    for (let i = 1; i < this.#foundCount; i++) {
      const id = found[i] as number;
      const order = this.order(id);
      let at = i;
      for (; at > 0 && this.order(found[at - 1] as number) > order; at--) {
        found[at] = found[at - 1] as number;
      }
      found[at] = id;
    }
  }

  order(id: number): number {
    const since = this.rows.getDouble(id, doubleColumn.since);
    return this.standing(id) === standing.live ? since - Number.MAX_SAFE_INTEGER : since;
  }
}
