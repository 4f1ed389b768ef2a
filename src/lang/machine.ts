// A model made runnable: packed states, and for each the transitions out of it. This is the plain
// interpreter. It has the shape that explore/search.ts asks for.

import { compileStmts, type Decoded, type Probe, type StmtScope } from './compile-stmt.ts';
import { type Control, type ControlNode, controlOf } from './control.ts';
import { withDeadReset } from './dead-reset.ts';
import { describe } from './describe.ts';
import { checkDeclared } from './footprint.ts';
import { type LateMoves, lateMovesOf } from './late.ts';
import { type Field, Layout, readField, writeField } from './layout.ts';
import { type Liveness, livenessOf } from './liveness.ts';
import type { ModelText } from './model-text.ts';
import type { Cell } from './nodes.ts';
import { initStmts, placeCells } from './place-cells.ts';
import { placeLocals } from './place-locals.ts';
import { type Plan, planOf } from './reduce/plan.ts';
import type { PlanText } from './reduce/plan-text.ts';
import { MOST_VARIANTS, type Reductions, Runner } from './reduce/runner.ts';
import { type Happening, type Listener, singleSteps, takeAction } from './replay.ts';
import { type Settle, settlerOf } from './settler.ts';
import { bitsOf } from './sorts.ts';
import { type Action, type Alternative, countOfChoices, isOpen, WayMaker } from './ways.ts';

export type { Ambient, ModelText, ThreadText } from './model-text.ts';
export type { Happening } from './replay.ts';
export type { Action, Alternative, Condition, WayText } from './ways.ts';

/**
 * Called for each transition. `next` is reused: copy it. Bit i of `reports`: property i was
 * reported on the way.
 */
export type Visit = (action: number, next: Int32Array, reports: number) => void;

/** How a thread's text became part of the machine. */
export interface ThreadLayout {
  readonly control: Control;
  /** Where its program counter is kept. */
  readonly pc: Field;
  /** Control nodes of its steps, by program counter; one more is the end. */
  readonly points: readonly number[];
  /** Worked out when it is first asked for. */
  readonly liveness: () => Liveness;
}

export interface ThreadPart {
  readonly name: string;
  readonly pc: Field;
  readonly nodes: readonly ControlNode[];
  /** What is known between the steps. */
  readonly scope: StmtScope;
  /** Program counters by control node: of the steps, and of the end. */
  readonly counterOf: ReadonlyMap<number, number>;
  /** By program counter; the last one is the end and has none. */
  readonly points: readonly (readonly Alternative[])[];
  readonly settle: Settle;
  readonly entry: number;
}

export interface MachineOptions {
  /** Dead locals become zero before each step (dead-reset.ts). Default: false. */
  readonly resetDead?: boolean;
  /** Interleavings to leave out; all are explored without it. Reports, deadlocks and ends are kept. */
  readonly reductions?: Reductions;
  /** What the reductions go by, where it is not to be derived from the text again. */
  readonly plan?: Plan;
}

export class Machine {
  readonly actions: readonly Action[];
  readonly properties: readonly string[];
  readonly layout: Layout;
  readonly text: ModelText;
  readonly threadLayouts: readonly ThreadLayout[];
  readonly resetDead: boolean;
  readonly #probe: Probe = { reports: 0, listen: null };
  readonly #threads: ThreadPart[];
  readonly #ambient: Alternative[];
  readonly #fixed: ReadonlyMap<Cell, readonly number[]>;
  readonly #next: Int32Array;
  readonly #runner: Runner | undefined;
  /** What the reductions go by; undefined without any. */
  readonly plan: Plan | undefined;
  #listener: Listener | undefined;

