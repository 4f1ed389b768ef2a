// The runs of a path as what a recording would show of them: a nondeterministic automaton, made from the
// path's own program and walked as far as a recording asks. A condition on a local, or on what is the
// task's own, is followed; every other condition may go either way.

import type { EventKind } from '../events/vocabulary.ts';
import type { Code, Node, Stmt } from '../lang/nodes.ts';
import { type Env, split, type Value, Variables, valueUnder, withValue } from './abstract-value.ts';
import { type Alphabet, entering, inlinedName, leaving, unseen } from './alphabet.ts';
import { type GraphNode, graphOf, jump, type PathGraph } from './path-graph.ts';

/** One letter that a run shows, and the mask of CPUs that it tells of. */
interface Shown {
  readonly letter: string;
  readonly mask?: number;
}

/** What a step may do: its letters, in groups one after the other, each in any order. */
interface Outcome {
  readonly env: Env;
  readonly groups: readonly (readonly Shown[])[];
  readonly next: number;
}

interface State {
  readonly node: number;
  readonly env: Env;
  /** What is still to be shown before the node. */
  readonly groups: readonly (readonly Shown[])[];
}

/** States that the run may be in, by number, ascending. */
export type States = readonly number[];

/** Rounds of a loop inside of one step (`each`). */
const ROUNDS = 2;

export class PathAutomaton {
  /** Names of the paths that it calls, itself included. */
  readonly calls: ReadonlySet<string>;
  /** All letters that any run shows. */
  readonly letters: ReadonlySet<string>;
  readonly #graph: PathGraph;
  readonly #alphabet: Alphabet;
  readonly #variables: Variables;
  readonly #states: State[] = [];
  readonly #known = new Map<string, number>();
  readonly #closures = new Map<number, States>();
  readonly #moves = new Map<string, States>();

