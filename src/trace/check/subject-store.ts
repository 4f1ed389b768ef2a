// The subjects of one rule that have a history: those with live state, and the last of those whose
// state went back to zero (so that a rule can say how often it looked and found nothing wrong). Both are found by any set of coordinates that the
// rule's handlers give, so that an event touches only the subjects it concerns.

import type { IdValue } from '../../events/concrete.ts';
import { type IdSet, isZero, noIds, type Value } from './values.ts';

/** When, where and by whom; a moment in the life of a subject. */
export interface Moment {
  readonly at: number;
  readonly cpu: number;
  readonly by: string | undefined;
  /** The kernel function or event, e.g. `try_to_unmap_one`. */
  readonly what: string;
  /** Where it was called from, innermost first; filled in when the recording comes to it. */
  readonly stack?: readonly string[];
}

export interface Subject {
  readonly key: string;
  readonly coordinates: readonly IdValue[];
  readonly state: Value[];
  live: boolean;
  /** What it is about: the event that put the first member into an empty set of its state. */
  born: Moment;
  /** Latest time at which a set of its state grew: a flush that began before does not cover it. */
  grownAt: number;
  /** Kinds of judging events that have reached it since. */
  readonly judgedBy: Set<string>;
}

/** How many settled subjects a rule remembers; beyond that only the count of judgements suffers. */
export const MOST_SETTLED = 1 << 15;

class Index {
  readonly positions: readonly number[];
  readonly #found = new Map<string, Set<Subject>>();

  constructor(positions: readonly number[]) {
    this.positions = positions;
  }
  get(values: readonly IdValue[]): ReadonlySet<Subject> | undefined {
    return this.#found.get(values.join('|'));
  }
  add(subject: Subject): void {
    const key = this.#keyOf(subject);
    const here = this.#found.get(key);
    if (here === undefined) this.#found.set(key, new Set([subject]));
    else here.add(subject);
  }
  remove(subject: Subject): void {
    const key = this.#keyOf(subject);
    const here = this.#found.get(key);
    here?.delete(subject);
    if (here?.size === 0) this.#found.delete(key);
  }
  #keyOf(subject: Subject): string {
    return this.positions.map((position) => subject.coordinates[position]).join('|');
  }
}

/** Indexes over one half of the subjects, made when first asked for. */
class Shelf {
  readonly all = new Set<Subject>();
  readonly #indexes = new Map<string, Index>();

