// Random runs of systems too large to explore: single ways through, drawn from a seed. They can find
// a violation; they can never show that there is none, and their result has no word for it.
//
// `pct`: each actor gets a random priority, the highest that can go on does, and at d - 1 random steps
// the one that goes on falls behind all others. A bug that needs d orderings among n actors in runs
// of at most k steps is found by one run with a probability of at least 1 / (n * k^(d - 1))
// (Burckhardt, Kothari, Musuvathi, Nagarakatte: "A Randomized Scheduler with Probabilistic Guarantees
// of Finding Bugs", ASPLOS 2010). Where an actor itself may go on in several ways, one is drawn
// evenly, as is what has no priority; the bound then counts runs that draw as the bug needs it.
// `swarm`: each run leaves out a random part of the actions, if others are left, and takes any of
// the rest (after Holzmann, Joshi, Groce: "Swarm Verification Techniques", IEEE TSE 2011).

import { bitsOf, DEADLOCK, type System } from './system.ts';

export interface WalkOptions {
  readonly kind: 'pct' | 'swarm';
  readonly targets: readonly string[];
  /** The same seed, the same runs. */
  readonly seed: number;
  readonly runs: number;
  /** Number of the first run (0): the runs of a seed can be had in parts. */
  readonly first?: number;
  /** Steps of a run at most: k. */
  readonly steps: number;
  /** Orderings that a bug may need, for `pct`: d. 3 where it is not said. */
  readonly orderings?: number;
  /**
   * Who takes an action, for `pct`: from 0, or below 0 for what would go on for ever if it came
   * first, as hardware does. Of that, one in four steps takes any.
   */
  readonly actorOf?: (action: number) => number;
  readonly maxSeconds?: number;
  /** Called after each run; answering false stops. */
  readonly onRun?: (runs: number) => boolean;
}

/** Deliberately not a SearchResult: nothing here can be taken for "holds". */
export interface WalkResult {
  readonly kind: 'sampled';
  readonly verdict: 'violated' | 'nothing found';
  readonly runs: number;
  readonly steps: number;
  /** The longest run. */
  readonly longest: number;
  readonly seed: number;
  /** For `pct`: what one run finds a bug of so many orderings with, at least. */
  readonly guarantee?: {
    readonly actors: number;
    readonly orderings: number;
    readonly perRun: number;
    /** The same for all runs together: 1 - (1 - perRun)^runs. */
    readonly allRuns: number;
  };
  readonly violation?: {
    readonly properties: readonly string[];
    /** Actions from the initial state; seldom the shortest way. */
    readonly path: readonly number[];
  };
}

/**
 *     walk(system, { kind: 'swarm', targets: ['leak'], seed: 1, runs: 1000, steps: 500 })
 *     // { kind: 'sampled', verdict: 'nothing found', runs: 1000, ... }
 */