  /** `own`: cells that only the task writes that they are indexed by. */
  constructor(
    call: Extract<Code, { op: 'call' | 'block' }>,
    alphabet: Alphabet,
    own: ReadonlySet<string>,
  ) {
    this.#alphabet = alphabet;
    this.#graph = graphOf(call, alphabet);
    this.#variables = new Variables(own);
    for (const local of this.#graph.locals) this.#variables.add(local);
    this.letters = this.#findLetters();
    const name = call.op === 'call' ? call.path.name : (inlinedName(call.label) ?? call.label);
    this.calls = new Set([name, ...this.#graph.calls]);
  }

  start(): States {
    const zero: Value[] = this.#graph.locals.map(() => 0);
    return this.#closed([this.#intern({ node: this.#graph.entry, env: zero, groups: [] })]);
  }

  /** The states after a letter; `held`: a mask of CPUs that it tells of was recorded, and not empty. */
  after(states: States, letter: string, held: boolean): States {
    const next = new Set<number>();
    for (const state of states) for (const one of this.#move(state, letter, held)) next.add(one);
    return [...next].sort((a, b) => a - b);
  }

  /** Whether a run may end here. */
  ends(states: States): boolean {
    return states.some((id) => {
      const state = this.#states[id] as State;
      return state.groups.length === 0 && this.#node(state.node).kind === 'end';
    });
  }

  /** The letters that may come next. */
  allowed(states: States): string[] {
    const letters = new Set<string>();
    for (const id of states) {
      for (const { letter } of this.#states[id]?.groups[0] ?? []) letters.add(letter);
    }
    return [...letters].sort();
  }

  #move(id: number, letter: string, held: boolean): States {
    const key = `${id} ${held ? '!' : ''}${letter}`;
    const known = this.#moves.get(key);
    if (known !== undefined) return known;
    const { node, env, groups } = this.#states[id] as State;
    const [first = [], ...rest] = groups;
    const found: number[] = [];
    first.forEach((shown, i) => {
      if (shown.letter !== letter) return;
      const left = first.filter((_, j) => j !== i);
      const told = shown.mask === undefined ? env : withValue(env, shown.mask, held ? 1 : '?');
      found.push(
        this.#intern({ node, env: told, groups: left.length === 0 ? rest : [left, ...rest] }),
      );
    });
    const next = this.#closed(found);
    this.#moves.set(key, next);
    return next;
  }

  /** Everything that is reached without a letter. */
  #closed(from: readonly number[]): States {
    const all = new Set<number>();
    for (const id of from) for (const one of this.#closure(id)) all.add(one);
    return [...all].sort((a, b) => a - b);
  }

  #closure(id: number): States {
    const known = this.#closures.get(id);
    if (known !== undefined) return known;
    const seen = new Set([id]);
    for (const one of seen) {
      const state = this.#states[one] as State;
      if (state.groups.length > 0) continue;
      for (const next of this.#silent(state)) seen.add(this.#intern(next));
    }
    // Only where a letter is due or the run ends does it matter where one is.
    const resting = [...seen].filter((one) => {
      const { groups, node } = this.#states[one] as State;
      return groups.length > 0 || this.#node(node).kind === 'end';
    });
    this.#closures.set(id, resting);
    return resting;
  }

  #silent({ node: at, env }: State): State[] {
    const node = this.#node(at);
    const to = (next: number, after: Env = env): State => ({ node: next, env: after, groups: [] });
    switch (node.kind) {
      case 'end':
        return [];
      case 'goto':
        return [to(node.next)];
      case 'either':
        return node.ways.map((way) => to(way));
      case 'letter':
        return [{ node: node.next, env, groups: [[{ letter: node.letter }]] }];
      case 'let':
        return [to(node.next, this.#assigned(env, node.target, node.value))];
      case 'reset': {
        let after = env;
        for (const local of node.locals) after = withValue(after, this.#variables.add(local), 0);
        return [to(node.next, after)];
      }
      case 'branch':
        return this.#chosen(node.cond, env).map(({ holds, env: one }) =>
          to(holds ? node.holds : node.otherwise, one),
        );
      case 'step':
        return this.#outcomes(node, env).map(({ next, env: one, groups }) => ({
          node: next,
          env: one,
          groups,
        }));
    }
  }

  #outcomes(node: Extract<GraphNode, { kind: 'step' }>, env: Env): Outcome[] {
    const { step, probed } = node;
    const goes = (cond: Node | undefined, from: Env): readonly { holds: boolean; env: Env }[] =>
      cond === undefined ? [{ holds: true, env: from }] : this.#chosen(cond, from);
    const found: Outcome[] = [];
    // A step that looks first whether there is anything to do calls the function only if there is.
    const mayPass =
      probed !== undefined && this.#tells(step.body, node.path) && isChoice(step.body);
    const does = (stmts: readonly Stmt[], from: Env): void => {
      for (const { env: after, shown, to } of this.#run(stmts, { env: from, shown: [] }, node)) {
        const next = to ?? node.next;
        const groups = [
          ...(probed === undefined ? [] : [[{ letter: entering(probed.name) }]]),
          ...(shown.length === 0 ? [] : [shown]),
          ...(probed?.returns === true ? [[{ letter: leaving(probed.name) }]] : []),
        ];
        found.push({ env: after, next, groups });
        if (mayPass && shown.length === 0) found.push({ env: after, next, groups: [] });
      }
    };
    for (const chance of goes(step.among, env)) {
      if (!chance.holds) {
        if (step.otherwise !== undefined) does(step.otherwise, chance.env);
        continue;
      }
      for (const one of goes(step.when, chance.env)) if (one.holds) does(step.body, one.env);
    }
    return found;
  }

  #run(stmts: readonly Stmt[], from: Course, node: Extract<GraphNode, { kind: 'step' }>): Course[] {
    let courses: Course[] = [from];
    for (const stmt of stmts) {
      courses = courses.flatMap((one) =>
        one.to === undefined ? this.#does(stmt, one, node) : [one],
      );
    }
    return courses;
  }

