// Which locals a thread may still read, and which may be anything but zero: over the control graph,
// through the bodies of steps and what observers make of their events. A local that nobody will
// read before it is assigned again is dead there, whatever it holds.

import { fieldExprs } from './compile-stmt.ts';
import { type Control, type ControlNode, target } from './control.ts';
import type { Field, Local, Node, Stmt } from './nodes.ts';
import type { Observer } from './observer.ts';

export interface Liveness {
  /** By control node: the locals whose value may be read from there on. */
  readonly live: readonly ReadonlySet<Local>[];
  /** By control node: the locals that some way there has assigned and not reset. */
  readonly held: readonly ReadonlySet<Local>[];
}

/** Locals as bits: a thread may have more of them than a word has bits. */
type Mask = bigint;

/** What follows from some point of a step's body on. */
interface Rest {
  /** Locals read before anything is put into them. */
  readonly reads: Mask;
  /** Where it may go on, and which locals then still hold what they held. */
  readonly exits: ReadonlyMap<number, Mask>;
}

export function livenessOf(control: Control, observers: readonly Observer[]): Liveness {
  // A call that is written once and used twice has two frames with the same locals.
  const locals = [...new Set(control.frames.flatMap((frame) => frame.locals))];
  const bits = new Map(locals.map((local, i) => [local, 1n << BigInt(i)]));
  const reader = new Reader(bits, observers);
  const rests = control.nodes.map((node) => reader.rest(node));
  const live: Mask[] = control.nodes.map(() => 0n);
  untilStable(() => {
    let changed = false;
    rests.forEach(({ reads, exits }, n) => {
      let mask = reads;
      for (const [to, kept] of exits) mask |= (live[to] as Mask) & kept;
      changed ||= mask !== live[n];
      live[n] = mask;
    });
    return changed;
  });
  const assigned = control.nodes.map((node) => reader.assigned(node));
  const held: Mask[] = control.nodes.map(() => 0n);
  untilStable(() => {
    let changed = false;
    rests.forEach(({ exits }, n) => {
      const node = control.nodes[n] as ControlNode;
      let mask = (held[n] as Mask) | (assigned[n] as Mask);
      if (node.kind === 'reset') for (const local of node.locals) mask &= ~(bits.get(local) ?? 0n);
      for (const to of exits.keys()) {
        const there = (held[to] as Mask) | mask;
        changed ||= there !== held[to];
        held[to] = there;
      }
    });
    return changed;
  });
  const sets = (masks: readonly Mask[]): Set<Local>[] =>
    masks.map((mask) => new Set(locals.filter((local) => (mask & (bits.get(local) ?? 0n)) !== 0n)));
  return { live: sets(live), held: sets(held) };
}

function untilStable(round: () => boolean): void {
  while (round());
}

const nowhere: ReadonlyMap<number, Mask> = new Map();

class Reader {
  readonly #bits: ReadonlyMap<Local, Mask>;
  readonly #observers: readonly Observer[];
  readonly #all: Mask;

  constructor(bits: ReadonlyMap<Local, Mask>, observers: readonly Observer[]) {
    this.#bits = bits;
    this.#observers = observers;
    this.#all = (1n << BigInt(bits.size)) - 1n;
  }

