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
      const asked = answers.filter((one) => one.removed === point && one.design === design.id);
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