  constructor(text: ModelText, options: MachineOptions = {}) {
    this.text = text;
    this.resetDead = options.resetDead === true;
    for (const thread of text.threads) checkDeclared(thread.code);
    this.layout = new Layout(text.sizes);
    this.properties = text.observers.flatMap((observer) => observer.reports);
    this.#fixed = placeCells(text, this.layout, {
      ...this.#scope(undefined, 'the initial state'),
      fixed: new Map(),
    });
    const plain = text.threads.map(({ code, locals }) => controlOf(code, locals));
    const liveness = plain.map((control) => once(() => livenessOf(control, text.observers)));
    const controls = plain.map((control, t) =>
      options.resetDead === true
        ? withDeadReset(control, (liveness[t] as () => Liveness)())
        : control,
    );
    const counters = controls.map((control) => {
      const steps = control.nodes.filter((node) => node.kind === 'step').length;
      placeLocals(control, this.layout);
      return this.layout.field(bitsOf({ kind: 'int', max: steps }, text.sizes));
    });
    const ways = new WayMaker();
    this.actions = ways.actions;
    this.#threads = controls.map((control, t) =>
      this.#thread(control, t, counters[t] as Field, ways),
    );
    this.threadLayouts = controls.map((control, t) => ({
      control,
      pc: counters[t] as Field,
      points: control.nodes.flatMap((node, n) => (node.kind === 'step' ? [n] : [])),
      liveness: liveness[t] as () => Liveness,
    }));
    let choices = 0;
    this.#ambient = text.ambient.flatMap((ambient) => {
      const first = choices;
      choices += countOfChoices(ambient.params, text.sizes);
      return ways.ofHardware(ambient, this.#scope(undefined, ambient.label), first);
    });
    this.#next = new Int32Array(this.words);
    const { reductions, plan } = options;
    if (Object.values(reductions ?? {}).includes(true)) {
      this.plan = plan ?? planOf(this.planText());
      this.#runner = new Runner(this.plan, reductions as Reductions, {
        counters,
        only: (words, t) => this.#onlyWay(words, t),
        take: (words, t, way) => {
          const part = this.#threads[t] as ThreadPart;
          const point = part.points[readField(words, part.pc)] as readonly Alternative[];
          this.#take(words, part, point[way] as Alternative);
        },
      });
    }
  }

  get words(): number {
    return this.layout.words;
  }
  /** The threads, in the order in which their successors come. */
  get threads(): readonly ThreadPart[] {
    return this.#threads;
  }
  /** What the hardware may do; comes after the threads. */
  get ambient(): readonly Alternative[] {
    return this.#ambient;
  }

  /** Values of the tables that nothing writes, by entry: part of the text, not of the state. */
  get fixed(): ReadonlyMap<Cell, readonly number[]> {
    return this.#fixed;
  }

  initial(): Int32Array {
    const words = new Int32Array(this.words);
    const scope = this.#scope(undefined, 'the initial state');
    compileStmts(initStmts(this.text), scope)?.(words);
    for (const thread of this.#threads) {
      writeField(words, thread.pc, thread.settle(words, thread.entry));
    }
    this.#probe.reports = 0;
    return words;
  }

  successors(state: Int32Array, visit: Visit): void {
    const runner = this.#runner;
    const alone = runner === undefined ? -1 : runner.alone(state);
    let sure = false;
    for (let t = 0; t < this.#threads.length; t++) {
      if (alone >= 0 && t !== alone) continue;
      const moves = this.#threadMoves(state, t, 0, alone < 0, visit);
      sure ||= moves && runner?.late === true && !runner.heeds(t, runner.place(state, t));
    }
    if (alone >= 0) return;
    // Where no thread is sure to move, the hardware may lead to an end, or to a deadlock.
    const late = sure ? this.#lateMoves(state) : undefined;
    if (late === undefined) {
      for (const way of this.#ambient) this.#hardwareMoves(state, way, 0, visit);
      return;
    }
    for (const { t, choice, variants } of late.threads) {
      variants.forEach(({ words, steps }, i) => {
        this.#threadMoves(words, t, i + 1, true, visit, steps, choice);
      });
    }
    for (const { way, variants } of late.reporting) {
      this.#hardwareMoves(state, way, 0, visit);
      variants.forEach(({ words, steps }, i) => {
        this.#hardwareMoves(words, way, i + 1, visit, steps);
      });
    }
  }

  /** Whether the thread can move from here. */
  #threadMoves(
    state: Int32Array,
    t: number,
    variant: number,
    open: boolean,
    visit: Visit,
    before: readonly number[] = [],
    choice = -1,
  ): boolean {
    const next = this.#next;
    const runner = this.#runner;
    const thread = this.#threads[t] as ThreadPart;
    const point = thread.points[readField(state, thread.pc)] ?? [];
    let moves = false;
    for (const way of point) {
      if (choice >= 0 && way.choice !== choice) continue;
      if (!isOpen(way, state)) continue;
      moves = true;
      copy(next, state);
      this.#probe.reports = 0;
      for (const action of before) this.#listener?.stepped({ action, reports: 0 });
      this.#take(next, thread, way);
      runner?.goOn(next, t, runner.place(state, t), open);
      visit(way.action + variant * this.actions.length, next, this.#probe.reports);
    }
    return moves;
  }

  #hardwareMoves(
    state: Int32Array,
    way: Alternative,
    variant: number,
    visit: Visit,
    before: readonly number[] = [],
  ): void {
    if (!isOpen(way, state)) return;
    const next = this.#next;
    const probe = this.#probe;
    copy(next, state);
    probe.reports = 0;
    for (const action of before) this.#listener?.stepped({ action, reports: 0 });
    way.run?.(next);
    this.#listener?.stepped({ action: way.action, reports: probe.reports });
    this.#runner?.goOn(next, -1, -1, false);
    visit(way.action + variant * this.actions.length, next, probe.reports);
  }

  #lateMoves(state: Int32Array): LateMoves | undefined {
    const runner = this.#runner as Runner;
    const { listen } = this.#probe;
    this.#probe.listen = null;
    try {
      const asked = this.#threads.map((_, t) => runner.notices(t, runner.place(state, t)));
      return lateMovesOf(state, asked, this.#ambient, runner.hardware);
    } finally {
      this.#probe.listen = listen;
    }
  }

  #take(words: Int32Array, thread: ThreadPart, way: Alternative): void {
    const jump = way.run === undefined ? -1 : way.run(words);
    writeField(words, thread.pc, thread.settle(words, jump < 0 ? way.next : jump));
    this.#listener?.stepped({ action: way.action, reports: this.#probe.reports });
  }

  /** See `Stepping.only`. */
  #onlyWay(words: Int32Array, t: number): number {
    const { points, pc } = this.#threads[t] as ThreadPart;
    const point = points[readField(words, pc)] ?? [];
    let only = -1;
    for (let n = 0; n < point.length; n++) {
      if (!isOpen(point[n] as Alternative, words)) continue;
      if (only >= 0) return -2;
      only = n;
    }
    return only;
  }

  finished(state: Int32Array): boolean {
    return this.#threads.every((thread) => readField(state, thread.pc) === thread.points.length);
  }

  /** Upper bound of the successors of one state. */
  get ways(): number {
    const variants = this.#runner?.late === true ? MOST_VARIANTS : 1;
    return (
      variants *
      this.#threads.reduce(
        (n, { points }) => n + points.reduce((most, ways) => Math.max(most, ways.length), 0),
        this.#ambient.length,
      )
    );
  }

  /** Whether the action belongs to a thread: hardware alone does not lift a deadlock. */
  isThreadAction(action: number): boolean {
    return this.actions[action % this.actions.length]?.thread !== undefined;
  }

  /** Where the program counter of a thread is. */
  counter(thread: number): Field {
    return (this.#threads[thread] as ThreadPart).pc;
  }

  /** Calls `during`, and the listener for all that happens on the way. */
  listening(listener: Listener, during: () => void): void {
    this.#listener = listener;
    this.#probe.listen = (name, kind, fields) => listener.happened({ name, kind, fields });
    try {
      during();
    } finally {
      this.#listener = undefined;
      this.#probe.listen = null;
    }
  }

  /** Takes one action from a state and tells what happened on the way. */
  replay(state: Int32Array, action: number): { next: Int32Array; happenings: Happening[] } {
    const { next, happenings } = takeAction(this, state, action);
    return { next, happenings };
  }

  /**
   * The single steps of a path through a reduced machine: actions that a machine of the same text
   * without reductions can take one after the other from its initial state, with the same reports.
   * They end with the first one that reports one of the properties, if any are given and one does.
   */
  singleSteps(path: readonly number[], properties: readonly string[] = []): number[] {
    return singleSteps(this, path, properties);
  }

  /** The value of every state variable, by name: `pte.frame[0,1]`. */
  describe(state: Int32Array): Record<string, Decoded> {
    return describe(this, state);
  }

  /**
   * What `planOf` works on. `starts`: further values of an entry in states in which runs begin, for
   * a search that does not begin in the initial state only.
   */
  planText(starts: (cell: Cell, entry: number) => readonly number[] = () => []): PlanText {
    const initial = this.initial();
    const values: number[][] = [];
    for (const [cell, fields] of this.layout.entries()) {
      if ((fields[0]?.mask ?? 0) === 0) continue;
      fields.forEach((field, entry) => {
        values.push([readField(initial, field), ...starts(cell, entry)]);
      });
    }
    return {
      layout: this.layout,
      fixed: this.#fixed,
      threads: this.threadLayouts.map(({ control }) => control),
      ambient: this.text.ambient,
      observers: this.text.observers,
      initial: (entry) => values[entry] as number[],
    };
  }

  #scope(thread: number | undefined, where: string): StmtScope {
    return {
      layout: this.layout,
      bound: new Map(),
      thread,
      where,
      fixed: this.#fixed,
      probe: this.#probe,
      observers: this.text.observers,
      properties: this.properties,
      target: () => {
        throw new Error('a jump outside of a thread');
      },
    };
  }

  #thread(control: Control, t: number, pc: Field, ways: WayMaker): ThreadPart {
    const { nodes } = control;
    const name = this.text.threads[t]?.name ?? `${t}`;
    const counterOf = new Map<number, number>();
    nodes.forEach((node, n) => {
      if (node.kind === 'step') counterOf.set(n, counterOf.size);
    });
    counterOf.set(0, counterOf.size);
    const scope = this.#scope(t, name);
    const points: Alternative[][] = [];
    nodes.forEach((node, n) => {
      if (node.kind === 'step') points[counterOf.get(n) ?? 0] = ways.ofStep(node, t, scope);
    });
    const settle = settlerOf(nodes, scope, counterOf);
    return { name, pc, nodes, scope, counterOf, points, settle, entry: control.entry };
  }
}

/** States are short: a loop is over before `set` has begun. */
function copy(to: Int32Array, from: Int32Array): void {
  for (let i = 0; i < to.length; i++) to[i] = from[i] as number;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
