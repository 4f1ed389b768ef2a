// Which look is next: the one that promises most for its time. What goes wrong is worth most, what comes
// to an end is worth something, and a little is known better by any look. So cheap looks come before dear ones, and
// a cell deepens only when nothing cheaper promises as much. What has been learned since a cell was put in
// its place changes where it belongs: all are put in their places anew after every so many looks.

import type { Cell, CellBounds } from './cell.ts';
import { Heap } from './heap.ts';
import { featuresOf, Learner, type Previous } from './learner.ts';
import { type CellResult, isFinal } from './result.ts';

export interface Look {
  readonly n: number;
  readonly level: number;
  readonly bounds: CellBounds;
  /** Seconds, as far as can be told. */
  readonly cost: number;
}

interface Plan {
  readonly n: number;
  readonly cell: Cell;
  readonly features: readonly string[];
  readonly levels: readonly CellBounds[];
  readonly level: number;
  readonly previous?: Previous;
}

const VIOLATION = 10;
const END = 1;
const ANY = 0.05;
/** Looks between two times that all cells are put in their places anew: some, or a part of all cells. */
const FEW_LOOKS = 32;
const PART = 1 / 10;

export class Scheduler {
  readonly learner = new Learner();
  /** Those that wait for a look, best first as far as was known when they were put there. */
  readonly #waiting = new Heap<Plan>();
  readonly #atWork = new Map<number, Plan>();
  #looks = 0;

  /** A cell that can be looked at, first from the level that its result so far has not answered. */
  add(n: number, cell: Cell, levels: readonly CellBounds[], known?: Previous): void {
    const level = known === undefined ? 0 : nextLevel(levels, known.result);
    if (level === undefined) return;
    const features = featuresOf(cell);
    this.#wait({ n, cell, features, levels, level, ...(known ? { previous: known } : {}) });
  }

  #wait(plan: Plan): void {
    this.#waiting.push(plan, this.#worth(plan));
  }

  /** The best look, which is at work from now on. */
  next(): Look | undefined {
    if (++this.#looks > Math.max(FEW_LOOKS, PART * this.#waiting.size)) {
      this.#looks = 0;
      for (const plan of this.#waiting.clear()) this.#waiting.push(plan, this.#worth(plan));
    }
    const best = this.#waiting.pop();
    if (best === undefined) return undefined;
    this.#atWork.set(best.n, best);
    const { n, level, levels } = best;
    return { n, level, bounds: levels[level] as CellBounds, cost: this.#cost(best) };
  }

  #cost({ features, levels, level, previous }: Plan): number {
    return this.learner.cost(features, levels[level] as CellBounds, previous);
  }

  #worth(plan: Plan): number {
    const { cell, features, level, levels, previous } = plan;
    const bounds = levels[level] as CellBounds;
    const wrong = this.learner.chanceOfViolation(cell, features, level);
    const over = this.learner.chanceOfEnd(previous?.result, bounds, level);
    return (VIOLATION * wrong + END * over + ANY) / this.#cost(plan);
  }

  /** What came of a look; the cell waits for its next one, if there is any. */
  ended(n: number, result: CellResult, seconds: number): void {
    const plan = this.#atWork.get(n);
    if (plan === undefined) return;
    this.#atWork.delete(n);
    this.learner.learn(plan.cell, plan.level, result, seconds);
    this.add(n, plan.cell, plan.levels, { result, seconds });
  }

  /** As `ended`, of a look that was only played: nothing is learned from it. */
  played(n: number, result: CellResult, seconds: number): void {
    const plan = this.#atWork.get(n);
    if (plan === undefined) return;
    this.#atWork.delete(n);
    this.add(n, plan.cell, plan.levels, { result, seconds });
  }

  /** It was not looked at: it waits as before. */
  back(n: number): void {
    const plan = this.#atWork.get(n);
    if (plan === undefined) return;
    this.#atWork.delete(n);
    this.#wait(plan);
  }

  /** A cell at work that is not looked at again. */
  drop(n: number): void {
    this.#atWork.delete(n);
  }
}

/** The first level that a result does not answer; none if nothing more can be known. */
export function nextLevel(levels: readonly CellBounds[], result: CellResult): number | undefined {
  if (isFinal(result)) return undefined;
  const level = levels.findIndex((bounds) => !answers(result, bounds));
  return level < 0 ? undefined : level;
}

/** Whether a result says all that a look within the bounds could. */
export function answers(result: CellResult, bounds: CellBounds): boolean {
  if (isFinal(result)) return true;
  const { depth = Infinity, bytes = Infinity, states } = result.bounds;
  // Breadth first: what states stopped never came to the other bounds.
  if (isCutByStates(result)) return bounds.states <= states;
  // What depth or memory stopped goes no further with more states.
  return (bounds.depth ?? Infinity) <= depth && (bounds.bytes ?? Infinity) <= bytes;
}

function isCutByStates({ outcome, bounds }: CellResult): boolean {
  return outcome.verdict === 'bounded' && outcome.bound === `${bounds.states} states`;
}
