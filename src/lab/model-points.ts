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

/**
 * Points that no program can pass in a stock kernel, by parameter. ptep_clear_flush pays where it finds the
 * entry empty; its callers have each just seen their page there, under the lock of the page table
 * (wp_page_copy, __replace_page, try_to_unmap_one, try_to_migrate_one, write_protect_page). The explorer's
 * counterexample has a __replace_page that looks at nothing.
 */
export const outOfReach: Readonly<Partial<Record<string, string>>> = {
  ptep_clear_flush: 'no caller in a stock kernel finds the entry empty',
};

const held =
  'frames are held back until they are paid for, which stands for every way out of the allocator: prep_new_page';
const notPutOff = 'the module puts off what reclaim unmaps, not what migration does';
const kernelsOwn =
  'the flush that is put off; fault_arch_tlbbatch_flush leaves it out of the stock kernel';
const inFault =
  'one of the hooks of v11 inside the fault handler, most of which the compiler inlines: do_wp_page is there';

/** Points of designs that the module does not have. */
const beyond: Readonly<Partial<Record<FlushPoint, string>>> = {
  try_to_unmap_flush: kernelsOwn,
  'try_to_unmap_flush@migrate_pages_batch': notPutOff,
  migrate_folio_done: notPutOff,
  isolate_freepages_block: held,
  page_reporting_cycle: held,
  __offline_isolated_pages: held,
  take_page_off_buddy: held,
  free_pages_prepare: held,
  finish_fault: inFault,
  do_anonymous_page: inFault,
  wp_page_copy: inFault,
  finish_mkwrite_fault: inFault,
  handle_pte_fault: inFault,
  mapping_try_invalidate:
    'it pays for what mapping_evict_folio, which it calls and which is there, pays for',
  finish_task_switch: 'it cannot be redirected: the stack is changed in it',
};

/**
 * The flush points of a design that the module does not have, each with its reason; undefined where there
 * is none, which a test forbids.
 */
export function pointsBeyondLab(
  points: readonly LabPoint[],
  design: { readonly points: readonly string[] },
): { readonly point: string; readonly because: string | undefined }[] {
  return design.points
    .filter((point) => !points.some(({ names }) => names.includes(point)))
    .map((point) => ({ point, because: beyond[point as FlushPoint] }));
}

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
