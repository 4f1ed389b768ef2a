// What each flush point of a design protects: the shortest interleaving that goes wrong once it is
// taken away from a kernel that holds with it, or how much was looked at and found to hold without it.

import { type Design, type FlushPoint, flushPoints } from '../kernel/kernel.ts';
import type { RuleAnswer } from './rule-answers.ts';

export interface PointNeed {
  readonly design: string;
  readonly point: FlushPoint;
  /** What it is for, in a sentence. */
  readonly says: string;
  /** Questions that hold with it, in which it changes what the kernel does. */
  readonly questions: number;
  /** Of those, the ones that still hold without it, all explored; and their states. */
  readonly hold: number;
  readonly states: number;
  /** The ones that were not explored to the end without it. */
  readonly bounded: number;
  /** The shortest interleaving that goes wrong without it. */
  readonly wrong?: {
    readonly command: readonly string[];
    readonly what: string;
    readonly steps: number;
  };
}

/** One for each flush point of each design, in their order. `answers` may be those of no rules. */
export function flushPointNeeds(
  answers: readonly RuleAnswer[],
  designs: readonly Design[],
): PointNeed[] {
  return designs.flatMap((design) =>
    design.points.map((point): PointNeed => {
      const asked = answers.filter(
        (one) => one.lacks?.includes(point) === true && one.design === design.id,
      );
      const holds = asked.filter((one) => one.truth === 'holds');
      const wrong = asked
        .flatMap(({ command, truth, wrong: [first], steps }) =>
          truth !== 'breaks' && truth !== 'deadlock'
            ? []
            : [{ command, what: first?.what ?? truth, steps: steps ?? 0 }],
        )
        .sort((a, b) => a.steps - b.steps)[0];
      return {
        design: design.id,
        point,
        says: flushPoints[point],
        questions: asked.length,
        hold: holds.length,
        states: holds.reduce((sum, one) => sum + one.states, 0),
        bounded: asked.filter((one) => one.truth === 'bounded').length,
        ...(wrong === undefined ? {} : { wrong }),
      };
    }),
  );
}

/** How many questions about a design were put with all its flush points, and what came of them. */
export interface AskedWhole {
  readonly design: string;
  readonly questions: number;
  /** These were put again, less each flush point that changes something in them. */
  readonly hold: number;
  /** These go wrong with every flush point, so that nothing is learned from taking one away. */
  readonly wrong: number;
  /** These were not explored to the end, and not asked again. */
  readonly bounded: number;
}

/** One for each design that has flush points. */
export function askedWhole(
  answers: readonly RuleAnswer[],
  designs: readonly Design[],
): AskedWhole[] {
  return designs
    .filter(({ points }) => points.length > 0)
    .map(({ id }) => {
      const asked = answers.filter((one) => one.design === id && one.removed === undefined);
      const of = (...truths: RuleAnswer['truth'][]): number =>
        asked.filter(({ truth }) => truths.includes(truth)).length;
      return {
        design: id,
        questions: asked.length,
        hold: of('holds'),
        wrong: of('breaks', 'deadlock'),
        bounded: of('bounded'),
      };
    });
}
