// The same counterexample with the fewest switches between CPUs. A search finds a shortest path, but
// among equally short ones any interleaving; a reader wants long stretches on one CPU.
//
// Every actor keeps its own actions in their order; only how they are interleaved changes. All
// interleavings that the machine allows are walked, fewest switches first, and one is taken only if
// it ends like the original: with the same property reported, or, for a deadlock, in the same state.

/** What is walked: see lang/machine.ts. */
export interface Walkable {
  initial(): Int32Array;
  successors(
    state: Int32Array,
    visit: (action: number, next: Int32Array, reports: number) => void,
  ): void;
}

export interface CommuteOptions {
  /** Whose action it is: actions of one actor keep their order. */
  readonly actorOf: (action: number) => string;
  /** Where it is shown: passing from one lane to another is a switch. */
  readonly laneOf: (action: number) => number;
  /** Mask of the property that the last action must report; 0 for one that ends in a state. */
  readonly wanted: number;
  /** Give up and keep the original after so many visited points. */
  readonly limit?: number;
}

interface Point {
  readonly state: Int32Array;
  /** How many of each actor's actions have been taken. */
  readonly taken: readonly number[];
  readonly lane: number;
  readonly action: number;
  readonly before: Point | undefined;
}

export function commute(
  machine: Walkable,
  path: readonly number[],
  options: CommuteOptions,
): readonly number[] {
  const actors = [...new Set(path.map(options.actorOf))];
  const queues = actors.map((actor) => path.filter((one) => options.actorOf(one) === actor));
  const last = path.at(-1);
  if (last === undefined || actors.length < 2) return path;
  const end = options.wanted === 0 ? stateAfter(machine, path) : undefined;
  const limit = options.limit ?? 50_000;

  const start: Point = {
    state: machine.initial(),
    taken: actors.map(() => 0),
    lane: -1,
    action: -1,
    before: undefined,
  };
  // Buckets by number of switches; within a bucket the newest first, which stays on one lane.
  const buckets: Point[][] = [[start]];
  const seen = new Set<string>();
  let visited = 0;
  for (let switches = 0; switches < buckets.length; switches++) {
    const bucket = buckets[switches] ?? [];
    for (let point = bucket.pop(); point !== undefined; point = bucket.pop()) {
      const key = `${point.lane};${point.taken.join()};${point.state.join()}`;
      if (seen.has(key)) continue;
      seen.add(key);
      if (++visited > limit) return path;
      const left = path.length - point.taken.reduce((sum, n) => sum + n, 0);
      if (left === 0) {
        // Reports were checked on the way in; a deadlock is known by where it ends.
        if (end === undefined || sameWords(point.state, end)) return actionsOf(point);
        continue;
      }
      for (const next of followers(machine, point, queues, left === 1 ? options.wanted : 0)) {
        const lane = options.laneOf(next.action);
        const cost = switches + (point.lane >= 0 && lane !== point.lane ? 1 : 0);
        while (buckets.length <= cost) buckets.push([]);
        (buckets[cost] as Point[]).push({ ...next, lane });
      }
    }
  }
  return path;
}

/** The points one action further on, for each actor whose next action can be taken now. */
function followers(
  machine: Walkable,
  point: Point,
  queues: readonly (readonly number[])[],
  wanted: number,
): Point[] {
  const found: Point[] = [];
  machine.successors(point.state, (action, next, reports) => {
    // An earlier report would make it another, shorter counterexample; there is none, so only the
    // last action is asked.
    if (wanted !== 0 && (reports & wanted) === 0) return;
    const actor = queues.findIndex((queue, a) => queue[point.taken[a] as number] === action);
    if (actor < 0 || found.some((one) => one.action === action)) return;
    const taken = point.taken.map((n, a) => (a === actor ? n + 1 : n));
    found.push({ state: next.slice(), taken, lane: -1, action, before: point });
  });
  // The order of the actors decides ties, whatever the machine's order of actions.
  const rank = (one: Point): number =>
    queues.findIndex((queue, a) => queue[point.taken[a] as number] === one.action);
  return found.sort((a, b) => rank(b) - rank(a));
}

function stateAfter(machine: Walkable, path: readonly number[]): Int32Array {
  let state = machine.initial();
  for (const action of path) {
    let next: Int32Array | undefined;
    machine.successors(state, (taken, to) => {
      if (taken === action) next ??= to.slice();
    });
    if (next === undefined) throw new Error(`action ${action} cannot be taken here`);
    state = next;
  }
  return state;
}

function sameWords(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i]);
}

function actionsOf(point: Point): number[] {
  const actions: number[] = [];
  for (let at: Point | undefined = point; at?.before !== undefined; at = at.before) {
    actions.push(at.action);
  }
  return actions.reverse();
}
