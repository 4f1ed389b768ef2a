// A model made runnable: packed states, and for each the transitions out of it. This is the plain
// interpreter. It has the shape that explore/search.ts asks for.

import { compileExpr, type Get, get, type Value, withBound } from './compile-expr.ts';
import {
  compileAssign,
  compileStmts,
  type Decoded,
  decode,
  fieldExprs,
  type Probe,
  type Run,
  type StmtScope,
} from './compile-stmt.ts';
import { type Control, type ControlNode, controlOf, target } from './control.ts';
import { withDeadReset } from './dead-reset.ts';
import type { Declarations } from './declare.ts';
import {
  checkDeclared,
  codesFootprint,
  emptyFootprint,
  type Footprint,
  nodeReads,
  stmtsFootprint,
} from './footprint.ts';
import { type Field, Layout, readField, writeField } from './layout.ts';
import { type Liveness, livenessOf } from './liveness.ts';
import { always, both, contrary, type Masked, split } from './masked.ts';
import type { Bound, Cell, Code, Node, Stmt } from './nodes.ts';
import type { Observer } from './observer.ts';
import { placeLocals } from './place-locals.ts';
import { type Plan, planOf } from './reduce/plan.ts';
import type { PlanText } from './reduce/plan-text.ts';
import { type Reductions, Runner } from './reduce/runner.ts';
import { bitsOf, type Sizes, sizeOf } from './sorts.ts';

/** What the hardware may do at any time, once for each choice of identities. */
export interface Ambient {
  readonly label: string;
  readonly params: readonly Bound[];
  readonly when: Node;
  readonly body: readonly Stmt[];
}

export interface ThreadText {
  readonly name: string;
  readonly code: readonly Code[];
}

export interface ModelText {
  readonly sizes: Sizes;
  readonly declarations: Declarations;
  readonly init: readonly Stmt[];
  readonly threads: readonly ThreadText[];
  readonly ambient: readonly Ambient[];
  readonly observers: readonly Observer[];
}

export interface Action {
  /** Index of the thread; undefined for hardware. */
  readonly thread: number | undefined;
  readonly label: string;
  readonly stack: readonly string[];
  /** What was picked: kind and index. */
  readonly picks: readonly { readonly of: string; readonly value: number }[];
}

/**
 * Called for each transition. `next` is reused: copy it. Bit i of `reports`: property i was
 * reported on the way.
 */
export type Visit = (action: number, next: Int32Array, reports: number) => void;

export interface Happening {
  readonly kind: 'event' | 'report';
  readonly name: string;
  readonly fields: Readonly<Record<string, Decoded>>;
}

/** A single step, and what has been reported up to its end since the stored state before. */
interface TakenStep {
  readonly action: number;
  readonly reports: number;
}

/** One way to go on from a control point, as text: what every executor is made from. */
export interface WayText {
  /** All must hold. */
  readonly conditions: readonly Condition[];
  readonly body: readonly Stmt[];
  /** What is known in `body`. */
  readonly scope: StmtScope;
}
export interface Condition {
  readonly node: Node;
  readonly scope: StmtScope;
  /** The contrary must hold. */
  readonly negated: boolean;
}

