// Breadth-first search, level by level, over any transition system: every reachable state once, and
// so the shortest way to a violation. It knows nothing of what the states mean.

import { Store } from './store.ts';

/** What is explored: states as words, and what follows from each. See lang/machine.ts. */
export interface Explorable {
  readonly words: number;
  readonly properties: readonly string[];
  initial(): Int32Array;
  successors(
    state: Int32Array,
    visit: (action: number, next: Int32Array, reports: number) => void,
  ): void;
  finished(state: Int32Array): boolean;
  /** Whether taking the action is progress of some thread (hardware never is). */
  isThreadAction(action: number): boolean;
}

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

export interface Progress {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly frontier: number;
  readonly seconds: number;
}

export interface SearchOptions {
  /** Reports of these properties end the search; others are ignored. */
  readonly targets: readonly string[];
  readonly bounds?: Partial<Bounds>;
  /** Called about five times a second; answering false stops the search at once. */
  readonly onProgress?: (progress: Progress) => boolean;
}

/** The property of a state in which no thread can go on though some are not done. */
export const DEADLOCK = 'deadlock';

export interface SearchResult {
  readonly verdict: 'holds' | 'violated' | 'bounded';
  /** For `bounded`: what stopped it. */
  readonly bound?: string;
  readonly states: number;
  readonly transitions: number;
  /** Levels explored whole; for a violation, its number of actions. */
  readonly depth: number;
  readonly seconds: number;
  readonly bytes: number;
  /** States in which every thread is done; a verdict with none has looked at nothing whole. */
  readonly completed: number;
  readonly violation?: {
    /** Properties reported by the last action. */
    readonly properties: readonly string[];
    /** Actions from the initial state. */
    readonly path: readonly number[];
  };
}

/** Explores everything, or until a target is reported; see `searching` for doing it in slices. */
export function search(system: Explorable, options: SearchOptions): SearchResult {
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
 * progress and let others run, and stops when it is sent `false`.
 *
 * Ties are broken by the order in which states are found, which is the same in every run.
 */
export function* searching(
  system: Explorable,
  options: Omit<SearchOptions, 'onProgress'>,
): Generator<Progress, SearchResult, boolean> {
  const bounds = { ...defaultBounds, ...options.bounds };
  const wanted = targetMask(system, options.targets);
  const store = new Store(system.words);
  const started = performance.now();
  const state = new Int32Array(system.words);
  let transitions = 0;
  let depth = 0;
  let levelEnd = 0;
  let at = 0;
  let hit: { reports: number; action: number } | undefined;
  let moves = 0;
  let completed = 0;
  let lastLook = 0;

  const seconds = (): number => (performance.now() - started) / 1000;
  const result = (
    verdict: SearchResult['verdict'],
    more: Pick<SearchResult, 'bound' | 'violation'> = {},
  ): SearchResult => ({
    verdict,
    states: store.size,
    transitions,
    depth,
    seconds: seconds(),
    bytes: store.bytes,
    completed,
    ...more,
  });

  const visit = (action: number, next: Int32Array, reports: number): void => {
    transitions++;
    if (system.isThreadAction(action)) moves++;
    if ((reports & wanted) !== 0) hit ??= { reports: reports & wanted, action };
    if (hit === undefined) store.add(next, at, action);
  };

  store.add(system.initial(), -1, -1);
  levelEnd = store.size;
  while (at < store.size) {
    if (at === levelEnd) {
      depth++;
      levelEnd = store.size;
      if (depth >= bounds.maxDepth) return result('bounded', { bound: `depth ${bounds.maxDepth}` });
    }
    state.set(store.state(at));
    moves = 0;
    system.successors(state, visit);
    if (hit !== undefined) {
      depth++;
      const { reports, action } = hit;
      const properties = system.properties.filter((_, i) => (reports >>> i) & 1);
      return result('violated', { violation: { properties, path: [...store.pathTo(at), action] } });
    }
    if (moves === 0) {
      if (system.finished(state)) completed++;
      else if (options.targets.includes(DEADLOCK)) {
        const path = store.pathTo(at);
        return result('violated', { violation: { properties: [DEADLOCK], path } });
      }
    }
    at++;
    if (store.size > bounds.maxStates) {
      return result('bounded', { bound: `${bounds.maxStates} states` });
    }
    if ((at & 0x3ff) === 0) {
      if (store.bytes > bounds.maxBytes) {
        return result('bounded', { bound: `${bounds.maxBytes} bytes` });
      }
      const now = seconds();
      if (now > bounds.maxSeconds) return result('bounded', { bound: `${bounds.maxSeconds} s` });
      if (now - lastLook > 0.2) {
        lastLook = now;
        const { size: states } = store;
        const go = yield { states, transitions, depth, frontier: states - at, seconds: now };
        if (!go) return result('bounded', { bound: 'interrupted' });
      }
    }
  }
  return result('holds');
}

function targetMask(system: Explorable, targets: readonly string[]): number {
  let mask = 0;
  for (const id of targets) {
    if (id === DEADLOCK) continue;
    const bit = system.properties.indexOf(id);
    if (bit < 0) throw new Error(`no property '${id}' to look for`);
    mask |= 1 << bit;
  }
  return mask;
}
