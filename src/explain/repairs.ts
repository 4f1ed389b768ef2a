// What a design choice leaves out, and which variant of the same scenario has it.

import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { type FlushPoint, flushPoints } from '../kernel/kernel.ts';

export interface MissingPoint {
  readonly point: FlushPoint;
  /** What it does where it is there. */
  readonly says: string;
}

export interface Missing {
  readonly points: readonly MissingPoint[];
  /** A variant alike in everything else that has them, and holds by the catalogue. */
  readonly sibling: string | undefined;
}

/**
 * The points to put back: those that the nearest holding sibling has and this variant lacks, or,
 * without such a sibling, those that were taken away by name.
 */
export function missingOf(scenario: Scenario, variant: Variant): Missing {
  const own = pointsOf(variant);
  const siblings = scenario.variants
    .filter(
      (other) =>
        other.expect === 'holds' &&
        other.design.design === variant.design.design &&
        sameWorld(scenario, other, variant) &&
        (other.threads ?? scenario.threads) === (variant.threads ?? scenario.threads) &&
        [...own].every((point) => pointsOf(other).has(point)),
    )
    .map((other) => ({ other, adds: [...pointsOf(other)].filter((point) => !own.has(point)) }))
    .filter(({ adds }) => adds.length > 0)
    .sort((a, b) => a.adds.length - b.adds.length);
  const nearest = siblings[0];
  const points = nearest?.adds ?? variant.design.without ?? [];
  return {
    points: points.map((point) => ({ point, says: flushPoints[point] })),
    sibling: nearest?.other.id,
  };
}

/** The flush points that a variant's kernel has. */
export function pointsOf({ design }: Pick<Variant, 'design'>): ReadonlySet<FlushPoint> {
  const points = new Set([...design.design.points, ...(design.plus ?? [])]);
  for (const point of design.without ?? []) points.delete(point);
  return points;
}

function sameWorld(scenario: Scenario, a: Variant, b: Variant): boolean {
  return JSON.stringify(a.world ?? scenario.world) === JSON.stringify(b.world ?? scenario.world);
}
