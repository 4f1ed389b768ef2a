// LUF v12 at the allocator: a tagged page may leave the free lists only between luf_takeoff_start
// and luf_takeoff_end, and at the end of that bracket what it owes has been flushed.

import { type Bool, either, type Id, me } from '../../../lang/expr.ts';
import type { Code } from '../../../lang/nodes.ts';
import { branch, path, type Stmts, step, waitStep, when } from '../../../lang/program.ts';
import { bool, int } from '../../../lang/sorts.ts';
import { check_done, diet, try_to_unmap_flush_takeoff } from './batch.ts';
import type { Luf12State } from './state.ts';

/** `luf_takeoff_check` where no shootdown is possible: only what owes nothing may be taken. */
export function takeoff_check(k: Luf12State, frame: Id<'frame'>): Bool {
  const page = k.page(frame);
  const debt = k.keyBatch(page.key.the());
  const pcp = page.key.isNone();
  const buddy = page.zone_ugen.is(0).or(k.zone.done.ge(page.zone_ugen));
  const paid = either(pcp, pcp, check_done(k, debt.cpus, debt.ugen));
  return either(page.inPcp, paid, buddy);
}

/** `__free_one_page` of a page from a per-CPU list: the zone takes over what its key owes. */
export function drain(k: Luf12State, frame: Id<'frame'>): Stmts {
  const page = k.page(frame);
  const debt = k.keyBatch(page.key.the());
  return [
    when(page.inPcp, [
      when(page.key.isSome(), [
        page.zone_ugen.set(k.zone.openLessOne.plus(1)),
        k.zone.batch.add(debt.cpus),
        when(k.zone.luf_ugen.lt(debt.ugen), [k.zone.luf_ugen.set(debt.ugen)]),
      ]),
      page.inPcp.set(false),
      page.key.clear(),
    ]),
  ];
}

/** `luf_takeoff_check_and_fold`, in the step that takes the page, under the lists' lock. */
export function takeoff_check_and_fold(k: Luf12State, frame: Id<'frame'>): Stmts {
  const page = k.page(frame);
  const task = k.task(me);
  const debt = k.keyBatch(page.key.the());
  const open = k.zone.openLessOne.plus(1);
  const fromPcp: Stmts = [
    when(page.key.isSome(), [
      when(check_done(k, debt.cpus, debt.ugen).not(), [
        task.takeoff.add(debt.cpus),
        when(task.luf_ugen.lt(debt.ugen), [task.luf_ugen.set(debt.ugen)]),
      ]),
    ]),
  ];
  const claim: Stmts = [
    task.wait_zone_ugen.set(k.zone.openLessOne),
    task.zone_ugen.set(open),
    // As posted, it overwrites what pages of a per-CPU list have put there in the same bracket. Only
    // alloc_pages_bulk, which is not modelled, has both in one: a block is one page of one list, and
    // where the model takes its frames one by one the newer stamp stays.
    when(task.luf_ugen.lt(k.zone.luf_ugen), [task.luf_ugen.set(k.zone.luf_ugen)]),
    k.zone.openLessOne.set(open),
    task.takeoff.add(k.zone.batch),
    k.zone.batch.clear(),
  ];
  const fromBuddy: Stmts = [
    when(page.zone_ugen.isnt(0).and(k.zone.done.lt(page.zone_ugen)).and(task.zone_ugen.is(0)), [
      when(page.zone_ugen.is(open), claim, [
        when(task.wait_zone_ugen.lt(page.zone_ugen), [task.wait_zone_ugen.set(page.zone_ugen)]),
      ]),
    ]),
  ];
  return [
    when(page.inPcp, fromPcp, fromBuddy),
    page.inPcp.set(false),
    page.key.clear(),
    page.zone_ugen.set(0),
  ];
}

/** Flushes what was folded, and publishes a claimed generation after the one before it. */
export const luf_takeoff_end: (k: Luf12State, args: Record<never, never>) => Code = path(
  {
    name: 'luf_takeoff_end',
    source: 'mm/page_alloc.c, LUF v12 patches 10, 17 and 21',
    leavesOut:
      'nested brackets; contexts in which no interrupt may be sent take untagged pages only',
    reads: ['ugen_done'],
    writes: ['luf_task', 'luf_zone'],
    locals: { own: int(15), wait: int(15), claimed: bool },
  },
  (k, _, l) => [
    step(
      'arch_tlbbatch_diet',
      diet(k, k.task(me).takeoff, k.task(me).luf_ugen),
      l.own.set(k.task(me).zone_ugen),
      l.wait.set(k.task(me).wait_zone_ugen),
      k.task(me).luf_ugen.set(0),
      k.task(me).zone_ugen.set(0),
      k.task(me).wait_zone_ugen.set(0),
    ),
    try_to_unmap_flush_takeoff(k, {}),
    branch(l.wait.isnt(0).or(l.own.isnt(0)), [
      k.options.waitsForNobody === true
        ? []
        : waitStep('wait_zone_ugen_done', k.zone.done.lt(l.wait).not()),
      // Without the wait an older generation may come last; the newer one stays.
      branch(l.own.isnt(0), [
        step('set_zone_ugen_done', when(k.zone.done.lt(l.own), [k.zone.done.set(l.own)])),
      ]),
    ]),
  ],
);