  rest(node: ControlNode): Rest {
    switch (node.kind) {
      case 'end':
        return { reads: 0n, exits: nowhere };
      case 'goto':
        return this.#to(node.next);
      case 'reset': {
        const gone = node.locals.reduce((mask, local) => mask | this.#bit(local), 0n);
        return { reads: 0n, exits: new Map([[node.next, this.#all & ~gone]]) };
      }
      case 'branch': {
        const either = merged(this.#to(node.holds), this.#to(node.otherwise));
        return { ...either, reads: this.#node(node.cond) };
      }
      case 'let':
        return this.#stmts([node.stmt], this.#to(node.next), () => 0);
      case 'step': {
        const { step, labels, stack } = node;
        const jump = (go: Extract<Stmt, { op: 'go' }>): number =>
          target(labels, go.mode, go.label, stack);
        const after = this.#to(node.next);
        let rest = this.#stmts(step.body, after, jump);
        if (step.otherwise !== undefined) {
          rest = merged(rest, this.#stmts(step.otherwise, after, jump));
        }
        let { reads } = rest;
        if (step.when !== undefined) reads |= this.#node(step.when);
        if (step.among !== undefined) reads |= this.#node(step.among);
        return { ...rest, reads };
      }
    }
  }

  /** What a node may put something into. */
  assigned(node: ControlNode): Mask {
    if (node.kind === 'let') return this.#assigned([node.stmt]);
    if (node.kind !== 'step') return 0n;
    return this.#assigned(node.step.body) | this.#assigned(node.step.otherwise ?? []);
  }

  #to(node: number): Rest {
    return { reads: 0n, exits: new Map([[node, this.#all]]) };
  }

  #bit(local: Local): Mask {
    return this.#bits.get(local) ?? 0n;
  }

  #stmts(
    stmts: readonly Stmt[],
    after: Rest,
    jump: (go: Extract<Stmt, { op: 'go' }>) => number,
  ): Rest {
    return stmts.reduceRight((rest, stmt) => this.#stmt(stmt, rest, jump), after);
  }

  #stmt(stmt: Stmt, after: Rest, jump: (go: Extract<Stmt, { op: 'go' }>) => number): Rest {
    switch (stmt.op) {
      case 'assign': {
        const { target } = stmt;
        const value = this.#node(stmt.value);
        if (target.op === 'local') {
          const others = ~this.#bit(target.local);
          const exits = new Map([...after.exits].map(([to, kept]) => [to, kept & others]));
          return { reads: (after.reads & others) | value, exits };
        }
        const guard = target.cell.guard?.(target.index);
        const held = guard === undefined ? 0n : this.#node(guard.held);
        return { ...after, reads: after.reads | value | held | this.#nodes(target.index) };
      }
      case 'if': {
        const holds = this.#stmts(stmt.holds, after, jump);
        const rest = merged(holds, this.#stmts(stmt.otherwise, after, jump));
        return { ...rest, reads: rest.reads | this.#node(stmt.cond) };
      }
      case 'each':
        // No turn, one, or more: what one more turn adds, a second one would not.
        return merged(after, this.#stmts(stmt.body, after, jump));
      case 'emit': {
        const heard = handled(stmt, this.#observers);
        const rest = heard.reduceRight((next, stmts) => this.#stmts(stmts, next, jump), after);
        return { ...rest, reads: rest.reads | this.#fields(stmt.fields) };
      }
      case 'report':
        return { ...after, reads: after.reads | this.#fields(stmt.parties) };
      case 'go':
        return this.#to(jump(stmt));
    }
  }

  #assigned(stmts: readonly Stmt[]): Mask {
    let mask = 0n;
    for (const stmt of stmts) {
      if (stmt.op === 'assign' && stmt.target.op === 'local') mask |= this.#bit(stmt.target.local);
      if (stmt.op === 'if') mask |= this.#assigned(stmt.holds) | this.#assigned(stmt.otherwise);
      if (stmt.op === 'each') mask |= this.#assigned(stmt.body);
      if (stmt.op === 'emit') {
        for (const heard of handled(stmt, this.#observers)) mask |= this.#assigned(heard);
      }
    }
    return mask;
  }

  #fields(fields: Readonly<Record<string, Field>>): Mask {
    let mask = 0n;
    for (const field of Object.values(fields)) {
      if (field.sort !== 'text') mask |= this.#node(field.node);
    }
    return mask;
  }

  #nodes(nodes: readonly Node[]): Mask {
    return nodes.reduce((mask, node) => mask | this.#node(node), 0n);
  }

  #node(node: Node): Mask {
    let mask = 0n;
    if (node.op === 'local') mask |= this.#bit(node.local);
    if (node.op === 'cell') mask |= this.#nodes(node.index);
    if (node.op === 'exists') mask |= this.#node(node.body);
    if ('c' in node) mask |= this.#node(node.c);
    if ('a' in node) mask |= this.#node(node.a);
    if ('b' in node) mask |= this.#node(node.b);
    return mask;
  }
}

function merged(a: Rest, b: Rest): Rest {
  const exits = new Map(a.exits);
  for (const [to, kept] of b.exits) exits.set(to, (exits.get(to) ?? 0n) | kept);
  return { reads: a.reads | b.reads, exits };
}

type Heard = readonly (readonly Stmt[])[];
const known = new WeakMap<readonly Observer[], WeakMap<Stmt, Heard>>();

/** What the observers do about an event, in their order. Worked out once for each statement. */
export function handled(
  stmt: Extract<Stmt, { op: 'emit' }>,
  observers: readonly Observer[],
): Heard {
  let ours = known.get(observers);
  if (ours === undefined) {
    ours = new WeakMap();
    known.set(observers, ours);
  }
  let heard = ours.get(stmt);
  if (heard === undefined) {
    const exprs = fieldExprs(stmt);
    heard = observers.flatMap((observer) => {
      const handler = observer.hears[stmt.event];
      return handler === undefined ? [] : [handler(exprs)];
    });
    ours.set(stmt, heard);
  }
  return heard;
}
