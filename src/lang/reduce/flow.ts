// What is known at each place of each thread, whatever the others and the hardware do: the least
// solution of "what a step leaves behind holds at the next place" and "what another thread can
// write while this one stands there may have been written". Locks need no declaration for that: a
// thread that stands in a critical section is known to be the lock's holder, because whoever else
// could write the lock word waits for it to be free first.
//
// Every place is entered once for each combination of the values of the locals that say which
// entry of a table is meant, so that a lock of a picked frame is known, too.

import type { Control, ControlNode } from '../control.ts';
import type { Bound, Cell, Local, Stmt } from '../nodes.ts';
import { sizeOf } from '../sorts.ts';
import { choosingLocals } from './choosing.ts';
import { join, type Known, put, within } from './known.ts';
import { cellsOfNode, cellsOfStmts } from './named-cells.ts';
import type { Place, Way } from './place.ts';
import type { PlanText } from './plan-text.ts';
import { anyOf, members } from './values.ts';
import { type Landing, type Surroundings, settle, type Touched, Walk } from './walk.ts';

export type { Place, Way } from './place.ts';

const MOST_PLACES = 1500;
/** Of values of the locals that tell the places of one control point apart. */
const MOST_COMBINATIONS = 4096;

export class Flow {
  readonly around: Surroundings;
  readonly text: PlanText;
  /** By thread. */
  readonly places: Place[][];
  readonly ambient: readonly Way[];
  readonly #index: Map<string, Place>[];
  readonly #split: boolean;
  readonly #chosenBy: (readonly Local[])[][];
  readonly #ways: (readonly Way[])[][];
  readonly #pcOf: Map<number, number>[];
  readonly #queue = new Set<Place>();
  readonly #seen = new Map<string, Map<Place, number>>();

  readonly #followed: ReadonlySet<Cell>;
  /** By place (the flow itself for the hardware) and way: what was found out before. */
  readonly #leftBy = new Map<
    Place | Flow,
    Map<Way, Map<string, readonly (readonly [number, number])[]>>
  >();

  constructor(text: PlanText, around: Surroundings, split: boolean) {
    this.text = text;
    this.around = around;
    this.#followed = new Set(around.variables.entryOf.map((entry) => around.entries.cellOf(entry)));
    this.#split = split;
    this.places = text.threads.map(() => []);
    this.#index = text.threads.map(() => new Map());
    this.#pcOf = text.threads.map(({ nodes }) => counters(nodes));
    this.#ways = text.threads.map(({ nodes }) =>
      nodes.map((node) => (node.kind === 'step' ? this.#waysOf(node) : [])),
    );
    const choosing = text.threads.map(choosingLocals);
    this.#chosenBy = text.threads.map((control, t) =>
      control.nodes
        .flatMap((node, n) => (node.kind === 'step' ? [[...(choosing[t]?.[n] ?? [])]] : []))
        .map((locals) => this.#few(locals)),
    );
    this.ambient = text.ambient.flatMap(({ params, when, body }) =>
      this.#choices(params).map(
        (bound): Way => this.#way(bound, [{ node: when, bound }], [], body),
      ),
    );
    this.#start();
    this.#solve();
  }

  /** The locals whose values tell the places of a program counter apart. */
  chosenBy(thread: number, pc: number): readonly Local[] {
    return this.#split ? (this.#chosenBy[thread]?.[pc] ?? []) : [];
  }

  /** What is known where a way is taken; `undefined` where it cannot be. */
  entered(thread: number | undefined, way: Way, known: Known): Known | undefined {
    let now: Known | undefined = known;
    for (const { node, bound } of way.holds) {
      if (now === undefined) return undefined;
      now = new Walk(this.around, thread, bound).where(node, true, now);
    }
    for (const { node, bound } of way.fails) {
      if (now === undefined) return undefined;
      now = new Walk(this.around, thread, bound).where(node, false, now);
    }
    return now;
  }

  /** Where taking a way leads, as step or end nodes; notes what it touches if asked to. */
  taken(thread: number, place: Place, way: Way, known: Known, touched?: Touched): Landing[] {
    const control = this.text.threads[thread] as Control;
    const node = control.nodes[place.node] as Extract<ControlNode, { kind: 'step' }>;
    if (touched !== undefined) this.looks(thread, way, known, touched);
    const inside = this.entered(thread, way, known);
    if (inside === undefined) return [];
    const walk = new Walk(this.around, thread, way.bound, touched, (mode, label) => {
      const to = node.labels.get(label);
      if (to === undefined) throw new Error(`no stretch called '${label}'`);
      return to[mode];
    });
    const end = walk.run(way.body, inside);
    const leaving: Landing[] = [...walk.jumps];
    if (end !== undefined) leaving.push({ node: node.next, known: end });
    const landings: Landing[] = [];
    const between = new Walk(this.around, thread, new Map());
    for (const one of leaving) {
      settle(control.nodes, between, one, (to, there) => landings.push({ node: to, known: there }));
    }
    return landings;
  }

