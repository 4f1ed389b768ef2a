// Which flush point of the model a point of the module is: the lab's third column is the explorer's answer
// about that one. A point that the model's design does not have has a reason, here and nowhere else.

import { designs } from '../kernel/designs/all.ts';
import type { FlushPoint } from '../kernel/kernel.ts';
import { type LabPoint, pointIn } from './lab-points.ts';

/** Points of the module that no design of the model has, by parameter. */
const reasons: Readonly<Record<string, string>> = {
  iomap_dio_rw:
    'the posted patches do not flush there: direct I/O invalidates the page cache, where they do',
  uprobe_replace_page:
    'in the posted patches __replace_page pays through ptep_clear_flush, which is the point there',
  try_to_free_pages:
    'frames are held back instead of tagged: this keeps the guest from running out',
  out_of_memory: 'frames are held back instead of tagged: this keeps the guest from running out',
};

export type ModelPoint =
  | { readonly point: FlushPoint; readonly because?: undefined }
  | { readonly point?: undefined; readonly because: string };

/**
 * The flush point of a design that a point of the module is, or why there is none.
 *
 * @throws Error for a point that is in no design and has no reason: the table above lacks it.
 * @example
 * ```ts
 * modelPointOf({ param: 'prep_new_page', names: ['prep_new_page', 'luf_takeoff'] }, lufV12)
 * // => { point: 'luf_takeoff' }
 * ```
 */
export function modelPointOf(
  point: LabPoint & { readonly repair?: true },
  design: { readonly id: string; readonly points: readonly string[] },
): ModelPoint {
  if (point.repair) return { because: 'no LUF has it: it closes what the designs leave open' };
  const found = pointIn(point, design.points as readonly FlushPoint[]);
  if (found !== undefined) return { point: found };
  const others = designs.filter((one) => pointIn(point, one.points) !== undefined);
  if (others.length > 0) {
    return { because: `a point of ${others.map(({ id }) => id).join(' and ')} only` };
  }
  const because = reasons[point.param];
  if (because === undefined) throw new Error(`no model of the flush point ${point.param}`);
  return { because };
}

/** Reasons for points that there are not, or that a design has by now: what is to be deleted above. */
export function idleReasons(points: readonly LabPoint[]): string[] {
  return Object.keys(reasons).filter((param) => {
    const point = points.find((one) => one.param === param);
    return point === undefined || designs.some((one) => pointIn(point, one.points) !== undefined);
  });
}
