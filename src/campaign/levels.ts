// The looks at a cell: each with more states than the one before, until its last.

import type { Cell, CellBounds } from './cell.ts';
import type { BoundsSpec, CampaignSpec } from './spec.ts';

/** Bytes are always bounded, so that a search ends by its bounds and not by the machine's memory. */
export const DEFAULT_BOUNDS = { from: 10_000, to: 1_000_000, factor: 8, bytes: 2 ** 30 } as const;

/**
 * @example
 * ```ts
 * levelsOf({ from: 1000, to: 20000, factor: 10 }).map((level) => level.states)
 * // => [1000, 10000, 20000]
 * ```
 */
export function levelsOf(spec: BoundsSpec = {}): CellBounds[] {
  const { from, to, factor, bytes } = { ...DEFAULT_BOUNDS, ...spec };
  const more = { bytes, ...(spec.depth === undefined ? {} : { depth: spec.depth }) };
  const levels: CellBounds[] = [];
  for (let states = Math.min(from, to); states < to; states *= factor) {
    levels.push({ states: Math.floor(states), ...more });
  }
  return [...levels, { states: to, ...more }];
}

/** What has no states that are counted is looked at once. */
const ONCE: readonly CellBounds[] = [{ states: 0 }];

export function levelsFor(cell: Cell, spec: CampaignSpec, group: number): readonly CellBounds[] {
  if (cell.kind !== 'model') return ONCE;
  return levelsOf({ ...spec.bounds, ...spec.cells[group]?.bounds });
}
