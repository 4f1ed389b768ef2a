// What would mend a violation: each flush point that the kernel lacks is put in, and a flush is put before
// each step of the counterexample, and each such kernel is explored anew. Only what holds is a repair.

import { modelOf } from '../catalogue/build.ts';
import type { Variant } from '../catalogue/scenario.ts';
import { type FlushPoint, flushPoints } from '../kernel/kernel.ts';
import { type FlushCall, flushCalls, flushPaths } from './flush-calls.ts';
import { flushBefore } from './flush-here.ts';
import { type JudgeOptions, judge, type TraceStep, type Verdict, type Violation } from './judge.ts';
import { HARDWARE } from './moments.ts';
import { kernelText } from './poorer.ts';
import { missingOf, pointsOf } from './repairs.ts';
import { caseOf } from './story.ts';

/** Flush points that, put in together, make it hold. */
export interface PointRepair {
  readonly points: readonly FlushPoint[];
  /** States that were looked at to know it. */
  readonly states: number;
}

/** A flush of every CPU by a thread, just before any of these steps of the counterexample. */
export interface FlushRepair {
  readonly who: string;
  readonly steps: readonly number[];
  /** A flushing function that ran there and left the CPU out: with a wider mask, it would do. */
  readonly wider: string | undefined;
  readonly states: number;
}

export interface Repairs {
  readonly points: readonly PointRepair[];
  readonly flushes: readonly FlushRepair[];
  /** Kernels explored. */
  readonly tried: number;
  /** Of them, those that a bound stopped: they may be repairs as well. */
  readonly bounded: number;
}

type Search = Omit<JudgeOptions, 'onProgress'>;
/** Pairs of points are tried only among so many. */
const FEW = 8;

/** Yields the number of kernels explored; `false` stops it with what it has. */
export function* searchRepairs(
  from: Verdict & { readonly violation: Violation },
  search: Search = {},
): Generator<number, Repairs, boolean> {
  const counts = { tried: 0, bounded: 0 };
  const holds = (variant: Variant): number | undefined => {
    // What mends it may be that the moment does not come any more.
    const mended = { ...variant, reaches: [] };
    const { verdict, states } = judge(from.scenario, mended, search).result;
    counts.tried++;
    if (verdict === 'bounded') counts.bounded++;
    return verdict === 'holds' ? states : undefined;
  };
  const points = yield* pointRepairs(from, holds, counts);
  const flushes = points === 'stopped' ? 'stopped' : yield* flushRepairs(from, holds, counts);
  return {
    points: points === 'stopped' ? [] : points,
    flushes: flushes === 'stopped' ? [] : flushes,
    ...counts,
  };
}

type Holds = (variant: Variant) => number | undefined;
interface Counts {
  readonly tried: number;
}

function* pointRepairs(
  { scenario, variant }: Verdict,
  holds: Holds,
  counts: Counts,
): Generator<number, PointRepair[] | 'stopped', boolean> {
  const own = pointsOf(variant);
  const plain = kernelText(scenario, variant);
  const lacking = (Object.keys(flushPoints) as FlushPoint[]).filter((point) => !own.has(point));
  // Those of the nearest variant that holds come first.
  const first = missingOf(scenario, variant).points.map(({ point }) => point);
  lacking.sort((a, b) => Number(first.includes(b)) - Number(first.includes(a)));
  const useful = lacking.filter((point) => kernelText(scenario, plus(variant, [point])) !== plain);
  const found: PointRepair[] = [];
  const attempt = (points: readonly FlushPoint[]): void => {
    const states = holds(plus(variant, points));
    if (states !== undefined) found.push({ points, states });
  };
  for (const point of useful) {
    if (!(yield counts.tried)) return 'stopped';
    attempt([point]);
  }
  if (found.length > 0) return found;
  // No point alone: what the nearest variant that holds has, or two of them.
  if (first.length > 1) attempt(first);
  if (found.length > 0 || useful.length > FEW) return found;
  for (const [i, one] of useful.entries()) {
    for (const second of useful.slice(i + 1)) {
      if (!(yield counts.tried)) return 'stopped';
      attempt([one, second]);
    }
  }
  return found;
}

function plus(variant: Variant, points: readonly FlushPoint[]): Variant {
  const { design } = variant;
  const less = (design.without ?? []).filter((point) => !points.includes(point));
  return {
    ...variant,
    design: { ...design, without: less, plus: [...(design.plus ?? []), ...points] },
  };
}

function* flushRepairs(
  from: Verdict & { readonly violation: Violation },
  holds: Holds,
  counts: Counts,
): Generator<number, FlushRepair[] | 'stopped', boolean> {
  const { scenario, variant, violation } = from;
  const threads = variant.threads ?? scenario.threads;
  const { parties } = caseOf(from, violation);
  // Without a translation that outlived its entry there is nothing to flush.
  if (parties?.fill === undefined && parties?.gone === undefined) return [];
  const since = parties.gone?.at ?? parties.fill?.at ?? 0;
  const codes = modelOf(scenario, variant).threads.flatMap((one) => one.code);
  const calls = flushCalls(violation.steps, flushPaths(codes)).filter(
    ({ reached }) => !reached.includes(parties.access.cpu),
  );
  const known = new Map<string, number | undefined>();
  const found: FlushRepair[] = [];
  for (const { name } of threads) {
    let open:
      | { who: string; steps: number[]; wider: string | undefined; states: number }
      | undefined;
    for (const step of stepsOf(violation, name, since)) {
      const key = JSON.stringify([name, step.stack, step.label]);
      if (!known.has(key)) {
        if (!(yield counts.tried)) return 'stopped';
        const mended = threads.map((one) => (one.name === name ? flushBefore(one, step) : one));
        known.set(key, holds({ ...variant, threads: mended }));
      }
      const states = known.get(key);
      const wider = callAt(calls, step)?.name;
      if (states === undefined) open = undefined;
      else if (open !== undefined && open.wider === wider) {
        open.steps.push(step.n);
        open.states = Math.max(open.states, states);
      } else {
        open = { who: name, steps: [step.n], wider, states };
        found.push(open);
      }
    }
  }
  return found;
}

/** The thread's steps after the entry went and before the access that is wrong. */
function stepsOf({ steps }: Violation, who: string, since: number): TraceStep[] {
  return steps
    .slice(0, -1)
    .filter((step) => step.who === who && step.who !== HARDWARE && step.n > since);
}

function callAt(calls: readonly FlushCall[], { who, n }: TraceStep): FlushCall | undefined {
  return calls.find((call) => call.who === who && call.from <= n && n <= call.to);
}
