// Runs one rule over concrete events: the same rule file that the explorer runs, with its state in
// maps. It knows nothing of kernels and probes. A report of the rule is handed on as it is; whether
// it convinces is for the judge to say.

import type { ConcreteEvent, IdValue } from '../../events/concrete.ts';
import type { EventKind } from '../../events/vocabulary.ts';
import type { AnyRule } from '../../rules/rule.ts';
import { type ExercisedOn, NamedExercisedOn } from './exercised-on.ts';
import { type Handler, PreparedRule } from './prepared-rule.ts';
import { type Moment, type Subject, SubjectStore } from './subject-store.ts';
import { type IdSet, minus, noIds, type Value } from './values.ts';

/** The rule fired: on which subject, and what it names. */
export interface RuleReport {
  readonly rule: AnyRule;
  readonly subject: Readonly<Record<string, IdValue>>;
  readonly parties: Readonly<Record<string, Value>>;
  /** What made the subject owe something: for our rules, who emptied the page-table entry. */
  readonly born: Moment;
  readonly now: Moment;
}

/** What is known of an event beyond its fields. */
export interface Telling {
  /** Name of what happened, for the story; the event's name if left out. */
  readonly what?: string;
  /** Earliest time at which the change may have been made; the event's time if left out. */
  readonly notBefore?: number;
  /** See Moment. */
  readonly stack?: readonly string[];
  /** A flush: it covers only what was changed by then. */
  readonly covers?: number;
}

export interface RunnerOptions {
  /**
   * The events tell everything from the start on, as those of a model do: what was said of CPUs or
   * slots at large also counts for a subject that is heard of later. On a kernel's recording it does
   * not, since whatever happened before it is unknown.
   */
  readonly exact?: boolean;
}

/**
 * Events that on a recording only those hear of whom anything is remembered that is not settled; whoever
 * owes nothing need not, and an address or a frame may have thousands of subjects that do not.
 * `vma.change` is told again where an entry is emptied because of it (profiles/unmap-calls.ts).
 * `slot.remove` is of a frame that nothing maps any more (filemap_unaccount_folio() of mm/filemap.c has it as
 * a bug otherwise): what owes nothing by then will owe nothing for having been in that slot.
 */
export const notForSettled: ReadonlySet<EventKind> = new Set(['vma.change', 'slot.remove']);

/** Where a range has more pages than this, subjects are looked through instead of pages. */
const MOST_PAGES = 64;
const PAGE = 4096;

export class RuleRunner {
  readonly rule: AnyRule;
  /**
   * How often an event that can find the rule violated reached a subject with a history: once for
   * each kind of such an event and each time the subject came to owe something. A frame handed out after its old
   * translations were flushed counts; a frame of which nothing was ever seen does not.
   */
  exercised = 0;
  readonly #on: NamedExercisedOn;
  readonly #prepared: PreparedRule;
  #subjects: SubjectStore;
  readonly #onReport: (report: RuleReport) => void;
  readonly #exact: boolean;
  readonly #ambient: ReadonlySet<number>;
  /** What was said at large, each thing once, in the order in which it was said last. */
  readonly #atLarge = new Map<string, { handler: Handler; values: readonly Value[] }>();

  constructor(
    rule: AnyRule,
    onReport: (report: RuleReport) => void,
    { exact = false }: RunnerOptions = {},
  ) {
    this.rule = rule;
    this.#on = new NamedExercisedOn(rule);
    this.#prepared = new PreparedRule(rule);
    this.#onReport = onReport;
    this.#exact = exact;
    this.#ambient = exact ? new Set() : this.#prepared.ambient;
    this.#subjects = this.#noSubjects();
  }

  /** On what it was exercised. */
  on(): ExercisedOn {
    return this.#on.result();
  }

  /** Subjects that cost memory for their state. */
  get live(): number {
    return this.#subjects.live;
  }

  judging(): EventKind[] {
    return this.#prepared.judging();
  }

  /** Knows nothing of any subject any more. */
  forget(): void {
    this.#subjects = this.#noSubjects();
  }

  #noSubjects(): SubjectStore {
    return new SubjectStore(this.#prepared.zero, this.#ambient);
  }