  /** The places of a landing: one for each combination of choosing locals. */
  placesAt(
    thread: number,
    { node, known }: Landing,
  ): { key: string; chosen: number[]; known: Known }[] {
    const pc = this.#pcOf[thread]?.get(node);
    if (pc === undefined) return [];
    let list: { chosen: number[]; known: Known }[] = [{ chosen: [], known }];
    for (const local of this.chosenBy(thread, pc)) {
      list = list.flatMap((one) => {
        const variable = this.around.variables.ofLocal(local);
        return members(one.known[variable] as number).map((value) => ({
          chosen: [...one.chosen, value],
          known: put(one.known, variable, 1 << value),
        }));
      });
    }
    return list.map((one) => ({ key: `${pc}|${one.chosen.join()}`, ...one }));
  }

  place(thread: number, key: string): Place | undefined {
    return this.#index[thread]?.get(key);
  }

  /** What the hardware does in this way when this is known. */
  happened(way: Way, known: Known, touched?: Touched): Known | undefined {
    if (touched !== undefined) this.looks(undefined, way, known, touched);
    const inside = this.entered(undefined, way, known);
    if (inside === undefined) return undefined;
    return new Walk(this.around, undefined, way.bound, touched).run(way.body, inside);
  }

  /** Whether a way can be taken is part of what it reads. */
  looks(thread: number | undefined, way: Way, known: Known, touched: Touched): void {
    for (const { node, bound } of [...way.holds, ...way.fails]) {
      new Walk(this.around, thread, bound, touched).values(node, known);
    }
  }

