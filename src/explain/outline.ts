// A path as an outline: its steps in order, what may be held at each, what each says and writes. Made
// from the same trees that are explored, so that it cannot differ from them.

import type { Code, Node, PathHead, Stmt } from '../lang/nodes.ts';
import { conditionText } from './condition-text.ts';
import { isMark, textOfMark } from './marking.ts';

export type OutlineLine =
  | {
      readonly kind: 'step';
      readonly depth: number;
      /** The kernel function or statement. */
      readonly label: string;
      /** Locks held before the step; with `?` where only on some ways to it. */
      readonly held: readonly string[];
      readonly waits: boolean;
      readonly takes: readonly string[];
      readonly releases: readonly string[];
      readonly events: readonly string[];
      /** State written other than locks. */
      readonly writes: readonly string[];
      /** Where else the step may go on: `leave NAME`, `again NAME`. */
      readonly goes: readonly string[];
      /** Questions to the design inside the step. */
      readonly asks: readonly string[];
    }
  | {
      readonly kind: 'call';
      readonly depth: number;
      readonly name: string;
      readonly held: readonly string[];
    }
  | { readonly kind: 'hook'; readonly depth: number; readonly text: string }
  | { readonly kind: 'control'; readonly depth: number; readonly text: string };

export interface Outline {
  readonly head: PathHead;
  /** Locks held by the caller. */
  readonly entered: readonly string[];
  readonly lines: readonly OutlineLine[];
}

/** How often each lock is held, at least and at most. */
type Held = ReadonlyMap<string, readonly [least: number, most: number]>;
const nothing: Held = new Map();

const lockNames: Readonly<Record<string, string>> = {
  ptl: 'ptl',
  'mmap_lock.writer': 'mmap_lock (write)',
  'mmap_lock.readers': 'mmap_lock (read)',
  inode_lock: 'i_rwsem',
  'folio.lock': 'folio lock',
  'invalidate_lock.writer': 'invalidate_lock (write)',
  'invalidate_lock.readers': 'invalidate_lock (read)',
  irqs_off: 'interrupts off',
};

/** Every call of a path in the code, each as an outline; the innermost first. */
export function outlines(codes: readonly Code[], onOutline: (one: Outline) => void): void {
  // Nothing is held from one call of a thread to its next.
  for (const code of codes) walk([code], nothing, new Map(), 0, [], onOutline);
}

/** States in which labels are left; filled in while a body is walked. */
type Exits = Map<string, (Held | undefined)[]>;

/** Walks code from a state; the result is the state after it, or undefined where none is reached. */
function walk(
  codes: readonly Code[],
  before: Held | undefined,
  exits: Exits,
  depth: number,
  lines: OutlineLine[],
  onOutline: (one: Outline) => void,
): Held | undefined {
  let held = before;
  const inner = (body: readonly Code[], from: Held | undefined): Held | undefined =>
    walk(body, from, exits, depth + 1, lines, onOutline);
  for (const code of codes) {
    switch (code.op) {
      case 'step':
        if (isMark(code.label)) lines.push({ kind: 'hook', depth, text: textOfMark(code.label) });
        else held = stepLine(code, held, exits, depth, lines);
        break;
      case 'branch': {
        if (code.holds.length === 0 && code.otherwise.length === 0) break;
        lines.push({ kind: 'control', depth, text: `if ${conditionText(code.cond)}` });
        const then = inner(code.holds, held);
        let otherwise = held;
        if (code.otherwise.length > 0) {
          const at = lines.length;
          otherwise = inner(code.otherwise, held);
          // Nothing but locals set: nothing to show.
          if (lines.length > at) lines.splice(at, 0, { kind: 'control', depth, text: 'else' });
        }
        held = join(then, otherwise);
        break;
      }
      case 'while':
        lines.push({ kind: 'control', depth, text: `while ${conditionText(code.cond)}` });
        held = join(held, inner(code.body, held));
        break;
      case 'block': {
        lines.push({
          kind: 'control',
          depth,
          text: `${code.repeat ? 'loop' : 'block'} ${code.label}`,
        });
        const left = enter(exits, code.label);
        const end = inner(code.body, held);
        held = left().reduce(join, code.repeat ? undefined : end);
        break;
      }
      case 'call': {
        lines.push({ kind: 'call', depth, name: code.path.name, held: names(held) });
        const own: OutlineLine[] = [];
        const left = enter(exits, code.path.name);
        const end = walk(code.body, held, exits, 0, own, onOutline);
        onOutline({ head: code.path, entered: names(held), lines: own });
        held = left().reduce(join, end);
        break;
      }
      case 'let':
        break;
      case 'go':
        lines.push({ kind: 'control', depth, text: `${code.mode} ${code.label}` });
        if (code.mode === 'leave') exits.get(code.label)?.push(held);
        held = undefined;
        break;
    }
  }
  return held;
}