  tell(event: ConcreteEvent, telling: Telling = {}): void {
    const handler = this.#prepared.handler(event);
    if (handler === undefined) return;
    const values = handler.values(event);
    const what = telling.what ?? event.event;
    const { stack } = telling;
    const moment: Moment = {
      at: event.at,
      cpu: event.cpu,
      by: event.by,
      what,
      ...(stack && { stack }),
    };
    const { concerns } = handler;
    for (const subject of this.#reached(handler, values, event, moment)) {
      if (telling.covers !== undefined && subject.grownAt > telling.covers) continue;
      if (concerns !== undefined && concerns(subject.state, subject.coordinates, values) === 0) {
        continue;
      }
      this.#apply(handler, subject, values, moment, telling.notBefore ?? event.at);
      this.#count(handler, subject, event.event);
      // What it was told by name counts after what was said at large until then, and not again before it.
      if (this.#atLarge.size > 0) this.#subjects.remember(subject);
    }
    if (this.#exact) this.#remember(event.event, handler, values);
  }

  #remember(kind: EventKind, handler: Handler, values: readonly Value[]): void {
    if (handler.given.length === this.rule.keptFor.length) return;
    if (handler.inert && this.#atLarge.size === 0) return;
    const key = JSON.stringify([kind, values.map((one) => (one instanceof Set ? [...one] : one))]);
    this.#atLarge.delete(key);
    this.#atLarge.set(key, { handler, values });
  }

  /** A subject heard of for the first time, with what was said at large before. */
  #newSubject(ids: readonly IdValue[], moment: Moment): Subject {
    const subject = this.#subjects.fresh(ids, moment);
    for (const { handler, values } of this.#atLarge.values()) {
      const concerned = handler.given.every(
        ({ coordinate, field }) => ids[coordinate] === values[field],
      );
      const { concerns } = handler;
      if (!concerned || concerns?.(subject.state, ids, values) === 0) continue;
      handler.run(subject.state, ids, values, () => {});
    }
    return subject;
  }

  #apply(
    handler: Handler,
    subject: Subject,
    values: readonly Value[],
    moment: Moment,
    notBefore: number,
  ): void {
    const { born } = subject;
    const before = [...subject.state];
    handler.run(subject.state, subject.coordinates, values, (_, parties) =>
      this.#report(subject, parties, born, moment),
    );
    // Where a CPU happens to be owes nothing: a debt begins and grows without that.
    const owes = (i: number): boolean => !this.#ambient.has(i);
    if (subject.state.some((value, i) => owes(i) && hasGrown(before[i], value))) {
      subject.grownAt = notBefore;
      if (before.every((value, i) => !owes(i) || isNoSet(value))) {
        subject.born = moment;
        subject.judgedBy.clear();
      }
    }
    this.#subjects.keep(subject, before);
  }

  #count(handler: Handler, subject: Subject, kind: EventKind): void {
    // What is told to every subject, as a CPU's switch is, puts none of them to the test by itself.
    const told = handler.given.length === 0 && handler.concerns === undefined;
    if (!handler.judges || told) return;
    if (!this.#subjects.has(subject) || subject.judgedBy.has(kind)) return;
    subject.judgedBy.add(kind);
    this.exercised++;
    this.#on.note(subject.coordinates);
  }

  #reached(
    handler: Handler,
    values: readonly Value[],
    event: ConcreteEvent,
    moment: Moment,
  ): Subject[] {
    const { given, guard, takesFrom } = handler;
    const ids = given.map(({ field }) => values[field] as IdValue);
    const { keptFor } = this.rule;
    if (given.length === keptFor.length) {
      const known = this.#subjects.get(ids);
      if (known !== undefined) return [known];
      return handler.inert && this.#atLarge.size === 0 ? [] : [this.#newSubject(ids, moment)];
    }
    if (guard !== undefined && given.length === 0) {
      return [...this.#subjects.findByValue(guard.variable, values[guard.field] as Value)];
    }
    const positions = given.map(({ coordinate }) => coordinate);
    if (takesFrom !== undefined && !positions.includes(keptFor.indexOf('va'))) {
      const members = values[takesFrom.field] as IdSet;
      return [...this.#subjects.findByMember(takesFrom.variable, positions, ids, members)];
    }
    // What is said at large matters to what owes something.
    const reaches = this.#exact || !notForSettled.has(event.event);
    const too = (this.#exact || given.length > 0) && (handler.judges || !handler.inert) && reaches;
    const found: Subject[] = [];
    const look = (at: readonly number[], by: readonly IdValue[]): void => {
      for (const subject of this.#subjects.findLive(at, by)) found.push(subject);
      if (!too) return;
      for (const subject of this.#subjects.findSettled(at, by)) found.push(subject);
    };
    const range = rangeOf(event);
    const place = keptFor.indexOf('va');
    const which = positions.indexOf(place);
    if (range === undefined || which < 0) {
      look(positions, ids);
    } else if (range.pages <= MOST_PAGES) {
      for (let i = 0; i < range.pages; i++) {
        look(positions, ids.with(which, range.from + i * PAGE));
      }
    } else {
      look(positions.toSpliced(which, 1), ids.toSpliced(which, 1));
      return found.filter(({ coordinates }) => isWithin(coordinates[place], range));
    }
    return found;
  }

  #report(
    subject: Subject,
    parties: Readonly<Record<string, Value>>,
    born: Moment,
    now: Moment,
  ): void {
    const named = Object.fromEntries(
      this.rule.keptFor.map((name, i) => [name, subject.coordinates[i] as IdValue]),
    );
    this.#onReport({ rule: this.rule, subject: named, parties, born, now });
  }
}

interface Range {
  readonly from: number;
  readonly pages: number;
}

/** A flush names one page, or `pages` pages from `va` on. */
function rangeOf(event: ConcreteEvent): Range | undefined {
  if (event.event !== 'tlb.flush' || typeof event.va !== 'number') return undefined;
  return { from: event.va, pages: event.pages ?? 1 };
}

function isWithin(va: IdValue | undefined, { from, pages }: Range): boolean {
  return typeof va === 'number' && va >= from && va < from + pages * PAGE;
}

function isNoSet(value: Value): boolean {
  return !(value instanceof Set) || value.size === 0;
}

function hasGrown(before: Value | undefined, after: Value): boolean {
  if (before === after || !(after instanceof Set)) return false;
  return minus(after as IdSet, (before ?? noIds) as IdSet).size > 0;
}
