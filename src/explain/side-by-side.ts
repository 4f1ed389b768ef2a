// The same interleaving in two kernels: the steps of one run, and beside each the step that the other
// kernel takes at that point. The second follows as closely as it can: steps that only it has are taken
// where it needs them to come to the next common one, and steps that it does not have are left out.

import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { HARDWARE } from './moments.ts';
import { Stepper, type StepText } from './stepper.ts';

export interface Pair {
  readonly a: StepText | undefined;
  readonly b: StepText | undefined;
}

export interface SideBySide {
  readonly pairs: readonly Pair[];
  /** Index of the first pair that is not the same on both sides. */
  readonly first: number | undefined;
  /** The second kernel's run ends in a violation as well: of this property. */
  readonly wrong: string | undefined;
}

/** So many steps of its own does the follower take to come to a common one. */
const MOST_EXTRA = 60;
/** So many steps of the leader may be passed over for that. */
const MOST_SKIPPED = 20;

/** `actions`: the run of `a` to follow; none: each thread in turn, as far as it can go. */
export function sideBySide(
  scenario: Scenario,
  [a, b]: readonly [Variant, Variant],
  actions: readonly number[] | undefined,
): SideBySide {
  const leader = new Stepper(scenario, a);
  const follower = new Stepper(scenario, b);
  const led = actions?.map((action) => leader.take(action)) ?? inTurn(leader);
  const pairs: Pair[] = [];
  const passed = new Set<StepText>();
  for (const [i, one] of led.entries()) {
    const over = follower.ending() === 'violated' || passed.has(one);
    const meeting = over ? undefined : meet(led.slice(i), follower);
    for (const skipped of meeting?.skipped ?? []) passed.add(skipped);
    const together = meeting !== undefined && meeting.skipped.length === 0 ? meeting : undefined;
    for (const extra of together?.extra ?? [])
      pairs.push({ a: undefined, b: follower.take(extra) });
    pairs.push({ a: one, b: together && follower.take(together.action) });
  }
  const last = led.at(-1);
  if (last !== undefined) pairs.push(...toItsAccess(last, pairs, follower));
  const first = pairs.findIndex((pair) => !same(pair));
  const wrong = pairs.flatMap((pair) => pair.b?.wrong ?? [])[0];
  return { pairs, first: first < 0 ? undefined : first, wrong };
}

/** Where the leader ends with an access, the follower goes on to its own. */
function toItsAccess(last: StepText, pairs: readonly Pair[], follower: Stepper): Pair[] {
  const own: Pair[] = [];
  const reached = pairs.at(-1)?.b;
  if (!isAccess(last) || (reached !== undefined && isAccess(reached))) return own;
  while (own.length < MOST_EXTRA) {
    const way = follower.enabled().find(({ step }) => isBy(step, last.step));
    if (way === undefined) break;
    const b = follower.take(way.step.action);
    own.push({ a: undefined, b });
    if (isAccess(b)) break;
  }
  return own;
}

function isAccess({ step }: StepText): boolean {
  return step.events.some(({ name }) => accesses.has(name));
}
const accesses = new Set(['tlb.use', 'file.read', 'device.write']);

export function same({ a, b }: Pair): boolean {
  return a !== undefined && b !== undefined && a.text === b.text;
}

interface Meeting {
  /** Steps of the leader that the follower does not have. */
  readonly skipped: readonly StepText[];
  /** Steps of the follower that the leader does not have. */
  readonly extra: readonly number[];
  readonly action: number;
}

/** Where the two come together again with the fewest steps of only one of them. */
function meet(rest: readonly StepText[], follower: Stepper): Meeting | undefined {
  const who = rest[0]?.step;
  if (who === undefined) return undefined;
  const own = rest.filter(({ step }) => step.who === who.who && step.cpu === who.cpu);
  let best: Meeting | undefined;
  const cost = ({ skipped, extra }: Meeting): number => skipped.length + extra.length;
  const extra: number[] = [];
  for (;;) {
    const ways = follower.enabled().filter(({ step }) => isBy(step, who));
    own.slice(0, MOST_SKIPPED).forEach((one, k) => {
      const way = matching(one, ways);
      const found = { skipped: own.slice(0, k), extra: [...extra], action: way?.step.action ?? 0 };
      if (way !== undefined && (best === undefined || cost(found) < cost(best))) best = found;
    });
    const [only] = ways;
    const far = extra.length >= (best === undefined ? MOST_EXTRA : cost(best));
    // Hardware has nothing of its own to go through first.
    if (only === undefined || far || who.who === HARDWARE || only.wrong.length > 0) break;
    follower.take(only.step.action);
    extra.push(only.step.action);
  }
  follower.undo(extra.length);
  return best;
}

type Actor = Pick<StepText['step'], 'who' | 'cpu'>;

function isBy(step: Actor, { who, cpu }: Actor): boolean {
  return step.who === who && step.cpu === cpu;
}

/** The same step with the same effect, else the same step. */
function matching(one: StepText, ways: readonly StepText[]): StepText | undefined {
  const name = ({ step }: StepText): string => [...step.stack, step.label].join('>');
  const alike = ways.filter((way) => name(way) === name(one));
  return alike.find((way) => way.text === one.text) ?? alike[0];
}

/** Each thread as far as it can go, in order, again and again. */
function inTurn(stepper: Stepper): StepText[] {
  const steps: StepText[] = [];
  while (stepper.ending() === undefined && steps.length < 2_000) {
    const running = steps.at(-1)?.step;
    const ways = stepper.enabled().filter(({ step }) => step.who !== HARDWARE);
    const way = ways.find(({ step }) => running !== undefined && isBy(step, running)) ?? ways[0];
    if (way === undefined) break;
    steps.push(stepper.take(way.step.action));
  }
  return steps;
}
