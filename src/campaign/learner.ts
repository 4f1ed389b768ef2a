// What has been learned from the looks so far: how likely a cell goes wrong, by what it has in common
// with others (its design, its scenario, a flush point taken away, a slip), and what a look will take.

import type { Cell, CellBounds } from './cell.ts';
import { type CellResult, isFinal, isViolated } from './result.ts';

/** Of cells with something in common. */
interface Tally {
  looks: number;
  violated: number;
  /** First looks, and seconds of all of them. */
  first: number;
  seconds: number;
}

/** Seconds that the first look at anything takes, before any was seen. */
const UNKNOWN_SECONDS = 0.2;
/** A look costs this much, however small. */
const LEAST_SECONDS = 0.005;

export class Learner {
  readonly #tallies = new Map<string, Tally>();
  /** By level: how many came out of it finished. */
  readonly #levels: { looks: number; finished: number; violated: number }[] = [];

  learn(cell: Cell, level: number, result: CellResult, seconds: number | undefined): void {
    const violated = isViolated(result.outcome);
    for (const feature of featuresOf(cell)) {
      const tally = this.#tallies.get(feature) ?? { looks: 0, violated: 0, first: 0, seconds: 0 };
      this.#tallies.set(feature, tally);
      tally.looks++;
      if (violated) tally.violated++;
      if (level === 0 && seconds !== undefined) {
        tally.first++;
        tally.seconds += seconds;
      }
    }
    const at = this.#levels[level] ?? { looks: 0, finished: 0, violated: 0 };
    this.#levels[level] = at;
    at.looks++;
    if (isFinal(result)) at.finished++;
    if (violated) at.violated++;
  }

  /** Of the next look: 0 to 1. */
  chanceOfViolation(cell: Cell, features: readonly string[], level: number): number {
    if (cell.kind !== 'trace' && cell.expect !== undefined && cell.expect !== 'holds') return 0.95;
    const odds = features.map((feature) => {
      const { violated = 0, looks = 0 } = this.#tallies.get(feature) ?? {};
      return Math.log((violated + 0.3) / (looks - violated + 0.7));
    });
    const mean = odds.reduce((sum, one) => sum + one, 0) / Math.max(1, odds.length);
    const chance = 1 / (1 + Math.exp(-mean));
    return chance * this.#lateness(level);
  }

  /** What goes wrong mostly does so in few states: a deep look finds less than a first one. */
  #lateness(level: number): number {
    if (level === 0) return 1;
    const { violated = 0, looks = 0 } = this.#levels[level] ?? {};
    const first = this.#levels[0];
    const base = ((first?.violated ?? 0) + 1) / ((first?.looks ?? 0) + 4);
    return Math.min(1, (violated + 0.25) / (looks + 1) / base);
  }

  /** That the next look comes to an end before its bound. */
  chanceOfEnd(previous: CellResult | undefined, { states }: CellBounds, level: number): number {
    const { looks = 0, finished = 0 } = this.#levels[level] ?? {};
    const usual = (finished + 0.5) / (looks + 2);
    if (previous?.outcome.verdict !== 'bounded') return usual;
    const { guess } = previous.outcome;
    if (guess === undefined) return usual / 2;
    return guess <= states ? 0.8 : 0.05;
  }

  /** Seconds of the next look. */
  cost(features: readonly string[], bounds: CellBounds, previous: Previous | undefined): number {
    if (previous === undefined) return this.#firstCost(features);
    const { outcome } = previous.result;
    const most =
      outcome.verdict === 'bounded' && outcome.guess !== undefined
        ? Math.min(bounds.states, Math.max(outcome.guess, 2 * previous.result.bounds.states))
        : bounds.states;
    const times = most / Math.max(1, previous.result.bounds.states);
    return Math.max(LEAST_SECONDS, previous.seconds * times);
  }

  #firstCost(features: readonly string[]): number {
    const known = features
      .map((feature) => this.#tallies.get(feature))
      .filter((tally) => tally !== undefined && tally.first > 0) as Tally[];
    if (known.length === 0) return UNKNOWN_SECONDS;
    const sum = known.reduce((all, { seconds, first }) => all + seconds / first, 0);
    return Math.max(LEAST_SECONDS, sum / known.length);
  }
}

export interface Previous {
  readonly result: CellResult;
  readonly seconds: number;
}

/** What cells may have in common. */
export function featuresOf(cell: Cell): readonly string[] {
  if (cell.kind === 'trace') return ['trace'];
  const { name, design, without = [], mutant } = cell;
  const scenario = name.replace(/:[^:]*$/, '');
  return [
    `scenario ${scenario}`,
    ...(design === undefined ? [`variant ${name}`] : [`design ${design}`]),
    ...(design !== undefined && cell.of === 'situation' ? [`variant ${name}`] : []),
    ...without.map((point) => `without ${point}`),
    ...(mutant === undefined
      ? []
      : [`slip ${mutant.unit}/${mutant.slip}`, `operator ${mutant.slip.replace(/^.*\//, '')}`]),
  ];
}
