// Every scenario by every design. A scenario's variants name different worlds, starts and threads:
// its situations. Each is explored under each design as posted, whatever its variants say.

import { Problem } from '../base/problem.ts';
import { modelOf } from '../catalogue/build.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import type { Bounds, Progress } from '../explore/search.ts';
import type { Design } from '../kernel/kernel.ts';
import { onlyNoted } from '../kernel/witness.ts';
import type { Code } from '../lang/nodes.ts';
import { type Failure, type JudgeOptions, judging } from './judge.ts';

/** A world, a start and threads that some variants of a scenario share. */
export interface Situation {
  readonly scenario: Scenario;
  /** The first variant that has it. */
  readonly id: string;
  /** All variants that have it. */
  readonly variants: readonly string[];
  readonly of: Pick<Variant, 'world' | 'setup' | 'threads'>;
}

export type Outcome =
  /** `unreached`: moments the scenario is about that do not come about under this design. */
  | { readonly kind: 'holds'; readonly states: number; readonly unreached?: readonly string[] }
  | { readonly kind: 'violated'; readonly what: string; readonly steps: number }
  /** Nothing wrong in that many states. */
  | {
      readonly kind: 'bounded';
      readonly bound: string;
      readonly states?: number;
      readonly depth?: number;
    }
  | { readonly kind: 'does not apply'; readonly why: string }
  /** Everything was stopped before. */
  | { readonly kind: 'not begun' }
  /** Nothing is known: something went wrong with the question itself. */
  | { readonly kind: 'error'; readonly error: Failure };

/** A situation under a design. */
export interface Cell {
  readonly situation: Situation;
  readonly design: Design;
}

export interface MatrixRow {
  readonly situation: Situation;
  /** One for each design, in their order. */
  readonly cells: readonly Outcome[];
}
export interface Matrix {
  readonly designs: readonly Design[];
  readonly rows: readonly MatrixRow[];
}

export interface CellOptions {
  /** For each cell. */
  readonly bounds?: Partial<Bounds>;
  /** How each cell is searched, but for the bounds. */
  readonly search?: Omit<JudgeOptions, 'onProgress' | 'bounds'>;
}

export interface MatrixOptions extends CellOptions {
  /** Called after each cell; answering false leaves the rest of the row out: bounded. */
  readonly onCell?: (situation: Situation, design: Design, outcome: Outcome) => boolean;
}

/** Explores every cell. */
export function matrix(
  scenarios: readonly Scenario[],
  designs: readonly Design[],
  options: MatrixOptions = {},
): Matrix {
  const rows = scenarios
    .flatMap(situationsOf)
    .map((situation) => matrixRow(situation, designs, options));
  return { designs, rows };
}

function matrixRow(
  situation: Situation,
  designs: readonly Design[],
  options: MatrixOptions,
): MatrixRow {
  let go = true;
  const cells = designs.map((design): Outcome => {
    if (!go) return { kind: 'not begun' };
    const run = judgingCell({ situation, design }, options);
    let next = run.next(true);
    while (next.done !== true) next = run.next(true);
    go = options.onCell?.(situation, design, next.value) ?? true;
    return next.value;
  });
  return { situation, cells };
}

/** The cells of a table, row by row. */
export function cellsOf(scenarios: readonly Scenario[], designs: readonly Design[]): Cell[] {
  return scenarios
    .flatMap(situationsOf)
    .flatMap((situation) => designs.map((design) => ({ situation, design })));
}

/** The distinct situations among a scenario's variants, in the order of the variants. */
export function situationsOf(scenario: Scenario): Situation[] {
  const found: { id: string; variants: string[]; of: Situation['of'] }[] = [];
  for (const { id, world, setup, threads } of scenario.variants) {
    const of = {
      world: world ?? scenario.world,
      setup: setup ?? scenario.setup,
      threads: threads ?? scenario.threads,
    };
    const same = found.find((one) => isSame(one.of, of));
    if (same === undefined) found.push({ id, variants: [id], of });
    else same.variants.push(id);
  }
  return found.map((one) => ({ scenario, ...one }));
}

/** Worlds and starts are compared by value; threads by being the same text. */
function isSame(a: Situation['of'], b: Situation['of']): boolean {
  const [left, right] = [a.threads ?? [], b.threads ?? []];
  return (
    JSON.stringify([a.world, a.setup]) === JSON.stringify([b.world, b.setup]) &&
    left.length === right.length &&
    left.every((one, i) => one === right[i])
  );
}

/** Explores one cell in slices, as `judging` does. */
export function* judgingCell(
  { situation, design }: Cell,
  options: CellOptions = {},
): Generator<Progress, Outcome, boolean> {
  const { bounds = {}, search = {} } = options;
  const variant: Variant = {
    ...situation.of,
    id: situation.id,
    says: '',
    design: { design },
    expect: 'holds',
    reaches: onlyNoted(situation.scenario.reaches ?? []),
  };
  try {
    const why = whyNot(situation, variant, design);
    if (why !== undefined) return { kind: 'does not apply', why };
    const run = judging(situation.scenario, variant, { ...search, bounds });
    const { result, violation } = yield* run;
    if (violation !== undefined) {
      return { kind: 'violated', what: violation.property, steps: violation.steps.length };
    }
    if (result.verdict === 'bounded') {
      const { bound = '', states, depth } = result;
      return { kind: 'bounded', bound, states, depth };
    }
    const { states, unreached = [] } = result;
    return { kind: 'holds', states, ...(unreached.length > 0 ? { unreached } : {}) };
  } catch (error) {
    // A counter that the world makes too small for this design: what was explored is no answer.
    if (error instanceof Problem) return { kind: 'bounded', bound: error.message };
    throw error;
  }
}

/** A design that defers in certain paths only does nothing of its own where none of them is. */
export function whyNot(
  situation: Pick<Situation, 'scenario'>,
  variant: Variant,
  design: Design,
): string | undefined {
  if (design.defersIn === undefined) return undefined;
  const called = new Set<string>();
  for (const { code } of modelOf(situation.scenario, variant).threads) calls(code, called);
  if (design.defersIn.some((name) => called.has(name))) return undefined;
  return `it defers in ${design.defersIn.join(' and ')} only, and nothing here gets there`;
}

function calls(codes: readonly Code[], into: Set<string>): void {
  for (const code of codes) {
    switch (code.op) {
      case 'call':
        into.add(code.path.name);
        calls(code.body, into);
        break;
      case 'branch':
        calls(code.holds, into);
        calls(code.otherwise, into);
        break;
      case 'while':
      case 'block':
        calls(code.body, into);
        break;
      default:
        break;
    }
  }
}
