// The catalogue in the words of the board: names, texts and expected verdicts, without the models.

import type { Scenario } from '../../catalogue/scenario.ts';
import { situationsOf } from '../../explain/matrix.ts';
import { designs } from '../../kernel/designs/all.ts';
import { flushPoints, nameOfChoice } from '../../kernel/kernel.ts';

export interface IndexVariant {
  readonly id: string;
  readonly says: string;
  readonly design: string;
  /** `holds`, or what must be found wrong first. */
  readonly expect: string;
}
export interface IndexScenario {
  readonly id: string;
  readonly title: string;
  readonly says: string;
  readonly source: string;
  readonly variants: readonly IndexVariant[];
  /** First variants of its situations: distinct worlds, starts and threads. */
  readonly situations: readonly string[];
}
export interface BoardIndex {
  readonly scenarios: readonly IndexScenario[];
  readonly designs: readonly {
    readonly id: string;
    readonly says: string;
    readonly points: readonly string[];
  }[];
  /** What each flush point is for. */
  readonly points: Readonly<Record<string, string>>;
}

export function boardIndex(scenarios: readonly Scenario[]): BoardIndex {
  return {
    scenarios: scenarios.map((scenario) => ({
      id: scenario.id,
      title: scenario.title,
      says: scenario.says,
      source: scenario.provenance.source,
      variants: scenario.variants.map(({ id, says, design, expect }) => ({
        id,
        says,
        design: nameOfChoice(design),
        expect,
      })),
      situations: situationsOf(scenario).map(({ id }) => id),
    })),
    designs: designs.map(({ id, says, points }) => ({ id, says, points })),
    points: flushPoints,
  };
}
