// One debt for the whole machine: what migrc v9 to LUF v11 do at each hook.

import { me } from '../../../lang/expr.ts';
import type { Code } from '../../../lang/nodes.ts';
import { step, when } from '../../../lang/program.ts';
import type { Design, FlushPoint, Hooks, Kernel } from '../../kernel.ts';
import { can_luf_test } from '../luf-task.ts';
import { flush_tlb_batched_pending, notePending } from '../mainline.ts';
import { freeAtOnce } from '../no-hooks.ts';
import { flushDirty, publish } from './flush.ts';
import { migrate_flush, migrate_folio_done } from './migrate.ts';
import { check_flush_task_ugen, luf_flush } from './pay.ts';
import { free_reclaimed, keep_reclaimed } from './reclaim.ts';
import { declareLuf, type Luf11Options, type LufState } from './state.ts';

/** What the versions with one global debt differ in, apart from their flush points. */
export interface GlobalDebt extends Luf11Options {
  readonly design: () => Design;
  /** Reclaim defers, too. Before LUF v10, only migration did. */
  readonly reclaim: boolean;
  /** A dirty entry counts as a writable one, as before LUF v10. */
  readonly rejectsDirty: boolean;
}

/** The hooks of every version from migrc v9 to LUF v11. */
export function globalDebt({
  design,
  reclaim,
  rejectsDirty,
  ...options
}: GlobalDebt): Design['build'] {
  return (state, has) => {
    const k = declareLuf(state, options);
    const pay = (point: FlushPoint): Code[] => (has(point) ? [luf_flush(k, { point })] : []);
    const kernel = (): LufState & Kernel => ({ ...k, hooks, design: design() });
    const hooks: Hooks = {
      ...freeAtOnce((folio) => [free_reclaimed(kernel(), { folio, has, defer: reclaim })]),
      defers: true,
      migrate_flush: () => [migrate_flush(k, { has })],
      migrate_folio_done: (folio, reason) => [migrate_folio_done(kernel(), { folio, reason, has })],
      try_to_unmap_start: () => [step('can_luf_init', k.task(me).can_luf.set(true))],
      set_tlb_ubc_flush_pending: ({ mm, writable, dirty }) => [
        when(
          rejectsDirty ? writable.or(dirty) : writable,
          [notePending(k, mm, dirty), k.task(me).can_luf.set(false)],
          [
            k.task(me).ro.add(k.mmCpumask(mm)),
            rejectsDirty ? [] : when(dirty, [k.task(me).roWritable.set(true)]),
            k.batched(mm).pending.set(k.batched(mm).pending.plus(1)),
          ],
        ),
      ],
      try_to_unmap_end: () => [can_luf_test(k)],
      try_to_unmap_flush_dirty: () => (has('try_to_unmap_flush_dirty') ? [flushDirty(k, {})] : []),
      keep_reclaimed: () => [
        keep_reclaimed(k, {
          flush: has('try_to_unmap_flush'),
          pay: has('shrink_folio_list'),
          defer: reclaim,
        }),
      ],
      before_remove_mapping: () => (has('__remove_mapping') ? [publish(k, {})] : []),
      flush_tlb_batched_pending: (mm, site) =>
        has(`flush_tlb_batched_pending@${site}`)
          ? [flush_tlb_batched_pending(k, { mm, site })]
          : [],
      rmqueue: (frame) => [
        when(k.task(me).ugen.lt(k.tag(frame)), [k.task(me).ugen.set(k.tag(frame))]),
        k.tag(frame).set(0),
      ],
      prep_new_page: (_, exit) => {
        const point = exit === 'rmqueue' ? 'prep_new_page' : exit;
        return has(point) ? [check_flush_task_ugen(k, { point })] : [];
      },
      // hand_over_task_ugen: whatever the current task has collected goes to the page.
      free_pcppages_bulk: (frame) => [
        has('interrupt_context')
          ? []
          : [
              when(k.tag(frame).lt(k.task(me).ugen), [k.tag(frame).set(k.task(me).ugen)]),
              k.task(me).ugen.set(0),
            ],
        options.storesOrderAsUgen === true ? k.tag(frame).set(0) : [],
      ],
      merge_buddies: (head, tail) => [
        when(k.tag(head).lt(k.tag(tail)), [k.tag(head).set(k.tag(tail))]),
        k.tag(tail).set(0),
      ],
      // Taking the head has put the block's generation into the task.
      expand: (_, rest) =>
        options.splitKeepsUgen === true ? [k.tag(rest).set(k.task(me).ugen)] : [k.tag(rest).set(0)],
      free_pages_prepare: () => pay('free_pages_prepare'),
      cancel: (point) => pay(point),
    };
    return hooks;
  };
}
