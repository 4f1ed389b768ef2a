// The model's paths by the kernel function that they stand for, in every form in which the catalogue
// calls them: the worlds and the arguments differ, and with them what is inlined.

import type { Scenario } from '../catalogue/scenario.ts';
import type { Design } from '../kernel/kernel.ts';
import { buildModel, type ThreadSetup } from '../kernel/scenario.ts';
import type { World } from '../kernel/world.ts';
import type { Code, Stmt } from '../lang/nodes.ts';
import { inlinedName, tellingEvents } from './alphabet.ts';
import { writtenByOthers } from './path-graph.ts';

type Called = Extract<Code, { op: 'call' | 'block' }>;

export interface ModelPaths {
  /** By kernel function or system call: its forms. */
  readonly byFunction: ReadonlyMap<string, readonly Called[]>;
  /** Paths that are functions of the kernel, by name; not what user programs do, nor parts of a path. */
  readonly functions: readonly string[];
  /** Paths that neither flush nor tell of pages in any form: a call of one is nothing to its caller. */
  readonly silent: ReadonlySet<string>;
  /** Every name that a step, a block or a path has: the functions that the model knows. */
  readonly names: ReadonlySet<string>;
  /** Cells that only the task writes that they are indexed by. */
  readonly own: ReadonlySet<string>;
}

/**
 * Worlds that a stock x86-64 kernel can be in as far as it is recorded: no other architecture, guest,
 * device or second MMU, no huge page (no probe tells of their entries), none of the mistakes of the past.
 */
function isStock(world: World): boolean {
  return (
    world.arch === undefined &&
    world.paravirt !== true &&
    world.devices !== true &&
    world.secondMmu !== true &&
    world.huge !== true &&
    world.tables !== true &&
    world.blocks !== true &&
    world.rollover !== true &&
    (world.mistakes ?? []).length === 0
  );
}

/** `mm/rmap.c, 6.12`: of the kernel, not of a device or a user program. */
const KERNEL_FILE = /\b[\w./-]+\/[\w.-]+\.[ch]\b/;

/** What variants that hold call, under one design. */
export function modelPaths(scenarios: readonly Scenario[], design: Design): ModelPaths {
  const forms = new Map<string, Map<number, Called>>();
  const texts = new Texts();
  const names = new Set<string>();
  const functions = new Set<string>();
  const others = new Set<string>();
  const cells = new Set<string>();
  for (const scenario of scenarios) {
    const met = new Map<readonly ThreadSetup[], Set<string>>();
    for (const variant of scenario.variants) {
      const world = variant.world ?? scenario.world;
      if (variant.expect !== 'holds' || !isStock(world)) continue;
      const setup = variant.setup ?? scenario.setup;
      const run = variant.threads ?? scenario.threads;
      const situation = JSON.stringify([world, setup]);
      const same = met.get(run) ?? new Set();
      if (same.has(situation)) continue;
      met.set(run, same.add(situation));
      const { threads, declarations } = buildModel({
        world,
        setup,
        threads: run,
        design: { design },
      });
      for (const { name } of declarations.cells.filter(({ index }) => index.join() === 'thread')) {
        cells.add(name);
      }
      for (const { code } of threads) {
        writtenByOthers(code, others);
        visit(code, names, (name, called) => {
          const known = forms.get(name) ?? new Map<number, Called>();
          forms.set(name, known);
          const text = texts.numberOf(called);
          if (!known.has(text)) known.set(text, called);
          if (called.op !== 'call' || called.path.name !== name) return;
          if (KERNEL_FILE.test(called.path.source) && /^\w+$/.test(name)) functions.add(name);
        });
      }
    }
  }
  return {
    byFunction: new Map([...forms].map(([name, all]) => [name, [...all.values()]])),
    functions: [...functions].sort(),
    silent: new Set(
      [...forms].filter(([, all]) => ![...all.values()].some(tells)).map(([name]) => name),
    ),
    names,
    own: new Set([...cells].filter((name) => !others.has(name))),
  };
}

/** A path is found by its own name, and by the system call that it says it returns from. */
function visit(
  codes: readonly Code[],
  names: Set<string>,
  onCalled: (name: string, called: Called) => void,
): void {
  for (const code of codes) {
    switch (code.op) {
      case 'step':
        names.add(code.label);
        break;
      case 'branch':
        visit(code.holds, names, onCalled);
        visit(code.otherwise, names, onCalled);
        break;
      case 'while':
        visit(code.body, names, onCalled);
        break;
      case 'block':
        {
          const name = inlinedName(code.label);
          if (name !== undefined) {
            names.add(name);
            onCalled(name, code);
          }
        }
        visit(code.body, names, onCalled);
        break;
      case 'call': {
        names.add(code.path.name);
        onCalled(code.path.name, code);
        const call = returnsFrom(code.body);
        if (call !== undefined && call !== code.path.name) onCalled(call, code);
        visit(code.body, names, onCalled);
        break;
      }
    }
  }
}

/** Whether it flushes, or a recording shows an event of it. */
function tells(code: Code): boolean {
  const has = (stmts: readonly Stmt[]): boolean =>
    stmts.some((stmt) => {
      if (stmt.op === 'if') return has(stmt.holds) || has(stmt.otherwise);
      if (stmt.op === 'each') return has(stmt.body);
      const shown: readonly string[] = [...tellingEvents, 'tlb.flush'];
      return stmt.op === 'emit' && shown.includes(stmt.event);
    });
  if (code.op === 'step') return has(code.body) || has(code.otherwise ?? []);
  if (code.op === 'branch') return [...code.holds, ...code.otherwise].some(tells);
  return 'body' in code && code.body.some(tells);
}

/** The system call that a path's own last step returns from. */
function returnsFrom(body: readonly Code[]): string | undefined {
  for (const code of body) {
    if (code.op !== 'step') continue;
    const name = callIn(code.body);
    if (name !== undefined) return name;
  }
  return undefined;
}

function callIn(stmts: readonly Stmt[]): string | undefined {
  for (const stmt of stmts) {
    if (stmt.op !== 'emit' || stmt.event !== 'call.return') continue;
    const { name } = stmt.fields;
    if (name !== undefined && name.sort === 'text') return name.text;
  }
  return undefined;
}

/** Two forms are the same if they read the same; a cell or a path is its name. */
class Texts {
  readonly #byObject = new WeakMap<object, number>();
  readonly #numbers = new Map<string, number>();

  /** The same number for the same text. */
  numberOf(value: unknown): number {
    if (typeof value !== 'object' || value === null) return this.#number(String(value));
    const known = this.#byObject.get(value);
    if (known !== undefined) return known;
    const parts = Object.entries(value).map(([key, one]) => {
      if (key === 'place' || key === 'sort') return '';
      const named = key === 'cell' || key === 'path' ? (one as { name: string }).name : one;
      return `${key}:${this.numberOf(named)}`;
    });
    const found = this.#number(parts.join());
    this.#byObject.set(value, found);
    return found;
  }

  #number(text: string): number {
    const known = this.#numbers.get(text) ?? this.#numbers.size;
    this.#numbers.set(text, known);
    return known;
  }
}
