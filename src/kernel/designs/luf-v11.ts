import { emit } from '../../events/emit.ts';
import {
  type BoolRef,
  type Id,
  type Int,
  type IntRef,
  me,
  no,
  type SetRef,
  yes,
} from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, leave, loop, path, step, waitStep, when } from '../../lang/program.ts';
import { bool, int, setOf } from '../../lang/sorts.ts';
import type { Design, FlushPoint, Hooks, Kernel } from '../kernel.ts';
import { free_unref_folio } from '../paths/alloc.ts';
import { arch_tlbbatch_flush } from '../paths/tlb-flush.ts';
import type { KernelState } from '../state.ts';
import { can_luf_test, type LufTask } from './luf-task.ts';
import { migrate_flush, migrate_folio_done } from './luf-v11-migrate.ts';
import {
  type BatchState,
  declareBatch,
  flush_tlb_batched_pending,
  notePending,
} from './mainline.ts';
import { freeAtOnce } from './no-hooks.ts';

/** LUF v11 less one of the two precautions that its source draws pictures of. */
export interface Luf11Options {
  /** `try_to_unmap_luf` adds to the debt even while a flush is running that will subtract from it. */
  readonly defersWhileFlushing?: boolean;
  /**
   * `set_buddy_order_ugen` as posted in 05/12: it stores the order where the generation belongs. A
   * single page in the buddy lists then carries none.
   */
  readonly storesOrderAsUgen?: boolean;
  /** `expand` gives the rest of a block the generation of the block; as posted it gives it none. */
  readonly splitKeepsUgen?: boolean;
  /** `check_luf_flush` does not wait for a payer that has emptied the debt and is still flushing. */
  readonly waitsForNobody?: boolean;
}

/** What LUF v11 adds to mainline's batches. Generations do not wrap in the model. */
export interface LufState extends BatchState {
  readonly options: Luf11Options;
  readonly task: (t: Id<'thread'>) => LufTask & {
    /** `ugen`: the newest generation of the free pages this task has taken. */
    readonly ugen: IntRef;
    /** The generation of what this task is migrating. */
    readonly migrate_ugen: IntRef;
  };
  /** `luf_ubc`: the one debt of the whole machine. */
  readonly luf_ubc: SetRef<'cpu'>;
  readonly luf_gen: IntRef;
  readonly luf_gen_next: IntRef;
  readonly luf_gen_done: IntRef;
  readonly on_flushing: IntRef;
  readonly luf_on_flushing: BoolRef;
  /** The generation that a free page carries; 0 is none. */
  readonly tag: (frame: Id<'frame'>) => IntRef;
}

function declareLuf(state: KernelState, options: Luf11Options): LufState {
  const k = declareBatch(state);
  const d = k.declarations;
  const gen = int(k.world.generations ?? 7);
  return {
    ...k,
    options,
    task: d.table('luf_task', ['thread'], {
      ro: setOf('cpu'),
      roWritable: bool,
      luf: setOf('cpu'),
      lufWritable: bool,
      can_luf: bool,
      ugen: gen,
      migrate_ugen: gen,
    }),
    luf_ubc: d.scalar('luf_ubc', setOf('cpu')),
    luf_gen: d.scalar('luf_gen', gen),
    // The kernel starts at 1; the model keeps one less, so that all of its state starts at zero.
    luf_gen_next: d.scalar('luf_gen_next_less_one', gen),
    luf_gen_done: d.scalar('luf_gen_done', gen),
    on_flushing: d.scalar('on_flushing', int(7)),
    luf_on_flushing: d.scalar('luf_on_flushing', bool),
    tag: d.column('luf_tag', ['frame'], gen),
  };
}

/** Flushes this task's batch, with what it could have deferred; tells `luf_ubc` what it covered. */
export const try_to_unmap_flush: (k: LufState, args: Record<never, never>) => Code = path(
  {
    name: 'try_to_unmap_flush',
    source: 'mm/rmap.c, LUF v11 patch 9 (try_to_unmap_flush, rmap_flush_start, rmap_flush_end)',
    leavesOut: 'a contended luf_lock, for which rmap_flush_start gives up the bookkeeping',
    reads: [],
    writes: ['tlb_ubc', 'luf_task', 'luf_ubc', 'on_flushing'],
    locals: { needed: bool },
  },
  (k, _, l) => [
    step(
      'fold_ubc',
      k.ubc(me).cpus.add(k.task(me).luf),
      when(k.task(me).lufWritable, [k.ubc(me).writable.set(true)]),
      k.task(me).luf.clear(),
      k.task(me).lufWritable.set(false),
      l.needed.set(k.ubc(me).cpus.isSome()),
    ),
    branch(l.needed, [
      step('rmap_flush_start', k.on_flushing.set(k.on_flushing.plus(1))),
      arch_tlbbatch_flush(k, { cpus: k.ubc(me).cpus }),
      step(
        'rmap_flush_end',
        k.luf_ubc.remove(k.ubc(me).cpus),
        k.on_flushing.set(k.on_flushing.minus(1)),
        k.ubc(me).cpus.clear(),
        k.ubc(me).writable.set(false),
      ),
    ]),
  ],
);

