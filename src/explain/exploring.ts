// A model explored: by the interpreter while it is small, since code for it would take longer to make
// than to do without; then by code generated from it; and where there are very many states, with
// reductions (docs/decisions/0006-which-search.md). All of them give the same verdict, and the
// first two the same counts (lang/generate).

import { Problem } from '../base/problem.ts';
import type { StoreKind } from '../explore/plan.ts';
import {
  type Bounds,
  defaultBounds,
  type Progress,
  type SearchOptions,
  type SearchResult,
  searching,
} from '../explore/search.ts';
import { explainFailure, failureIn } from '../lang/generate/failure.ts';
import { generate } from '../lang/generate/generate.ts';
import type { Machine } from '../lang/machine.ts';
import { interleaved, type ReducedModel, symmetric, symmetriesOf } from './reduced.ts';

/**
 * The interpreter is as fast up to `small` (docs/performance.md). Up to `large` it takes seconds, and
 * counts stay comparable.
 */
const defaultSizes = { small: 30_000, large: 1_000_000 };
/** With fewer exchanges, leaving interleavings out brings more (docs/decisions/0004). */
const MANY_SYMMETRIES = 6;

/** What may be left out. `undefined`: only where there are very many states. */
export interface Switches {
  readonly symmetry?: boolean | undefined;
  readonly fusion?: boolean | undefined;
  readonly localFirst?: boolean | undefined;
}

export interface ExploringOptions
  extends Pick<SearchOptions, 'targets' | 'reachable' | 'workers' | 'crew' | 'freeBytes'> {
  readonly bounds?: Partial<Bounds>;
  readonly store?: StoreKind | 'auto' | undefined;
  readonly switches?: Switches;
  /** States up to which the interpreter is used, and up to which nothing is reduced unless asked for. */
  readonly sizes?: { readonly small: number; readonly large: number };
}

/** As a result of `searching`, with the reductions that it was found under. */
export interface Explored extends SearchResult {
  /** e.g. `symmetry`; left out where every state and every interleaving was looked at. */
  readonly reduced?: string;
}

/**
 * As `searching` of explore/search.ts.
 *
 * @throws Problem LUF-E104 for reductions that do not go together.
 */
export function* exploring(
  machine: Machine,
  { bounds = {}, switches = {}, sizes = defaultSizes, ...options }: ExploringOptions,
): Generator<Progress, Explored, boolean> {
  checkSwitches(switches);
  const asked = [switches.symmetry, switches.fusion, switches.localFirst].includes(true);
  const most = bounds.maxStates ?? Infinity;
  const started = performance.now();
  const { maxSeconds = defaultBounds.maxSeconds } = bounds;
  /** One bound of time, and one sum of it, for all goes together. */
  function* run(
    model: ReducedModel | undefined,
    limits: Partial<Bounds>,
  ): Generator<Progress, SearchResult, boolean> {
    const spent = (performance.now() - started) / 1000;
    const left = Math.max(0, maxSeconds - spent);
    const result = yield* running(machine, model, {
      ...options,
      bounds: { ...limits, maxSeconds: left },
    });
    const seconds = spent + result.seconds;
    return result.bound === `${left} s`
      ? { ...result, seconds, bound: `${maxSeconds} s` }
      : { ...result, seconds };
  }
  if (!asked) {
    const { targets, reachable } = options;
    const asks = reachable === undefined ? { targets } : { targets, reachable };
    const few = Math.min(sizes.small, most);
    const small = yield* searching(machine, { ...asks, bounds: { ...bounds, maxStates: few } });
    // A level that was cut short says nothing about the rest of it.
    if ((small.states <= few && !isCutAt(small, few)) || few === most) return small;
    const off = [switches.symmetry, switches.fusion, switches.localFirst].every((s) => s === false);
    const reduction = off ? undefined : sizes.large;
    const many = Math.min(reduction ?? Infinity, most);
    const whole = yield* run(undefined, { ...bounds, maxStates: many });
    if (reduction === undefined || many === most || !isCutAt(whole, many)) return whole;
  }
  const chosen = asked ? switches : chooseFor(machine, switches);
  if (chosen.symmetry === true) {
    const found = yield* run(symmetric(machine), bounds);
    return { ...found, reduced: 'symmetry' };
  }
  const reductions = { fusion: chosen.fusion === true, localFirst: chosen.localFirst === true };
  if (!reductions.fusion && !reductions.localFirst) return yield* run(undefined, bounds);
  const found = yield* run(interleaved(machine, reductions), bounds);
  const reduced = [
    ...(reductions.fusion ? ['fusion'] : []),
    ...(reductions.localFirst ? ['local first'] : []),
  ].join(', ');
  if (found.violation === undefined) return { ...found, reduced };
  // Its depth is not that of single steps: a shortest way is looked for where there is one.
  const allowed = switches.symmetry !== false;
  const again = yield* run(allowed ? symmetric(machine) : undefined, bounds);
  const shortest: Explored = allowed ? { ...again, reduced: 'symmetry' } : again;
  if (shortest.verdict === 'violated') return shortest;
  const { properties } = found.violation;
  if (shortest.verdict !== 'bounded') {
    throw new Error(`${reduced} finds ${properties.join(', ')} where there is none`);
  }
  const bound = `${shortest.bound}, though ${properties.join(', ')} is known to happen (${reduced})`;
  return { ...shortest, bound };
}

function* running(
  machine: Machine,
  model: ReducedModel | undefined,
  options: Omit<ExploringOptions, 'switches' | 'sizes'>,
): Generator<Progress, SearchResult, boolean> {
  const { text, plain } = model ?? { text: generate(machine), plain: machine };
  const { store = 'auto', ...rest } = options;
  try {
    return yield* searching(text, { ...rest, store });
  } catch (thrown) {
    const failed = failureIn(thrown);
    if (failed === undefined) throw thrown;
    // Which of several faults is met first is chance among several workers, but not for one.
    if ((rest.workers ?? 1) > 1) return yield* running(machine, model, { ...options, workers: 1 });
    return explainFailure(plain, failed);
  }
}

/** @throws Problem LUF-E104 for reductions that do not go together. */
export function checkSwitches({ symmetry, fusion, localFirst }: Switches): void {
  if (symmetry !== true || (fusion !== true && localFirst !== true)) return;
  // What is known of locks at a place rests on the initial state; a representative may belong to a
  // run from an image of it.
  throw new Problem('LUF-E104', 'symmetry does not go together with fusion or local first', {
    hint: 'ask for one of them',
  });
}

function chooseFor(machine: Machine, switches: Switches): Switches {
  const { symmetry, fusion, localFirst } = switches;
  const interleavings = fusion !== false || localFirst !== false;
  if (symmetry !== false) {
    const least = interleavings ? MANY_SYMMETRIES : 2;
    if (symmetriesOf(machine) >= least) return { symmetry: true };
  }
  return { fusion: fusion !== false, localFirst: localFirst !== false };
}

function isCutAt({ verdict, bound }: SearchResult, states: number): boolean {
  return verdict === 'bounded' && bound === `${states} states`;
}
