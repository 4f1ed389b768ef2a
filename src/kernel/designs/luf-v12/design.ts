import { emit } from '../../../events/emit.ts';
import { type Id, type Maybe, me, theId, yes } from '../../../lang/expr.ts';
import type { Code } from '../../../lang/nodes.ts';
import { branch, type Codes, path, pickStep, step, when } from '../../../lang/program.ts';
import { bool, maybe } from '../../../lang/sorts.ts';
import type {
  CancelPoint,
  Design,
  FlushPoint,
  FreeListExit,
  Hooks,
  Kernel,
  Scope,
} from '../../kernel.ts';
import { free_unref_folio } from '../../paths/alloc.ts';
import type { KernelState } from '../../state.ts';
import { can_luf_test } from '../luf-task.ts';
import { notePending } from '../mainline.ts';
import { freeAtOnce } from '../no-hooks.ts';
import {
  __fold_luf_batch,
  broadcasts,
  flush_tlb_batched_pending,
  fold_luf_batch_mm,
  fold_luf_batch_mm_switching,
  luf_flush_mapping,
  luf_flush_mm,
  new_luf_ugen,
  try_to_unmap_flush,
} from './batch.ts';
import { migrate_flush, migrate_folio_done } from './migrate.ts';
import type { Luf12Options } from './options.ts';
import { declareLuf12, type Luf12State } from './state.ts';
import { drain, luf_takeoff_end, takeoff_check, takeoff_check_and_fold } from './takeoff.ts';

/** Turns what this task may defer into the debt of a key; none if a flush covers it anyway. */
export const fold_unmap_luf: (
  k: Luf12State,
  args: { key: ReturnType<Luf12State['page']>['key'] },
) => Code = path(
  {
    name: 'fold_unmap_luf',
    source: 'mm/rmap.c, LUF v12 patch 16',
    leavesOut:
      'keys are handed out round-robin; the model takes any, which includes reuse of one that is still in debt',
    reads: ['tlb_ubc', 'ugen_done'],
    writes: ['luf_task', 'luf_batch', 'luf_ugen', 'tlb_ubc'],
    locals: { needed: bool },
  },
  (k, { key }, l) => {
    const covered = broadcasts(k) ? yes : k.task(me).luf.within(k.ubc(me).cpus);
    return [
      step(
        'arch_tlbbatch_done',
        l.needed.set(covered.not()),
        when(covered, [
          when(k.task(me).lufWritable, [k.ubc(me).writable.set(true)]),
          k.task(me).luf.clear(),
          k.task(me).lufWritable.set(false),
        ]),
      ),
      branch(l.needed, [
        pickStep('fold_luf_batch', {
          pick: ['key'],
          does: (one) => [
            emit('debt.record', { cpus: k.task(me).luf }),
            __fold_luf_batch(k, k.keyBatch(one.key), k.task(me).luf),
            k.task(me).luf.clear(),
            k.task(me).lufWritable.set(false),
            key.set(one.key),
          ],
        }),
      ]),
    ];
  },
);

/** The end of `shrink_folio_list`: flush what cannot wait, free the rest with its key. */
const free_reclaimed: (
  k: Luf12State & Kernel,
  args: { folio: Id<'frame'>; has: (point: FlushPoint) => boolean },
) => Code = path(
  {
    name: 'free_unref_folios',
    source: 'mm/vmscan.c, mm/page_alloc.c, LUF v12 patches 11, 21 and 25',
    leavesOut: 'batches of more than one folio; merging of buddies; the list of pending pages',
    reads: ['luf_batch'],
    writes: ['luf_page', 'luf_task', 'luf_zone'],
    locals: { luf: bool, key: maybe('key') },
  },
  (k, { folio, has }, l) => [
    step('can_luf', l.luf.set(k.task(me).can_luf), k.task(me).can_luf.set(false)),
    branch(l.luf, [fold_unmap_luf(k, { key: l.key })]),
    has('try_to_unmap_flush') ? try_to_unmap_flush(k, {}) : [],
    free_unref_page(k, folio, l.key),
    free_unref_folio(k, { folio }),
  ],
);