/** Turns what this task may defer into the machine's debt; the generation, 0 if it must flush now. */
export const try_to_unmap_luf: (k: LufState, args: { ugen: IntRef }) => Code = path(
  {
    name: 'try_to_unmap_luf',
    source: 'mm/rmap.c, LUF v11 patch 9',
    leavesOut: 'a contended luf_lock, for which it gives up and flushes now',
    reads: ['on_flushing', 'luf_on_flushing', 'luf_gen_next_less_one'],
    writes: ['tlb_ubc', 'luf_task', 'luf_ubc', 'luf_gen'],
  },
  (k, { ugen }) => [
    step(
      'fold_ubc(luf_ubc)',
      when(
        k.options.defersWhileFlushing === true ? no : k.on_flushing.isnt(0).or(k.luf_on_flushing),
        [
          k.ubc(me).cpus.add(k.task(me).luf),
          when(k.task(me).lufWritable, [k.ubc(me).writable.set(true)]),
          ugen.set(0),
        ],
        [
          emit('debt.record', { cpus: k.task(me).luf }),
          k.luf_ubc.add(k.task(me).luf),
          k.luf_gen.set(k.luf_gen_next.plus(1)),
          ugen.set(k.luf_gen_next.plus(1)),
        ],
      ),
      k.task(me).luf.clear(),
      k.task(me).lufWritable.set(false),
    ),
  ],
);

/** Pays the machine's debt if the generation asked for is still open; waits for another payer. */
export const check_luf_flush: (k: LufState, args: { ugen: Int; point: FlushPoint }) => Code = path(
  {
    name: 'check_luf_flush',
    source: 'mm/rmap.c, LUF v11 patch 9',
    leavesOut: 'the unlocked first look at luf_gen_done; its spin is a wait',
    reads: ['luf_task'],
    writes: [
      'tlb_ubc',
      'luf_ubc',
      'luf_gen_next_less_one',
      'luf_gen',
      'luf_gen_done',
      'luf_on_flushing',
    ],
    locals: { mine: int(15) },
  },
  (k, { ugen, point }, l) => {
    const open = k.luf_gen_done.plus(1).is(l.mine);
    return [
      step('ugen', l.mine.set(ugen), when(ugen.is(0), [leave('check_luf_flush')])),
      loop(
        'retry',
        waitStep(
          'spin_lock(luf_lock)',
          k.options.waitsForNobody === true ? yes : open.and(k.luf_on_flushing).not(),
          when(open.not().or(k.luf_ubc.isEmpty()), [leave('check_luf_flush')]),
          k.ubc(me).cpus.add(k.luf_ubc),
          k.luf_ubc.clear(),
          k.luf_gen_next.set(k.luf_gen),
          k.luf_on_flushing.set(true),
        ),
        try_to_unmap_flush(k, {}),
        step(
          'WRITE_ONCE(luf_gen_done)',
          emit('debt.pay', { point }),
          k.luf_on_flushing.set(false),
          k.luf_gen_done.set(l.mine),
        ),
        leave('retry'),
      ),
    ];
  },
);

/** Pays everything that is owed. */
const luf_flush: (k: LufState, args: { point: FlushPoint }) => Code = path(
  {
    name: 'luf_flush',
    source: 'mm/rmap.c, LUF v11 patch 9',
    leavesOut: 'nothing that matters here',
    reads: ['luf_gen'],
    writes: [],
    locals: { ugen: int(15) },
  },
  (k, { point }, l) => [
    step('luf_flush', l.ugen.set(k.luf_gen)),
    check_luf_flush(k, { ugen: l.ugen, point }),
  ],
);

/** The end of `shrink_folio_list`: folios whose flush is deferred go free with a tag. */
const free_reclaimed: (
  k: LufState & Kernel,
  args: { folio: Id<'frame'>; has: (point: FlushPoint) => boolean; defer: boolean },
) => Code = path(
  {
    name: 'free_unref_folios',
    source: 'mm/vmscan.c, LUF v11 patch 12; mm/page_alloc.c, patch 9',
    leavesOut: 'batches of more than one folio',
    reads: [],
    writes: ['luf_tag', 'luf_task'],
    locals: { luf: bool, ugen: int(15) },
  },
  (k, { folio, has, defer }, l) => [
    step('can_luf', l.luf.set(k.task(me).can_luf), k.task(me).can_luf.set(false)),
    // What is not deferred here is part of the flush that follows.
    defer ? branch(l.luf, [try_to_unmap_luf(k, { ugen: l.ugen })]) : [],
    has('try_to_unmap_flush') ? try_to_unmap_flush(k, {}) : [],
    step('folio->ugen', k.tag(folio).set(l.ugen)),
    free_unref_folio(k, { folio }),
  ],
);