export function walk(system: System, options: WalkOptions): WalkResult {
  const { kind, targets, seed, steps: most, orderings = 3, actorOf } = options;
  if (kind === 'pct' && actorOf === undefined) throw new Error('priorities need actors');
  const wanted = bitsOf(system, targets);
  const deadlock = targets.includes(DEADLOCK);
  const until = performance.now() + 1000 * (options.maxSeconds ?? Infinity);
  const actors = actorsOf(system, actorOf ?? (() => 0));
  const into = new Int32Array(system.ways * system.words);
  const actions = new Int32Array(system.ways);
  const reports = new Int32Array(system.ways);
  const state = new Int32Array(system.words);
  let [runs, steps, longest] = [0, 0, 0];

  const result = (violation?: WalkResult['violation']): WalkResult => {
    const perRun = 1 / (actors.size * most ** (orderings - 1));
    const allRuns = 1 - (1 - perRun) ** runs;
    return {
      kind: 'sampled',
      verdict: violation === undefined ? 'nothing found' : 'violated',
      runs,
      steps,
      longest,
      seed,
      ...(kind === 'pct' ? { guarantee: { actors: actors.size, orderings, perRun, allRuns } } : {}),
      ...(violation === undefined ? {} : { violation }),
    };
  };

  while (runs < options.runs && performance.now() <= until) {
    const draw = randomOf(seed, (options.first ?? 0) + runs);
    const choose =
      kind === 'swarm'
        ? swarmChooser(draw)
        : priorityChooser(draw, actors, actorOf as (action: number) => number, most, orderings);
    state.set(system.initial);
    const path: number[] = [];
    runs++;
    while (path.length < most) {
      const end = system.compiled.expand(state, 0, into, actions, reports, 0);
      const { threadActions } = system;
      let moves = 0;
      for (let n = 0; n < end; n++) moves += threadActions[actions[n] as number] as number;
      if (moves === 0) {
        // Only hardware, or nobody: the run is over.
        if (!deadlock || system.compiled.finished(state, 0)) break;
        return result({ properties: [DEADLOCK], path });
      }
      const n = choose(actions, end, path.length);
      path.push(actions[n] as number);
      steps++;
      longest = Math.max(longest, path.length);
      const reported = (reports[n] as number) & wanted;
      if (reported !== 0) {
        const properties = system.properties.filter((_, i) => (reported >>> i) & 1);
        return result({ properties, path });
      }
      for (let i = 0; i < system.words; i++) state[i] = into[n * system.words + i] as number;
    }
    if (options.onRun?.(runs) === false) break;
  }
  return result();
}

/** Which of the successors 0 to end - 1 is taken in the given step. */
type Chooser = (actions: Int32Array, end: number, step: number) => number;

function swarmChooser(draw: () => number): Chooser {
  const salt = Math.floor(draw() * 2 ** 32);
  const share = draw() * 0.5;
  const open: number[] = [];
  return (actions, end) => {
    open.length = 0;
    for (let n = 0; n < end; n++) {
      if (fraction((actions[n] as number) ^ salt) >= share) open.push(n);
    }
    if (open.length === 0) return Math.floor(draw() * end);
    return open[Math.floor(draw() * open.length)] as number;
  };
}

function priorityChooser(
  draw: () => number,
  actors: ReadonlySet<number>,
  actorOf: (action: number) => number,
  steps: number,
  orderings: number,
): Chooser {
  const order = [...actors].sort((a, b) => a - b);
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(draw() * (i + 1));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  /** The highest first: d, d + 1, ...; below d is for those that fall, in the order drawn. */
  const priorities = new Map(order.map((actor, i) => [actor, orderings + i]));
  const falls = new Map<number, number>();
  for (let i = 1; i < orderings; i++) falls.set(Math.floor(draw() * steps), i);
  return (actions, end, step) => {
    const free = draw() < 0.25;
    let best = -1;
    let among = 0;
    let chosen = 0;
    for (let n = 0; n < end; n++) {
      const actor = actorOf(actions[n] as number);
      const priority = actor < 0 ? (free ? Infinity : 0) : (priorities.get(actor) as number);
      if (priority > best) [best, among] = [priority, 0];
      // Each of those of the highest priority with the same chance, in one pass.
      if (priority === best && draw() * ++among < 1) chosen = n;
    }
    const fall = falls.get(step);
    const actor = actorOf(actions[chosen] as number);
    if (fall !== undefined && actor >= 0) priorities.set(actor, fall);
    return chosen;
  };
}

function actorsOf(system: System, actorOf: (action: number) => number): Set<number> {
  const all = Array.from(system.threadActions, (_, action) => actorOf(action));
  return new Set(all.filter((actor) => actor >= 0));
}

function fraction(n: number): number {
  let h = Math.imul(n ^ (n >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/** Numbers from 0 to 1, the same for the same seed and run (a Weyl sequence, mixed). */
function randomOf(seed: number, run: number): () => number {
  let at = Math.imul(seed, 0x9e3779b1) ^ Math.imul(run + 1, 0x7feb352d);
  return () => {
    at = (at + 0x9e3779b9) | 0;
    return fraction(at);
  };
}