/** The same for a folio that is kept: its key is flushed at once. */
const keep_reclaimed: (k: Luf12State, args: { flush: boolean; pay: boolean }) => Code = path(
  {
    name: 'keep_reclaimed',
    source: 'mm/vmscan.c, LUF v12 patch 25',
    leavesOut:
      'batches of more than one folio; the key itself: what it would hold is flushed before it is made',
    reads: [],
    writes: ['luf_task'],
    locals: { key: maybe('key') },
  },
  (k, { flush, pay }, l) => [
    step('can_luf', k.task(me).can_luf.set(false)),
    pay ? [] : fold_unmap_luf(k, { key: l.key }),
    flush || pay ? try_to_unmap_flush(k, {}) : [],
  ],
);

/** To the per-CPU list with its key, or to the buddy lists, whose zone takes over the debt. */
export function free_unref_page(k: Luf12State, folio: Id<'frame'>, key: Maybe<'key'>): Code {
  const debt = k.keyBatch(key.the());
  const page = k.page(folio);
  return pickStep('free_unref_page', {
    pick: ['way'],
    does: ({ way }) => [
      when(
        way.is(theId('way', 0)),
        [page.inPcp.set(true), page.key.set(key)],
        [
          page.inPcp.set(false),
          when(key.isSome(), [
            page.zone_ugen.set(k.zone.openLessOne.plus(1)),
            k.zone.batch.add(debt.cpus),
            when(k.zone.luf_ugen.lt(debt.ugen), [k.zone.luf_ugen.set(debt.ugen)]),
          ]),
        ],
      ),
    ],
  });
}

export const flushDirty: (k: Luf12State, args: Record<never, never>) => Code = path(
  {
    name: 'try_to_unmap_flush_dirty',
    source: 'mm/rmap.c, LUF v12 patch 16',
    leavesOut: 'nothing that matters here',
    reads: ['tlb_ubc', 'luf_task'],
    writes: [],
    locals: { needed: bool },
  },
  (k, _, l) => [
    step(
      'tlb_ubc->writable',
      l.needed.set(k.ubc(me).writable.or(k.task(me).roWritable).or(k.task(me).lufWritable)),
    ),
    branch(l.needed, [try_to_unmap_flush(k, {})]),
  ],
);

const takeoffAt = {
  rmqueue: 'luf_takeoff',
  isolate_freepages_block: 'isolate_freepages_block',
  page_reporting_cycle: 'page_reporting_cycle',
  __offline_isolated_pages: '__offline_isolated_pages',
  take_page_off_buddy: 'take_page_off_buddy',
} as const satisfies Record<FreeListExit, FlushPoint>;

const points = [
  'try_to_unmap_flush',
  'shrink_folio_list',
  'try_to_unmap_flush_dirty',
  'flush_tlb_batched_pending@zap_pte_range',
  'flush_tlb_batched_pending@change_pte_range',
  'flush_tlb_batched_pending@move_ptes',
  'flush_tlb_batched_pending@madvise_free_pte_range',
  'flush_tlb_batched_pending@madvise_cold_or_pageout_pte_range',
  'try_to_unmap_flush@migrate_pages_batch',
  'migrate_folio_done',
  'luf_takeoff',
  'isolate_freepages_block',
  'page_reporting_cycle',
  '__offline_isolated_pages',
  'take_page_off_buddy',
  'handle_mm_fault',
  'mapping_write_begin',
  'tlb_end_vma',
  'ptep_clear_flush',
  'folio_mkclean',
  'folio_invalidate',
  'truncate_inode_folio',
  'truncate_inode_pages_range',
  'mapping_evict_folio',
  'mapping_try_invalidate',
  'invalidate_inode_pages2_range',
  'remove_mapping',
  'finish_task_switch',
] as const satisfies readonly FlushPoint[];

export const lufV12: Design = lufV12With({
  id: 'luf-v12',
  says: 'As v11, with debts kept by key, mm and file, times at which CPUs were flushed, and zone generations.',
});

/** LUF v12 changed in one respect; see options.ts. */
export function lufV12With({
  id,
  says,
  ...options
}: Luf12Options & { readonly id: string; readonly says: string }): Design {
  const design: Design = {
    id,
    says,
    source: 'Byungchul Park, [RFC PATCH v12 00/26] LUF, linux-mm, 20 February 2025',
    points,
    defersIn: ['try_to_unmap', 'try_to_migrate'],
    build: (state, has) => hooksOf(state, has, options, design),
  };
  return design;
}