/** The same for a folio that is kept: what it owes is published, and the folio carries no tag. */
const keep_reclaimed: (
  k: LufState,
  args: { flush: boolean; pay: boolean; defer: boolean },
) => Code = path(
  {
    name: 'keep_reclaimed',
    source: 'mm/vmscan.c, LUF v11 patch 12 (the end of shrink_folio_list)',
    leavesOut: 'batches of more than one folio',
    reads: [],
    writes: ['luf_task'],
    locals: { ugen: int(15) },
  },
  (k, { flush, pay, defer }, l) => [
    step('can_luf', k.task(me).can_luf.set(false)),
    pay || !defer ? [] : try_to_unmap_luf(k, { ugen: l.ugen }),
    flush || pay ? try_to_unmap_flush(k, {}) : [],
  ],
);

export const flushDirty: (k: LufState, args: Record<never, never>) => Code = path(
  {
    name: 'try_to_unmap_flush_dirty',
    source: 'mm/rmap.c, LUF v11 patch 9',
    leavesOut: 'nothing that matters here',
    reads: ['tlb_ubc', 'luf_task'],
    writes: [],
    locals: { needed: bool },
  },
  (k, _, l) => [
    step('tlb_ubc->writable', l.needed.set(k.ubc(me).writable.or(k.task(me).lufWritable))),
    branch(l.needed, [try_to_unmap_flush(k, {})]),
  ],
);

const points = [
  'try_to_unmap_flush',
  'try_to_unmap_flush_dirty',
  'flush_tlb_batched_pending@zap_pte_range',
  'flush_tlb_batched_pending@change_pte_range',
  'flush_tlb_batched_pending@move_ptes',
  'try_to_unmap_flush@migrate_pages_batch',
  'migrate_folio_done',
  'prep_new_page',
  'isolate_freepages_block',
  'page_reporting_cycle',
  '__offline_isolated_pages',
  'free_pages_prepare',
  'file_end_write',
  'finish_fault',
  'do_anonymous_page',
  'wp_page_copy',
  'finish_mkwrite_fault',
  'handle_pte_fault',
] as const satisfies readonly FlushPoint[];

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

export const lufV11: Design = lufV11With({
  id: 'luf-v11',
  says: 'What was mapped read-only is freed unflushed; one global debt is paid at the flush points.',
});

/** LUF v11 changed in one respect. */
export function lufV11With({
  id,
  says,
  ...options
}: Luf11Options & { readonly id: string; readonly says: string }): Design {
  const design: Design = {
    id,
    says,
    source: 'Byungchul Park, [PATCH v11 00/12] LUF, linux-mm, 31 May 2024',
    points,
    defersIn: ['try_to_unmap', 'try_to_migrate'],
    build: globalDebt({ design: () => design, reclaim: true, rejectsDirty: false, ...options }),
  };
  return design;
}

/** Before free pages are used: their tags, collected in the task, say whether to pay. */
const check_flush_task_ugen: (k: LufState, args: { point: FlushPoint }) => Code = path(
  {
    name: 'check_flush_task_ugen',
    source: 'mm/internal.h, migrc v9 to LUF v11',
    leavesOut: 'nothing that matters here',
    reads: [],
    writes: ['luf_task'],
  },
  (k, { point }) => [
    check_luf_flush(k, { ugen: k.task(me).ugen, point }),
    step('current->ugen = 0', k.task(me).ugen.set(0)),
  ],
);

/**
 * No kernel has this: the repair of a window that v11 shares with mainline. What reclaim emptied is
 * in nobody's debt but its own until `try_to_unmap_luf`. By then the folio has left its page-cache
 * slot, which can be refilled and written at once, locked folio or not.
 */
const publish: (k: LufState, args: Record<never, never>) => Code = path(
  {
    name: 'publish_before_remove_mapping',
    source: 'a repair, after Huang Ying, linux-mm, 4 June 2024',
    leavesOut: 'nothing that matters here',
    reads: ['on_flushing', 'luf_on_flushing', 'luf_gen_next_less_one'],
    writes: ['tlb_ubc', 'luf_task', 'luf_ubc', 'luf_gen'],
    locals: { now: bool },
  },
  (k, _, l) => [
    step(
      'fold_ubc(luf_ubc)',
      when(
        k.on_flushing.isnt(0).or(k.luf_on_flushing).or(k.ubc(me).cpus.isSome()),
        [l.now.set(true)],
        [
          emit('debt.record', { cpus: k.task(me).luf }),
          k.luf_ubc.add(k.task(me).luf),
          k.luf_gen.set(k.luf_gen_next.plus(1)),
        ],
      ),
    ),
    branch(l.now, [try_to_unmap_flush(k, {})]),
  ],
);