  #does(stmt: Stmt, course: Course, node: Extract<GraphNode, { kind: 'step' }>): Course[] {
    const { env, shown } = course;
    switch (stmt.op) {
      case 'assign':
        return [{ ...course, env: this.#assigned(env, stmt.target, stmt.value) }];
      case 'if':
        return this.#chosen(stmt.cond, env).flatMap(({ holds, env: one }) =>
          this.#run(holds ? stmt.holds : stmt.otherwise, { env: one, shown }, node),
        );
      case 'each': {
        const all: Course[] = [course];
        let last: Course[] = [course];
        for (let round = 0; round < ROUNDS; round++) {
          last = last.flatMap((one) => this.#run(stmt.body, one, node));
          all.push(...last);
        }
        return distinct(all);
      }
      case 'emit': {
        const event = stmt.event as EventKind;
        if (!this.#isSeen(event, node.path)) return [course];
        const { cpus } = stmt.fields;
        const told = cpus !== undefined && 'node' in cpus ? cpus.node : undefined;
        const mask = told?.op === 'cell' ? this.#variables.addMask(told.cell) : undefined;
        const letter = { letter: event, ...(mask === undefined ? {} : { mask }) };
        const seen = { env, shown: [...shown, letter] };
        return hidden(event, node.path)?.sometimes === true ? [seen, course] : [seen];
      }
      case 'report':
        return [course];
      case 'go':
        return [{ ...course, to: jump(node.labels, stmt.mode, stmt.label) }];
    }
  }

  #assigned(env: Env, target: Node, value: Node): Env {
    const place = this.#variables.placeOf(target);
    if (place === undefined || (target.op === 'cell' && !isOwn(target))) return env;
    const whole = filled(env, this.#variables.count);
    return withValue(whole, place, bounded(valueUnder(value, env, this.#variables)));
  }

  #chosen(cond: Node, env: Env): { holds: boolean; env: Env }[] {
    // Looking at what is the task's own may be the first time that it is met.
    valueUnder(cond, env, this.#variables);
    const whole = filled(env, this.#variables.count);
    return split(cond, whole, this.#variables).flatMap((one) => {
      const value = valueUnder(cond, one, this.#variables);
      if (value !== '?') return [{ holds: value !== 0, env: one }];
      return [
        { holds: true, env: one },
        { holds: false, env: one },
      ];
    });
  }

  #node(at: number): GraphNode {
    return this.#graph.nodes[at] as GraphNode;
  }

  #intern(state: State): number {
    const shown = state.groups.map((group) =>
      group
        .map(({ letter, mask }) => `${letter}${mask ?? ''}`)
        .sort()
        .join('+'),
    );
    // What was never met is unknown, whether or not there is room for it.
    const env = state.env.join().replace(/(,\?)+$/, '');
    const key = `${state.node}|${env}|${shown.join()}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const id = this.#states.push(state) - 1;
    this.#known.set(key, id);
    return id;
  }

  #findLetters(): Set<string> {
    const letters = new Set<string>();
    for (const node of this.#graph.nodes) {
      if (node.kind === 'letter') letters.add(node.letter);
      if (node.kind !== 'step') continue;
      for (const stmts of [node.step.body, node.step.otherwise ?? []]) {
        for (const event of this.#told(stmts, node.path)) letters.add(event);
      }
      if (node.probed !== undefined) letters.add(entering(node.probed.name));
    }
    return letters;
  }

  #tells(stmts: readonly Stmt[], path: string): boolean {
    return this.#told(stmts, path).length > 0;
  }

  /** The events that statements tell and a recording shows. */
  #told(stmts: readonly Stmt[], path: string): EventKind[] {
    return stmts.flatMap((stmt): EventKind[] => {
      if (stmt.op === 'if') return this.#told([...stmt.holds, ...stmt.otherwise], path);
      if (stmt.op === 'each') return this.#told(stmt.body, path);
      return stmt.op === 'emit' && this.#isSeen(stmt.event as EventKind, path)
        ? [stmt.event as EventKind]
        : [];
    });
  }

  #isSeen(event: EventKind, path: string): boolean {
    if (!this.#alphabet.events.has(event)) return false;
    const one = hidden(event, path);
    return one === undefined || one.sometimes === true;
  }
}

function hidden(event: EventKind, path: string): (typeof unseen)[number] | undefined {
  return unseen.find((one) => one.path === path && one.events.includes(event));
}

function isChoice(stmts: readonly Stmt[]): boolean {
  return stmts.some(({ op }) => op === 'if' || op === 'each');
}

/** One way through a step's statements. */
interface Course {
  readonly env: Env;
  readonly shown: readonly Shown[];
  /** Where a jump led. */
  readonly to?: number;
}

function distinct(courses: readonly Course[]): Course[] {
  const byText = new Map(
    courses.map((one) => [
      `${one.env.join()}|${one.shown.map(({ letter }) => letter).join()}|${one.to ?? ''}`,
      one,
    ]),
  );
  return [...byText.values()];
}

function isOwn(target: Extract<Node, { op: 'cell' }>): boolean {
  return target.index.length === 1 && target.index[0]?.op === 'me';
}

/** Counts that nobody compares must not make states without end. */
const MOST_COUNT = 8;
function bounded(value: Value): Value {
  return value !== '?' && (value > MOST_COUNT || value < 0) ? '?' : value;
}

function filled(env: Env, length: number): Env {
  return env.length >= length
    ? env
    : [...env, ...Array.from({ length: length - env.length }, (): Value => '?')];
}