  add(subject: Subject): void {
    this.all.add(subject);
    for (const index of this.#indexes.values()) index.add(subject);
  }
  remove(subject: Subject): void {
    this.all.delete(subject);
    for (const index of this.#indexes.values()) index.remove(subject);
  }
  find(positions: readonly number[], values: readonly IdValue[]): ReadonlySet<Subject> | undefined {
    if (positions.length === 0) return this.all;
    const name = positions.join();
    let index = this.#indexes.get(name);
    if (index === undefined) {
      index = new Index(positions);
      for (const subject of this.all) index.add(subject);
      this.#indexes.set(name, index);
    }
    return index.get(values);
  }
}

/** Live subjects by some of their coordinates and a member of one of their sets. */
class MemberIndex {
  readonly variable: number;
  readonly #positions: readonly number[];
  readonly #found = new Map<string, Set<Subject>>();

  constructor(variable: number, positions: readonly number[]) {
    this.variable = variable;
    this.#positions = positions;
  }
  get(values: readonly IdValue[], member: IdValue): Iterable<Subject> {
    return this.#found.get([...values, member].join('|')) ?? [];
  }
  update(subject: Subject, before: Value, after: Value): void {
    const [old, now] = [asSet(before), asSet(after)];
    for (const member of old) {
      if (now.has(member)) continue;
      const key = this.#keyOf(subject, member);
      const here = this.#found.get(key);
      here?.delete(subject);
      if (here?.size === 0) this.#found.delete(key);
    }
    for (const member of now) {
      if (old.has(member)) continue;
      const key = this.#keyOf(subject, member);
      const here = this.#found.get(key);
      if (here === undefined) this.#found.set(key, new Set([subject]));
      else here.add(subject);
    }
  }
  #keyOf(subject: Subject, member: IdValue): string {
    return [...this.#positions.map((position) => subject.coordinates[position]), member].join('|');
  }
}

export class SubjectStore {
  readonly #subjects = new Map<string, Subject>();
  readonly #live = new Shelf();
  readonly #settled = new Shelf();
  readonly #zero: readonly Value[];
  readonly #ambient: ReadonlySet<number>;
  /** By state variable and value; only for variables that a handler compares first. */
  readonly #byValue = new Map<number, Map<Value, Set<Subject>>>();
  readonly #byMember = new Map<string, MemberIndex>();

  /** `ambient`: variables that do not make a subject live; see PreparedRule. */
  constructor(zero: readonly Value[], ambient: ReadonlySet<number> = new Set()) {
    this.#zero = zero;
    this.#ambient = ambient;
  }

  get live(): number {
    return this.#live.all.size;
  }

  get(coordinates: readonly IdValue[]): Subject | undefined {
    return this.#subjects.get(coordinates.join('|'));
  }

  /** Whether it has a history: it came to life once and has not been forgotten. */
  has(subject: Subject): boolean {
    return this.#subjects.get(subject.key) === subject;
  }

  /** A subject never heard of; it is not kept unless `keep` finds that it came to life. */
  fresh(coordinates: readonly IdValue[], born: Moment): Subject {
    return {
      key: coordinates.join('|'),
      coordinates,
      state: [...this.#zero],
      live: false,
      born,
      grownAt: born.at,
      judgedBy: new Set(),
    };
  }

  findLive(positions: readonly number[], values: readonly IdValue[]): Iterable<Subject> {
    return this.#live.find(positions, values) ?? [];
  }

  findSettled(positions: readonly number[], values: readonly IdValue[]): Iterable<Subject> {
    return this.#settled.find(positions, values) ?? [];
  }

  /** Live subjects whose state variable has this value. */
  findByValue(variable: number, value: Value): Iterable<Subject> {
    let index = this.#byValue.get(variable);
    if (index === undefined) {
      index = new Map();
      this.#byValue.set(variable, index);
      for (const subject of this.#live.all) this.#note(variable, index, subject);
    }
    return index.get(value) ?? [];
  }

  /** Live subjects with these coordinates whose set has one of the members. */
  findByMember(
    variable: number,
    positions: readonly number[],
    values: readonly IdValue[],
    members: Iterable<IdValue>,
  ): Set<Subject> {
    const name = [variable, ...positions].join();
    let index = this.#byMember.get(name);
    if (index === undefined) {
      index = new MemberIndex(variable, positions);
      this.#byMember.set(name, index);
      for (const subject of this.#live.all) {
        index.update(subject, noIds, subject.state[variable] as Value);
      }
    }
    const found = new Set<Subject>();
    for (const member of members) {
      for (const subject of index.get(values, member)) found.add(subject);
    }
    return found;
  }

  /** Keeps a subject that was met and owes nothing, as one that owes nothing any more. */
  remember(subject: Subject): void {
    if (this.has(subject)) return;
    this.#subjects.set(subject.key, subject);
    this.#settled.add(subject);
    this.#forgetOldest();
  }

  /** Takes note of what a handler did to a subject; `until` is its state until then. */
  keep(subject: Subject, until: readonly Value[]): void {
    // What was not live was all zero, whatever a new one was given to begin with.
    const before = subject.live ? until : this.#zero;
    const isLive = subject.state.some(
      (value, i) => !this.#ambient.has(i) && !isZero(value, this.#zero[i] as Value),
    );
    if (!isLive) for (const i of this.#ambient) subject.state[i] = this.#zero[i] as Value;
    if (isLive && !subject.live) {
      this.#subjects.set(subject.key, subject);
      this.#settled.remove(subject);
      this.#live.add(subject);
      subject.live = true;
    } else if (!isLive && subject.live) {
      this.#live.remove(subject);
      this.#settled.add(subject);
      subject.live = false;
      this.#forgetOldest();
    }
    for (const [variable, index] of this.#byValue) {
      const [old, now] = [before[variable], subject.state[variable]];
      if (old === now) continue;
      index.get(old as Value)?.delete(subject);
      if (index.get(old as Value)?.size === 0) index.delete(old as Value);
      this.#note(variable, index, subject);
    }
    for (const index of this.#byMember.values()) {
      const [old, now] = [before[index.variable], subject.state[index.variable]];
      if (old !== now) index.update(subject, old as Value, now as Value);
    }
  }

  #note(variable: number, index: Map<Value, Set<Subject>>, subject: Subject): void {
    const value = subject.state[variable];
    if (value === undefined || isZero(value, this.#zero[variable] as Value)) return;
    const here = index.get(value);
    if (here === undefined) index.set(value, new Set([subject]));
    else here.add(subject);
  }

  #forgetOldest(): void {
    if (this.#settled.all.size <= MOST_SETTLED) return;
    for (const oldest of this.#settled.all) {
      this.#settled.remove(oldest);
      this.#subjects.delete(oldest.key);
      return;
    }
  }
}

function asSet(value: Value): IdSet {
  return value instanceof Set ? value : noIds;
}