/** Opens a label; the answer closes it and gives the states in which it was left. */
function enter(exits: Exits, label: string): () => (Held | undefined)[] {
  const outer = exits.get(label);
  const states: (Held | undefined)[] = [];
  exits.set(label, states);
  return () => {
    if (outer === undefined) exits.delete(label);
    else exits.set(label, outer);
    return states;
  };
}

interface Doing {
  takes: Set<string>;
  releases: Set<string>;
  events: Set<string>;
  writes: Set<string>;
  goes: Set<string>;
  asks: Set<string>;
}

function stepLine(
  code: Extract<Code, { op: 'step' }>,
  before: Held | undefined,
  exits: Exits,
  depth: number,
  lines: OutlineLine[],
): Held | undefined {
  const does: Doing = {
    takes: new Set(),
    releases: new Set(),
    events: new Set(),
    writes: new Set(),
    goes: new Set(),
    asks: new Set(),
  };
  const after = run(code.body, before, exits, does);
  const instead =
    code.otherwise === undefined ? undefined : run(code.otherwise, before, exits, does);
  lines.push({
    kind: 'step',
    depth,
    label: code.label,
    held: names(before),
    waits: code.when !== undefined,
    takes: [...does.takes],
    releases: [...does.releases],
    events: [...does.events],
    writes: [...does.writes],
    goes: [...does.goes],
    asks: [...does.asks],
  });
  return join(after, instead);
}

function run(
  stmts: readonly Stmt[],
  before: Held | undefined,
  exits: Exits,
  does: Doing,
): Held | undefined {
  let held = before;
  for (const stmt of stmts) {
    switch (stmt.op) {
      case 'assign':
        if (stmt.target.op === 'cell') held = assign(stmt.target.cell.name, stmt.value, held, does);
        break;
      case 'if':
        held = join(run(stmt.holds, held, exits, does), run(stmt.otherwise, held, exits, does));
        break;
      case 'each':
        held = join(held, run(stmt.body, held, exits, does));
        break;
      case 'emit':
        if (!stmt.event.startsWith('lock.')) does.events.add(stmt.event);
        break;
      case 'report':
        if (isMark(stmt.id)) does.asks.add(textOfMark(stmt.id));
        break;
      case 'go':
        does.goes.add(`${stmt.mode} ${stmt.label}`);
        if (stmt.mode === 'leave') exits.get(stmt.label)?.push(held);
        return undefined;
    }
  }
  return held;
}

function assign(cell: string, value: Node, held: Held | undefined, does: Doing): Held | undefined {
  const lock = lockNames[cell];
  if (lock === undefined) {
    does.writes.add(cell);
    return held;
  }
  const releases =
    value.op === 'none' || value.op === 'minus' || (value.op === 'const' && value.value === 0);
  (releases ? does.releases : does.takes).add(lock);
  if (held === undefined) return undefined;
  const [least, most] = held.get(lock) ?? [0, 0];
  const now = new Map(held);
  const by = releases ? -1 : 1;
  now.set(lock, [Math.max(0, least + by), Math.max(0, most + by)]);
  return now;
}

function join(a: Held | undefined, b: Held | undefined): Held | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const both = new Map<string, readonly [number, number]>();
  for (const lock of new Set([...a.keys(), ...b.keys()])) {
    const [la, ma] = a.get(lock) ?? [0, 0];
    const [lb, mb] = b.get(lock) ?? [0, 0];
    both.set(lock, [Math.min(la, lb), Math.max(ma, mb)]);
  }
  return both;
}

function names(held: Held | undefined): string[] {
  return [...(held ?? nothing)]
    .filter(([, [, most]]) => most > 0)
    .map(([lock, [least]]) => (least > 1 ? `${least} ${lock}` : least > 0 ? lock : `${lock}?`));
}