function hooksOf(
  state: KernelState,
  has: (point: FlushPoint) => boolean,
  options: Luf12Options,
  design: Design,
): Hooks {
  const k = declareLuf12(state, options);
  const { switching } = k;
  const kernel = (): Luf12State & Kernel => ({ ...k, hooks, design });
  const pay = (point: CancelPoint, { mm, file }: Scope): Codes => {
    if (!has(point)) return [];
    return [
      file === undefined
        ? []
        : branch(file.isSome(), [
            luf_flush_mapping(k, { batch: k.mappingBatch(file.the()), point }),
          ]),
      mm === undefined ? [] : luf_flush_mm(k, { batch: k.mmBatch(mm), point }),
    ];
  };
  const hooks: Hooks = {
    ...freeAtOnce((folio) => [free_reclaimed(kernel(), { folio, has })]),
    defers: true,
    migrate_flush: () => [migrate_flush(kernel(), { has })],
    migrate_folio_done: (folio, reason) => [migrate_folio_done(kernel(), { folio, reason, has })],
    // can_luf_init refuses where freeing would overwrite the page.
    try_to_unmap_start: () => [
      step(
        'can_luf_init',
        k.task(me).can_luf.set(k.world.init_on_free !== true),
        options.stampsBeforeClear === true
          ? [new_luf_ugen(k), k.task(me).early.set(k.luf_ugen)]
          : [],
      ),
    ],
    before_add_pending: ({ mm, writable, slot }) =>
      switching === undefined
        ? []
        : [
            branch(writable.not(), [
              fold_luf_batch_mm_switching({ ...k, switching }, { into: k.mmBatch(mm), mm }),
              branch(slot.isSome(), [
                fold_luf_batch_mm_switching(
                  { ...k, switching },
                  { into: k.mappingBatch(slot.the()), mm },
                ),
              ]),
            ]),
          ],
    set_tlb_ubc_flush_pending: ({ mm, writable, dirty, slot }) => [
      when(
        writable,
        [notePending(k, mm, dirty), k.task(me).can_luf.set(false)],
        [
          switching === undefined
            ? [
                fold_luf_batch_mm(k, k.mmBatch(mm), mm),
                when(slot.isSome(), fold_luf_batch_mm(k, k.mappingBatch(slot.the()), mm)),
              ]
            : [],
          k.task(me).ro.add(k.mmCpumask(mm)),
          when(dirty, [k.task(me).roWritable.set(true)]),
          k.batched(mm).pending.set(k.batched(mm).pending.plus(1)),
        ],
      ),
    ],
    try_to_unmap_end: () => [can_luf_test(k)],
    try_to_unmap_flush_dirty: () => (has('try_to_unmap_flush_dirty') ? [flushDirty(k, {})] : []),
    keep_reclaimed: () => [
      keep_reclaimed(k, { flush: has('try_to_unmap_flush'), pay: has('shrink_folio_list') }),
    ],
    before_remove_mapping: () => (has('__remove_mapping') ? [try_to_unmap_flush(k, {})] : []),
    flush_tlb_batched_pending: (mm, site) =>
      has(`flush_tlb_batched_pending@${site}`) ? [flush_tlb_batched_pending(k, { mm, site })] : [],
    may_take: (frame, context) => (context === 'atomic' ? takeoff_check(k, frame) : yes),
    // Whoever takes a page for something else than an allocation takes it off the buddy lists.
    rmqueue: (frame, exit) => [
      exit === 'rmqueue' ? [] : drain(k, frame),
      has(takeoffAt[exit]) ? takeoff_check_and_fold(k, frame) : [],
    ],
    prep_new_page: (_, exit) => (has(takeoffAt[exit]) ? [luf_takeoff_end(k, {})] : []),
    free_pcppages_bulk: (frame) => drain(k, frame),
    // The head carries the later generation of the two; the tail keeps its own, to which it returns.
    merge_buddies: (head, tail) => [
      when(k.page(head).zone_ugen.lt(k.page(tail).zone_ugen), [
        k.page(head).zone_ugen.set(k.page(tail).zone_ugen),
      ]),
    ],
    cancel: pay,
  };
  return hooks;
}
