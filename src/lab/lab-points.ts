// The flush points that the lab's module has, read from its own header, which is where they are
// declared: a point that is added there is known here.

import { Problem } from '../base/problem.ts';
import type { FlushPoint } from '../kernel/kernel.ts';

export interface LabPoint {
  /** The module's parameter. */
  readonly param: string;
  /** Names of the same point in designs: `flush_tlb_batched_pending@zap_pte_range`. */
  readonly names: readonly string[];
  /** No LUF has it: it would close what the designs leave open. */
  readonly repair?: true;
}

/**
 * Reads the rows `X(parameter, "name")` of the header's tables, those of repairs last. A point with several names has them
 * separated by blanks.
 *
 * @throws Problem LUF-E202 if there is no table.
 * @example
 * ```ts
 * labPoints('#define LUF_POINTS(X) \\\n\tX(move_ptes, "flush_tlb_batched_pending@move_ptes")\n')
 * // => [{ param: 'move_ptes', names: ['flush_tlb_batched_pending@move_ptes'] }]
 * ```
 */
export function labPoints(header: string): LabPoint[] {
  const points = rowsOf(header, 'LUF_POINTS');
  if (points.length === 0) {
    throw new Problem('LUF-E202', 'the module declares no flush points', { where: 'luf.h' });
  }
  const repairs = rowsOf(header, 'LUF_REPAIRS').map((one) => ({ ...one, repair: true }) as const);
  return [...points, ...repairs];
}

function rowsOf(header: string, name: string): LabPoint[] {
  const table =
    new RegExp(`#define ${name}\\(X\\)((?:[^\\n]*\\\\\\n)+[^\\n]*)`).exec(header)?.[1] ?? '';
  const rows = [...table.matchAll(/X\(\s*(\w+)\s*,[\s\\]*"([\w@. ]+)"\s*\)/g)];
  return rows.map(([, param = '', names = '']) => ({ param, names: names.split(' ') }));
}

/** Which of a design's flush points this one is; none if the design does not have it. */
export function pointIn(
  point: LabPoint,
  designPoints: readonly FlushPoint[],
): FlushPoint | undefined {
  return designPoints.find((one) => point.names.includes(one));
}
