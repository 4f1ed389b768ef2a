// Breadth-first search, level by level, over any transition system: every reachable state once, and
// so the shortest way to a violation. It knows nothing of what the states mean. The same question
// has the same answer, in every count and every action, whatever the number of workers: see
// docs/decisions/0003-search.md.

import type { SystemText } from '../base/system-text.ts';
import { type Crew, crewFor } from './crew.ts';
import { type Explorable, systemOfExplorable } from './explorable.ts';
import { LevelLog } from './level-log.ts';
import { NARROW, type Plan, planOf, type StoreKind } from './plan.ts';
import { sampledPlan } from './sampled-plan.ts';
import { type Progress, Sweep, type SweepSetup } from './sweep.ts';
import { bitsOf, DEADLOCK, type System, systemOf } from './system.ts';
import { leastTrail, type Trail } from './trail.ts';
import { type Estimate, estimateOf } from './trend.ts';

export type { Explorable } from './explorable.ts';
export type { Progress } from './sweep.ts';
export { DEADLOCK } from './system.ts';

export interface Bounds {
  readonly maxStates: number;
  readonly maxDepth: number;
  readonly maxSeconds: number;
  readonly maxBytes: number;
}

export const defaultBounds: Bounds = {
  maxStates: 20_000_000,
  maxDepth: 10_000,
  maxSeconds: 600,
  maxBytes: 4 * 2 ** 30,
};

export interface SearchOptions {
  /** Reports of these properties end the search; others are ignored. */
  readonly targets: readonly string[];
  /** Witnesses: properties that must be reported somewhere; see `unreached`. */
  readonly reachable?: readonly string[];
  readonly bounds?: Partial<Bounds>;
  /** Threads, the caller's included; more than one needs a system as text and a `crew`. */
  readonly workers?: number;
  readonly crew?: Crew;
  /** Seconds without a sign of life after which other threads count as lost (60). */
  readonly silence?: number;
  /** How states are kept; see plan.ts. All of them are exact. */
  readonly store?: StoreKind | 'auto';
  /** Bytes that the machine could still give: the search stops before they are gone. */
  readonly freeBytes?: () => number;
  /** Levels are kept for the way to a violation up to so many bytes (32 MiB); beyond, that is searched again. */
  readonly keptBytes?: number;
  /** Called about five times a second; answering false stops the search at once. */
  readonly onProgress?: (progress: Progress) => boolean;
}

export interface SearchResult {
  /** `unreached`: all was explored, nothing is wrong, and some witness was never reached. */
  readonly verdict: 'holds' | 'violated' | 'bounded' | 'unreached';
  /** For `bounded`: what stopped it. */
  readonly bound?: string;
  /** For `bounded`: how much there may be. */
  readonly estimate?: Estimate;
  /**
   * For a violation, with all that its level leads to, since a level is always finished. For
   * `bounded`, those of the levels found whole.
   */
  readonly states: number;
  readonly transitions: number;
  /** Steps to the farthest state; for a violation its number of actions; for `bounded`, what all
   * ways of so many actions were looked at for. */
  readonly depth: number;
  readonly seconds: number;
  readonly bytes: number;
  /** States in which every thread is done; a verdict with none has looked at nothing whole. */
  readonly completed: number;
  /** Witnesses asked for that were not reported anywhere in what was explored. */
  readonly unreached?: readonly string[];
  readonly violation?: {
    /** Properties reported by the last action, without witnesses. */
    readonly properties: readonly string[];
    /** Actions from the initial state: of all shortest ways the least. */
    readonly path: readonly number[];
  };
}

/** A block is done in far less, also on a busy machine. */
const SILENCE = 60;
const KEPT_BYTES = 32 * 2 ** 20;
const UNLIMITED = { maxBytes: Infinity, maxStates: Infinity };

/** Explores everything, or until a target is reported; see `searching` for doing it in slices. */
export function search(
  system: Explorable | SystemText | System,
  options: SearchOptions,
): SearchResult {
  const run = searching(system, options);
  let go = true;
  for (;;) {
    const { done, value } = run.next(go);
    if (done === true) return value;
    go = options.onProgress?.(value) ?? true;
  }
}

/**
 * The same as a generator: it yields about five times a second, so that its caller can show
 * progress and let others run, and stops when it is sent `false`. Whoever drops it before its end
 * calls its `return`, which ends the other threads.
 */