  /** As many of the locals as a table of their combinations has room for. */
  #few(locals: readonly Local[]): Local[] {
    let room = MOST_COMBINATIONS;
    return locals.filter((local) => {
      const all = anyOf(local.sort, this.around.entries.layout.sizes);
      const count = all === undefined ? Number.POSITIVE_INFINITY : members(all).length;
      if (count > room) return false;
      room = Math.floor(room / count);
      return true;
    });
  }

  #choices(picks: readonly Bound[]): ReadonlyMap<Bound, number>[] {
    let list: ReadonlyMap<Bound, number>[] = [new Map()];
    for (const bound of picks) {
      const size = sizeOf(this.around.entries.layout.sizes, bound.of);
      list = list.flatMap((one) =>
        Array.from({ length: size }, (_, value) => new Map(one).set(bound, value)),
      );
    }
    return list;
  }

  #waysOf({ step }: Extract<ControlNode, { kind: 'step' }>): Way[] {
    const choices = this.#choices(step.picks);
    const conditions = [step.among, step.when].filter((node) => node !== undefined);
    const ways = choices.map(
      (bound): Way =>
        this.#way(
          bound,
          conditions.map((node) => ({ node, bound })),
          [],
          step.body,
        ),
    );
    const { among, otherwise } = step;
    if (otherwise !== undefined && among !== undefined) {
      const fails = choices.map((bound) => ({ node: among, bound }));
      ways.push(this.#way(new Map(), [], fails, otherwise));
    }
    return ways;
  }

  #way(bound: Way['bound'], holds: Way['holds'], fails: Way['fails'], body: readonly Stmt[]): Way {
    const named = new Set<Cell>();
    for (const { node } of [...holds, ...fails]) cellsOfNode(node, named);
    const asks = this.around.variables.ofCells(named, this.around.entries);
    cellsOfStmts(body, named);
    const names = this.around.variables.ofCells(named, this.around.entries);
    return { bound, holds, fails, body, matters: this.#writesFollowed(body), names, asks };
  }

  #writesFollowed(stmts: readonly Stmt[]): boolean {
    return stmts.some((stmt) => {
      if (stmt.op === 'assign') {
        return stmt.target.op === 'cell' && this.#followed.has(stmt.target.cell);
      }
      if (stmt.op === 'if') {
        return this.#writesFollowed(stmt.holds) || this.#writesFollowed(stmt.otherwise);
      }
      return stmt.op === 'each' && this.#writesFollowed(stmt.body);
    });
  }

  #start(): void {
    this.text.threads.forEach((control, t) => {
      const known = this.around.variables.atStart(t, this.text.initial);
      const walk = new Walk(this.around, t, new Map());
      settle(control.nodes, walk, { node: control.entry, known }, (node, there) => {
        this.#arrive(t, { node, known: there });
      });
    });
  }

  #arrive(thread: number, landing: Landing): void {
    for (const { key, chosen, known } of this.placesAt(thread, landing)) {
      const places = this.places[thread] as Place[];
      const found = this.#index[thread]?.get(key);
      if (found !== undefined) {
        if (within(known, found.known)) continue;
        found.known = join(found.known, known);
        found.version++;
        this.#queue.add(found);
        continue;
      }
      if (this.#split && places.length >= MOST_PLACES) throw new TooManyPlaces();
      const pc = this.#pcOf[thread]?.get(landing.node) as number;
      const ways = this.#ways[thread]?.[landing.node] ?? [];
      const place: Place = {
        thread,
        id: places.length,
        pc,
        node: landing.node,
        chosen,
        known,
        version: 0,
        ways,
      };
      places.push(place);
      this.#index[thread]?.set(key, place);
      this.#queue.add(place);
    }
  }

  #solve(): void {
    do {
      for (let place = this.#first(); place !== undefined; place = this.#first()) {
        this.#queue.delete(place);
        for (const way of place.ways) {
          for (const landing of this.taken(place.thread, place, way, place.known)) {
            this.#arrive(place.thread, landing);
          }
        }
      }
      this.#interfere();
    } while (this.#queue.size > 0);
  }

  /** The earliest place in its code: a control graph is numbered from its end. */
  #first(): Place | undefined {
    let first: Place | undefined;
    for (const place of this.#queue) {
      if (first === undefined || place.node > first.node) first = place;
    }
    return first;
  }

  /** Whatever someone else can write while a thread stands at a place may have been written. */
  #interfere(): void {
    const { variables } = this.around;
    const writers = this.places.map((places) =>
      places.filter((place) => place.ways.some((way) => way.matters)),
    );
    this.places.forEach((places, t) => {
      const alike = new Map<string, Place[]>();
      for (const place of places) {
        const text = variables.sharedText(place.known);
        const group = alike.get(text);
        if (group === undefined) alike.set(text, [place]);
        else group.push(place);
      }
      for (const [text, group] of alike) {
        const mine = (group[0] as Place).known;
        const key = `${t} ${text}`;
        const seen = this.#seen.get(key) ?? new Map<Place, number>();
        if (!this.#seen.has(key)) {
          this.#seen.set(key, seen);
          for (const way of this.ambient) {
            if (way.matters) this.#widen(group, this.#left(undefined, undefined, way, mine));
          }
        }
        writers.forEach((theirs, u) => {
          if (u === t) return;
          for (const place of theirs) {
            if (seen.get(place) === place.version) continue;
            seen.set(place, place.version);
            const both = variables.meet(place.known, mine);
            if (both === undefined) continue;
            for (const way of place.ways) {
              if (way.matters) this.#widen(group, this.#left(u, place, way, both));
            }
          }
        });
      }
    });
  }

  /** Values that a way may leave behind in shared variables that it writes. */
  #left(
    thread: number | undefined,
    place: Place | undefined,
    way: Way,
    known: Known,
  ): readonly (readonly [number, number])[] {
    const key = `${place?.version} ${way.names.map((variable) => known[variable]).join()}`;
    const memo = this.#leftBy.get(place ?? this)?.get(way) ?? new Map();
    const found = memo.get(key);
    if (found !== undefined) return found;
    const left = new Map<number, number>();
    const inside = this.entered(thread, way, known);
    if (inside !== undefined) {
      // Where a jump leads does not matter.
      const walk = new Walk(this.around, thread, way.bound, undefined);
      const end = walk.run(way.body, inside);
      const exits = walk.jumps.map((jump) => jump.known);
      for (const after of end === undefined ? exits : [...exits, end]) {
        for (const variable of way.names) {
          const values = after[variable] as number;
          if (values === known[variable]) continue;
          left.set(variable, (left.get(variable) ?? 0) | values);
        }
      }
    }
    const list = [...left];
    memo.set(key, list);
    const ways = this.#leftBy.get(place ?? this) ?? new Map();
    ways.set(way, memo);
    this.#leftBy.set(place ?? this, ways);
    return list;
  }

  /** Adds to what may be at these places the values of shared entries that someone left behind. */
  #widen(group: readonly Place[], left: readonly (readonly [number, number])[]): void {
    for (const place of group) {
      let wider: number[] | undefined;
      for (const [variable, added] of left) {
        const values = place.known[variable] as number;
        const all = values | added;
        if (all === values) continue;
        wider ??= place.known.slice();
        wider[variable] = all;
      }
      if (wider === undefined) continue;
      place.known = wider;
      place.version++;
      this.#queue.add(place);
    }
  }
}

export class TooManyPlaces extends Error {}

/** The program counter of each step node, and of the end: numbered as in machine.ts. */
export function counters(nodes: Control['nodes']): Map<number, number> {
  const counterOf = new Map<number, number>();
  nodes.forEach((node, n) => {
    if (node.kind === 'step') counterOf.set(n, counterOf.size);
  });
  return counterOf;
}
