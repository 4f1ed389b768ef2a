// A model explored: by the interpreter while it is small, since code for it would take longer to make
// than to do without; then by code generated from it; and where there are very many states, by
// what TLBs may hold (hidden-fills.ts) or with reductions (docs/decisions/0006-which-search.md). All of
// them give the same verdict, and the first two the same counts (lang/generate).

import type { StoreKind } from '../explore/plan.ts';
import {
  type Bounds,
  defaultBounds,
  type Progress,
  type SearchOptions,
  type SearchResult,
  searching,
} from '../explore/search.ts';
import type { TlbForm } from '../kernel/tlb-form.ts';
import { explainFailure, failureIn } from '../lang/generate/failure.ts';
import { generate } from '../lang/generate/generate.ts';
import type { Machine } from '../lang/machine.ts';
import { type Explored, hidingFills, type MayHoldOf, orWhyNot } from './hidden-fills.ts';
import {
  type ReducedModel,
  type Reduction,
  reduced as reducedModel,
  symmetriesOf,
} from './reduced.ts';

/**
 * The interpreter is as fast up to `small` (docs/performance.md). Up to `large` it takes seconds, and
 * counts stay comparable.
 */
const defaultSizes = { small: 30_000, large: 1_000_000 };

export type { Explored } from './hidden-fills.ts';

const PLAIN = { switches: { symmetry: false, fusion: false, localFirst: false } } as const;

/** What may be left out. `undefined`: only where there are very many states. */
export interface Switches {
  readonly symmetry?: boolean | undefined;
  readonly fusion?: boolean | undefined;
  readonly localFirst?: boolean | undefined;
}

export interface ExploringOptions extends OneForm {
  /** TLBs with all their fills, or what they may hold. `undefined`: the latter where there are very many states. */
  readonly tlb?: TlbForm | undefined;
  /** Without it TLBs are explicit. */
  readonly mayHoldOf?: MayHoldOf;
}

interface OneForm
  extends Pick<SearchOptions, 'targets' | 'reachable' | 'workers' | 'crew' | 'freeBytes'> {
  readonly bounds?: Partial<Bounds>;
  readonly store?: StoreKind | 'auto' | undefined;
  readonly switches?: Switches;
  /** States up to which the interpreter is used, and up to which nothing is reduced unless asked for. */
  readonly sizes?: { readonly small: number; readonly large: number };
}

/**
 * As `searching` of explore/search.ts. A way to a violation is one of `machine`, in whatever form of
 * its TLBs it was found.
 */
export function* exploring(
  machine: Machine,
  { tlb, mayHoldOf, ...options }: ExploringOptions,
): Generator<Progress, Explored, boolean> {
  if (tlb === 'explicit' || mayHoldOf === undefined) return yield* inOneForm(machine, options);
  const { bounds = {}, sizes = defaultSizes } = options;
  const { maxSeconds = defaultBounds.maxSeconds, maxStates = Infinity } = bounds;
  const started = performance.now();
  /** As `run` below, for both forms together. */
  function* inForm(form: Machine, more: OneForm): Generator<Progress, Explored, boolean> {
    const spent = (performance.now() - started) / 1000;
    const left = Math.max(0, maxSeconds - spent);
    const limits = { ...more.bounds, maxSeconds: left };
    const result = yield* inOneForm(form, { ...more, bounds: limits });
    const seconds = spent + result.seconds;
    return result.bound === `${left} s`
      ? { ...result, seconds, bound: `${maxSeconds} s` }
      : { ...result, seconds };
  }
  const hiding = (may: Machine): Generator<Progress, Explored, boolean> =>
    hidingFills(machine, may, {
      whole: () => inForm(may, options),
      within: (maxDepth) => {
        const few = Math.min(maxStates, sizes.large);
        return inForm(machine, {
          ...{ ...options, ...PLAIN },
          bounds: { ...bounds, maxDepth, maxStates: few },
        });
      },
    });
  if (tlb === 'may') {
    const may = orWhyNot(mayHoldOf);
    if (typeof may !== 'string') return yield* hiding(may);
    return { ...(yield* inOneForm(machine, options)), explicitFills: may };
  }
  return yield* inOneForm(machine, options, () => {
    const may = orWhyNot(mayHoldOf);
    return typeof may === 'string' ? undefined : hiding(may);
  });
}

function* inOneForm(
  machine: Machine,
  { bounds = {}, switches = {}, sizes = defaultSizes, ...options }: OneForm,
  /** What is done where there are very many states, instead of reductions. */
  other?: () => Generator<Progress, Explored, boolean> | undefined,
): Generator<Progress, Explored, boolean> {
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
    const reduction = off && other === undefined ? undefined : sizes.large;
    const many = Math.min(reduction ?? Infinity, most);
    const whole = yield* run(undefined, { ...bounds, maxStates: many });
    if (reduction === undefined || many === most || !isCutAt(whole, many)) return whole;
    const instead = other?.();
    if (instead !== undefined) return yield* instead;
  }
  const chosen = asked ? switches : chooseFor(machine, switches);
  const reduction = reductionOf(chosen);
  if (reduction === undefined) return yield* run(undefined, bounds);
  const model = reducedModel(machine, reduction);
  const reduced = nameOf(chosen);
  const found: Explored = { ...(yield* run(model, bounds)), reduced };
  if (found.violation === undefined || !takesTogether(chosen)) return found;
  // Its depth is not that of single steps: a shortest way is looked for where there is one.
  const { path, properties } = found.violation;
  model.realPath(path, properties);
  const allowed = switches.symmetry !== false;
  const alone = allowed ? reducedModel(machine, { symmetry: true }) : undefined;
  const again = yield* run(alone, bounds);
  const shortest: Explored = allowed ? { ...again, reduced: 'symmetry' } : again;
  if (shortest.verdict === 'violated') return shortest;
  if (shortest.verdict !== 'bounded') {
    throw new Error(`${reduced} finds ${properties.join(', ')} where there is none`);
  }
  const bound = `${shortest.bound}, though ${properties.join(', ')} is known to happen (${reduced})`;
  return { ...shortest, bound };
}

function* running(
  machine: Machine,
  model: ReducedModel | undefined,
  options: Omit<OneForm, 'switches' | 'sizes'>,
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

/** All that is not ruled out and can do something. */
function chooseFor(machine: Machine, switches: Switches): Switches {
  return {
    symmetry: switches.symmetry !== false && symmetriesOf(machine) > 1,
    fusion: switches.fusion !== false,
    localFirst: switches.localFirst !== false,
  };
}

function takesTogether({ fusion, localFirst }: Switches): boolean {
  return fusion === true || localFirst === true;
}

function reductionOf(switches: Switches): Reduction | undefined {
  if (switches.symmetry !== true && !takesTogether(switches)) return undefined;
  const fusion = switches.fusion === true;
  return {
    symmetry: switches.symmetry === true,
    fusion,
    // A step of the hardware is put off like that of a thread.
    lateHardware: fusion,
    localFirst: switches.localFirst === true,
  };
}

function nameOf({ symmetry, fusion, localFirst }: Switches): string {
  return [
    ...(symmetry === true ? ['symmetry'] : []),
    ...(fusion === true ? ['fusion'] : []),
    ...(localFirst === true ? ['local first'] : []),
  ].join(', ');
}

function isCutAt({ verdict, bound }: SearchResult, states: number): boolean {
  return verdict === 'bounded' && bound === `${states} states`;
}