export function* searching(
  given: Explorable | SystemText | System,
  options: Omit<SearchOptions, 'onProgress'>,
): Generator<Progress, SearchResult, boolean> {
  const system = systemIn(given);
  const bounds = { ...defaultBounds, ...options.bounds };
  const wanted = bitsOf(system, options.targets);
  const witnesses = options.reachable ?? [];
  bitsOf(system, witnesses);
  const plan = planFor(system, options.store, bounds.maxStates);
  const crew = crewFor(system, plan, options);
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  let lastLook = 0;

  function* look(sweep: Sweep): Generator<Progress, string | undefined, boolean> {
    const now = seconds();
    if (now > bounds.maxSeconds) return `${bounds.maxSeconds} s`;
    if (now - lastLook <= 0.2) return undefined;
    lastLook = now;
    const { states, transitions, levels, waiting: frontier } = sweep;
    const depth = levels.length - 1;
    const go = yield { states, transitions, depth, frontier, seconds: now };
    return go ? undefined : 'interrupted';
  }
  const setup: SweepSetup = {
    system,
    plan,
    workers: crew.workers,
    limits: { ...bounds, freeBytes: options.freeBytes },
    helpers: crew.helpers,
    silence: options.silence ?? SILENCE,
    look,
  };

  try {
    const sweep = new Sweep(setup);
    const log = new LevelLog(options.keptBytes ?? KEPT_BYTES);
    let reached = 0;
    const missed = (): string[] => witnesses.filter((id) => (bitsOf(system, [id]) & reached) === 0);
    const result = (
      verdict: SearchResult['verdict'],
      depth: number,
      more: Pick<SearchResult, 'bound' | 'estimate' | 'violation'> = {},
    ): SearchResult => ({
      verdict,
      states: verdict === 'bounded' ? sum(sweep.levels) : sweep.states,
      transitions: sweep.transitions,
      depth,
      seconds: seconds(),
      bytes: sweep.space.bytes,
      completed: sweep.completed,
      ...(options.reachable === undefined ? {} : { unreached: missed() }),
      ...more,
    });
    const bounded = (bound: string, depth: number): SearchResult =>
      result('bounded', depth, { bound, estimate: estimateOf(sweep.levels) });

    for (let depth = 0; ; depth++) {
      log.keep(sweep);
      const level = yield* sweep.level();
      reached |= level.seen;
      const reports = level.seen & wanted;
      const stuck = level.stuck && options.targets.includes(DEADLOCK);
      if (stuck || reports !== 0) {
        const goal = { reports, stuck };
        let whole = log;
        if (!log.complete) {
          whole = new LevelLog(Infinity);
          const limits = { ...UNLIMITED, freeBytes: options.freeBytes };
          const stopped = yield* replay(new Sweep({ ...setup, limits }), whole, depth);
          if (stopped !== undefined) return bounded(stopped, depth);
        }
        const trail = yield* pacing(leastTrail(system, plan, whole, goal), look, sweep);
        if (typeof trail === 'string') return bounded(trail, depth);
        const { path } = trail;
        const properties = stuck
          ? [DEADLOCK]
          : system.properties.filter(
              (id, i) => (trail.reports >>> i) & 1 && !witnesses.includes(id),
            );
        return result('violated', path.length, { violation: { properties, path } });
      }
      if (level.bound !== undefined) return bounded(level.bound, level.whole ? depth + 1 : depth);
      if (!sweep.turn()) {
        return result(missed().length > 0 ? 'unreached' : 'holds', depth);
      }
      if (depth + 1 >= bounds.maxDepth) return bounded(`depth ${bounds.maxDepth}`, depth + 1);
    }
  } finally {
    crew.close();
  }
}

/** A sample is worth its time in searches that may be long. */
const WORTH_SAMPLING = 100_000;

function planFor(system: System, store: StoreKind | 'auto' = 'auto', maxStates: number): Plan {
  const long = maxStates >= WORTH_SAMPLING && system.words > NARROW;
  return long && store === 'auto' ? sampledPlan(system) : planOf(system.words, store);
}

/** Expands the levels up to the given one once more, and keeps them all. */
function* replay(
  sweep: Sweep,
  log: LevelLog,
  depth: number,
): Generator<Progress, string | undefined, boolean> {
  for (let level = 0; ; level++) {
    log.keep(sweep);
    if (level === depth) return undefined;
    const { bound } = yield* sweep.level();
    if (bound !== undefined) return bound;
    sweep.turn();
  }
}

/** Runs something slow to its end, unless the caller wants everything stopped. */
function* pacing(
  work: Generator<void, Trail, void>,
  look: SweepSetup['look'],
  sweep: Sweep,
): Generator<Progress, Trail | string, boolean> {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
    const stopped = yield* look(sweep);
    if (stopped !== undefined) return stopped;
  }
}

function systemIn(given: Explorable | SystemText | System): System {
  if ('compiled' in given) return given;
  return 'source' in given ? systemOf(given) : systemOfExplorable(given);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