export interface Alternative {
  readonly action: number;
  readonly text: WayText;
  /** Must hold, and is asked before `enabled`. */
  readonly guard: Masked;
  readonly enabled: Get | undefined;
  readonly run: Run | undefined;
  /** Control node that follows, unless the body jumps. */
  readonly next: number;
}

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
  /** From a control node to the program counter it leads to, doing what lies between. */
  readonly settle: (words: Int32Array, node: number) => number;
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
  readonly actions: Action[] = [];
  readonly properties: readonly string[];
  readonly layout: Layout;
  readonly text: ModelText;
  readonly threadLayouts: readonly ThreadLayout[];
  readonly resetDead: boolean;
  readonly #probe: Probe = { reports: 0, listen: null };
  readonly #threads: ThreadPart[];
  readonly #ambient: Alternative[];
  readonly #fixed = new Map<Cell, number[]>();
  readonly #next: Int32Array;
  readonly #runner: Runner | undefined;
  /** What the reductions go by; undefined without any. */
  readonly plan: Plan | undefined;
  /** While single steps are asked for: those taken since. */
  #taken: TakenStep[] | undefined;

  constructor(text: ModelText, options: MachineOptions = {}) {
    this.text = text;
    this.resetDead = options.resetDead === true;
    for (const thread of text.threads) checkDeclared(thread.code);
    this.layout = new Layout(text.sizes);
    this.properties = text.observers.flatMap((observer) => observer.reports);
    this.#placeCells();
    const plain = text.threads.map((thread) => controlOf(thread.code));
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
    this.#threads = controls.map((control, t) => this.#thread(control, t, counters[t] as Field));
    this.threadLayouts = controls.map((control, t) => ({
      control,
      pc: counters[t] as Field,
      points: control.nodes.flatMap((node, n) => (node.kind === 'step' ? [n] : [])),
      liveness: liveness[t] as () => Liveness,
    }));
    this.#ambient = text.ambient.flatMap((ambient) => this.#hardware(ambient));
    this.#next = new Int32Array(this.words);
    const { reductions, plan } = options;
    if (reductions?.fusion === true || reductions?.localFirst === true) {
      this.plan = plan ?? planOf(this.#planText(controls));
      this.#runner = new Runner(this.plan, reductions, {
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
    compileStmts(this.#initStmts(), scope)?.(words);
    for (const thread of this.#threads) {
      writeField(words, thread.pc, thread.settle(words, thread.entry));
    }
    this.#probe.reports = 0;
    return words;
  }

  successors(state: Int32Array, visit: Visit): void {
    const next = this.#next;
    const probe = this.#probe;
    const runner = this.#runner;
    const alone = runner === undefined ? -1 : runner.alone(state);
    for (let t = 0; t < this.#threads.length; t++) {
      if (alone >= 0 && t !== alone) continue;
      const thread = this.#threads[t] as ThreadPart;
      const point = thread.points[readField(state, thread.pc)];
      if (point === undefined) continue;
      for (const way of point) {
        if (!isOpen(way, state)) continue;
        copy(next, state);
        probe.reports = 0;
        this.#take(next, thread, way);
        runner?.goOn(next, t, runner.place(state, t), alone < 0);
        visit(way.action, next, probe.reports);
      }
    }
    if (alone >= 0) return;
    for (const way of this.#ambient) {
      if (!isOpen(way, state)) continue;
      copy(next, state);
      probe.reports = 0;
      way.run?.(next);
      runner?.goOn(next, -1, -1, false);
      visit(way.action, next, probe.reports);
    }
  }

  #take(words: Int32Array, thread: ThreadPart, way: Alternative): void {
    const jump = way.run === undefined ? -1 : way.run(words);
    writeField(words, thread.pc, thread.settle(words, jump < 0 ? way.next : jump));
    this.#taken?.push({ action: way.action, reports: this.#probe.reports });
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

  /** Whether the action belongs to a thread: hardware alone does not lift a deadlock. */
  isThreadAction(action: number): boolean {
    return this.actions[action]?.thread !== undefined;
  }

  /** Where the program counter of a thread is. */
  counter(thread: number): Field {
    return (this.#threads[thread] as ThreadPart).pc;
  }

  /** Takes one action from a state and tells what happened on the way. */
  replay(state: Int32Array, action: number): { next: Int32Array; happenings: Happening[] } {
    const happenings: Happening[] = [];
    let found: Int32Array | undefined;
    let current: Happening[] = [];
    this.#probe.listen = (name, kind, fields) => current.push({ name, kind, fields });
    try {
      this.successors(state, (taken, next) => {
        if (taken === action && found === undefined) {
          found = next.slice();
          happenings.push(...current);
        }
        current = [];
      });
    } finally {
      this.#probe.listen = null;
    }
    if (found === undefined) throw new Error(`action ${action} cannot be taken here`);
    return { next: found, happenings };
  }

  /**
   * The single steps of a path through a reduced machine: actions that a machine of the same text
   * without reductions can take one after the other from its initial state, with the same reports.
   * They end with the first one that reports one of the properties, if any are given and one does.
   */
  singleSteps(path: readonly number[], properties: readonly string[] = []): number[] {
    const wanted = this.properties.reduce(
      (mask, id, i) => (properties.includes(id) ? mask | (1 << i) : mask),
      0,
    );
    const all: number[] = [];
    let state = this.initial();
    try {
      for (const action of path) {
        let found: Int32Array | undefined;
        let steps: TakenStep[] = [];
        this.#taken = steps;
        this.successors(state, (taken, next) => {
          if (taken === action && found === undefined) {
            found = next.slice();
            if (!this.isThreadAction(action)) all.push(action);
            const end = steps.findIndex(({ reports }) => (reports & wanted) !== 0);
            const some = end < 0 ? steps : steps.slice(0, end + 1);
            all.push(...some.map((step) => step.action));
          }
          steps = [];
          this.#taken = steps;
        });
        if (found === undefined) throw new Error(`action ${action} cannot be taken here`);
        state = found;
      }
    } finally {
      this.#taken = undefined;
    }
    return all;
  }

  /** The value of every state variable, by name: `pte.frame[0,1]`. */
  describe(state: Int32Array): Record<string, Decoded> {
    const values: Record<string, Decoded> = {};
    for (const [cell, fields] of this.layout.entries()) {
      fields.forEach((field, entry) => {
        const at = indexOf(cell, entry, this.text.sizes);
        const name = at.length === 0 ? cell.name : `${cell.name}[${at.join(',')}]`;
        values[name] = decode(readField(state, field), cell.sort, { layout: this.layout });
      });
    }
    this.#threads.forEach((thread, t) => {
      values[`pc[${this.text.threads[t]?.name}]`] = readField(state, thread.pc);
    });
    return values;
  }

  /** Only what is both read and written needs room: the rest is known, or nobody asks. */
  #placeCells(): void {
    const used = this.#footprint();
    const scratch = new Layout(this.text.sizes);
    const cells = [
      ...this.text.declarations.cells,
      ...this.text.observers.flatMap((observer) => observer.declarations.cells),
    ];
    for (const cell of cells) {
      scratch.addCell(cell);
      if (used.reads.has(cell) && used.writes.has(cell)) this.layout.addCell(cell);
    }
    const words = new Int32Array(scratch.words);
    const scope = { ...this.#scope(undefined, 'the initial state'), layout: scratch };
    compileStmts(this.#initStmts(), scope)?.(words);
    for (const cell of cells) {
      if (used.writes.has(cell)) continue;
      this.#fixed.set(
        cell,
        (scratch.cell(cell) ?? []).map((field) => readField(words, field)),
      );
    }
  }

  #planText(controls: readonly Control[]): PlanText {
    const initial = this.initial();
    const fields = [...this.layout.entries()].filter(([, at]) => (at[0]?.mask ?? 0) !== 0);
    const entries = fields.flatMap(([, at]) => at);
    return {
      layout: this.layout,
      fixed: this.#fixed,
      threads: controls,
      ambient: this.text.ambient,
      observers: this.text.observers,
      initial: (entry) => readField(initial, entries[entry] as Field),
    };
  }

  #initStmts(): Stmt[] {
    return [...this.text.init, ...this.text.observers.flatMap((observer) => observer.init)];
  }

  #footprint(): Footprint {
    const used = emptyFootprint();
    const guards = (): void => {
      for (const cell of used.writes) {
        if (cell.guard === undefined) continue;
        const zeros = cell.index.map((): Node => ({ op: 'const', value: 0 }));
        nodeReads(cell.guard(zeros).held, used);
      }
    };
    const onEmit = (stmt: Extract<Stmt, { op: 'emit' }>): void => {
      for (const observer of this.text.observers) {
        const handler = observer.hears[stmt.event];
        if (handler !== undefined) stmtsFootprint(handler(fieldExprs(stmt)), used);
      }
    };
    const onCall = (call: Extract<Code, { op: 'call' }>): void =>
      codesFootprint(call.body, used, onCall, onEmit);
    for (const thread of this.text.threads) codesFootprint(thread.code, used, onCall, onEmit);
    for (const ambient of this.text.ambient) {
      nodeReads(ambient.when, used);
      stmtsFootprint(ambient.body, used, onEmit);
    }
    guards();
    return used;
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

  #thread(control: Control, t: number, pc: Field): ThreadPart {
    const { nodes } = control;
    const name = this.text.threads[t]?.name ?? `${t}`;
    const counterOf = new Map<number, number>();
    nodes.forEach((node, n) => {
      if (node.kind === 'step') counterOf.set(n, counterOf.size);
    });
    counterOf.set(0, counterOf.size);
    const points: Alternative[][] = [];
    nodes.forEach((node, n) => {
      if (node.kind === 'step') {
        points[counterOf.get(n) ?? 0] = this.#alternatives(node, t, name);
      }
    });
    const scope = this.#scope(t, name);
    const settle = this.#settler(nodes, scope, counterOf);
    return { name, pc, nodes, scope, counterOf, points, settle, entry: control.entry };
  }

  #alternatives(
    node: Extract<ControlNode, { kind: 'step' }>,
    t: number,
    name: string,
  ): Alternative[] {
    const at = node.step.place === undefined ? '' : `${node.step.place}: `;
    const where = `${at}${name}: ${[...node.stack, node.step.label].join(' > ')}`;
    const base: StmtScope = {
      ...this.#scope(t, where),
      target: (mode, label) => target(node.labels, mode, label, node.stack),
    };
    const { step } = node;
    const choices = this.#choices(step.picks, base);
    const { among } = step;
    const open = choices.flatMap(({ scope }): Condition[] =>
      among === undefined ? [] : [{ node: among, scope, negated: false }],
    );
    const about = { thread: t, label: step.label, stack: node.stack };
    const ways = choices.flatMap(({ scope, picks }, i): Alternative[] => {
      const conditions = open.slice(i, i + 1);
      if (step.when !== undefined) conditions.push({ node: step.when, scope, negated: false });
      return this.#way({ conditions, body: step.body, scope }, { ...about, picks }, node.next);
    });
    if (step.otherwise === undefined || among === undefined) return ways;
    const conditions = open.map((one) => ({ ...one, negated: true }));
    const text = { conditions, body: step.otherwise, scope: base };
    return [...ways, ...this.#way(text, { ...about, picks: [] }, node.next)];
  }

  /** Nothing, if it is known that it can never be taken. */
  #way(text: WayText, about: Action, next: number): Alternative[] {
    const enabled = conjunction(
      text.conditions.map(({ node, scope, negated }) => {
        const value = compileExpr(node, scope);
        return negated ? negation(value) : value;
      }),
    );
    if (enabled === 0) return [];
    const action = this.actions.push(about) - 1;
    const run = compileStmts(text.body, text.scope);
    return [{ action, text, ...guarded(enabled), run, next }];
  }

  #hardware(ambient: Ambient): Alternative[] {
    const base = this.#scope(undefined, ambient.label);
    return this.#choices(ambient.params, base).flatMap(({ scope, picks }): Alternative[] => {
      const conditions = [{ node: ambient.when, scope, negated: false }];
      const about = { thread: undefined, label: ambient.label, stack: [], picks };
      return this.#way({ conditions, body: ambient.body, scope }, about, 0);
    });
  }

  /** One scope for each way to pick. */
  #choices(
    picks: readonly Bound[],
    base: StmtScope,
  ): { scope: StmtScope; picks: Action['picks'] }[] {
    let ways: { scope: StmtScope; picks: Action['picks'] }[] = [{ scope: base, picks: [] }];
    for (const bound of picks) {
      const size = sizeOf(this.text.sizes, bound.of);
      ways = ways.flatMap((way) =>
        Array.from({ length: size }, (_, value) => ({
          scope: { ...way.scope, ...withBound(way.scope, bound, value) },
          picks: [...way.picks, { of: bound.of, value }],
        })),
      );
    }
    return ways;
  }

  #settler(
    nodes: readonly ControlNode[],
    scope: StmtScope,
    counterOf: ReadonlyMap<number, number>,
  ): (words: Int32Array, node: number) => number {
    const done = (): number => -1;
    const between = nodes.map((node): Run => {
      switch (node.kind) {
        case 'branch': {
          const cond = get(compileExpr(node.cond, scope));
          return (w) => (cond(w) !== 0 ? node.holds : node.otherwise);
        }
        case 'let': {
          const run = compileAssign(node.stmt, scope);
          return (w) => {
            run?.(w);
            return node.next;
          };
        }
        case 'reset': {
          const fields = node.locals.map((local) => this.layout.local(local));
          return (w) => {
            for (const field of fields) writeField(w, field, 0);
            return node.next;
          };
        }
        case 'goto':
          return () => node.next;
        default:
          return done;
      }
    });
    const counters = Int32Array.from(nodes, (_, n) => counterOf.get(n) ?? -1);
    return (words, start) => {
      let node = start;
      for (;;) {
        const counter = counters[node] as number;
        if (counter >= 0) return counter;
        node = (between[node] as Run)(words);
      }
    };
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function isOpen({ guard, enabled }: Alternative, words: Int32Array): boolean {
  if (((words[guard.word] as number) & guard.mask) !== guard.bits) return false;
  return enabled === undefined || enabled(words) !== 0;
}

/** States are short: a loop is over before `set` has begun. */
function copy(to: Int32Array, from: Int32Array): void {
  for (let i = 0; i < to.length; i++) to[i] = from[i] as number;
}

function guarded(value: Value): Pick<Alternative, 'guard' | 'enabled'> {
  if (typeof value === 'number') return { guard: always, enabled: undefined };
  const { first, rest } = split(value);
  return { guard: first, enabled: rest };
}

function negation(value: Value): Value {
  return typeof value === 'number' ? 1 - value : (contrary(value) ?? ((w) => 1 - value(w)));
}

function conjunction(values: readonly Value[]): Value {
  if (values.some((value) => value === 0)) return 0;
  const open = values.filter((value) => typeof value === 'function');
  return open.length === 0 ? 1 : open.reduceRight((b, a) => both(a, b));
}

function indexOf(cell: Cell, entry: number, sizes: Sizes): number[] {
  const at: number[] = [];
  let rest = entry;
  for (let i = cell.index.length - 1; i >= 0; i--) {
    const size = sizeOf(sizes, cell.index[i] as string);
    at.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return at;
}
