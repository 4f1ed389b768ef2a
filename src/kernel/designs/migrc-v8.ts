// migrc up to v8: the source of a migration is not freed but held, with one global batch for all that
// is held, until some flush has covered that batch.

import { emit } from '../../events/emit.ts';
import { type BoolRef, type Id, type IntRef, me, type SetRef } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, each, path, type Stmts, step, waitStep, when } from '../../lang/program.ts';
import { bool, int, setOf } from '../../lang/sorts.ts';
import type { Design, FlushPoint, Hooks, Kernel } from '../kernel.ts';
import { free_unref_folio } from '../paths/alloc.ts';
import { arch_tlbbatch_flush } from '../paths/tlb-flush.ts';
import type { KernelState } from '../state.ts';
import {
  type BatchState,
  declareBatch,
  flush_tlb_batched_pending,
  mainline,
  notePending,
} from './mainline.ts';
import { freeAtOnce } from './no-hooks.ts';

const SOURCE = 'mm/migrate.c, mm/rmap.c, migrc v8 patches 2 and 4';

interface MigrcState extends BatchState {
  readonly migrc_ubc: SetRef<'cpu'>;
  /** `migrc_folios`: sources that are unmapped, migrated and not freed. */
  readonly held: SetRef<'frame'>;
  readonly flushing: IntRef;
  readonly task: (t: Id<'thread'>) => {
    readonly ro: SetRef<'cpu'>;
    readonly pending: SetRef<'cpu'>;
    readonly can_migrc: BoolRef;
    /** `migrc_ubc_succ`: the batch of what this task migrates is in the global one. */
    readonly keep: BoolRef;
  };
}

function declareMigrc(state: KernelState): MigrcState {
  const k = declareBatch(state);
  const d = k.declarations;
  return {
    ...k,
    migrc_ubc: d.scalar('migrc_ubc', setOf('cpu')),
    held: d.scalar('migrc_folios', setOf('frame')),
    flushing: d.scalar('migrc_flushing', int(7)),
    task: d.table('migrc_task', ['thread'], {
      ro: setOf('cpu'),
      pending: setOf('cpu'),
      can_migrc: bool,
      keep: bool,
    }),
  };
}

function release(k: MigrcState, folios: SetRef<'frame'>): Stmts {
  return [
    each('frame', (frame) => [
      when(folios.has(frame), [
        emit('frame.free', { frame }),
        k.folio(frame).mapping.clear(),
        k.free.set(k.free.with(frame)),
      ]),
    ]),
    folios.clear(),
  ];
}

const try_to_unmap_flush: (k: MigrcState, args: Record<never, never>) => Code = path(
  {
    name: 'try_to_unmap_flush',
    source: SOURCE,
    leavesOut: 'what is freed is freed at once, past the per-CPU lists, as in the patch',
    reads: [],
    writes: [
      'tlb_ubc',
      'migrc_task',
      'migrc_ubc',
      'migrc_folios',
      'migrc_flushing',
      'free',
      'folio',
    ],
    locals: { needed: bool },
  },
  (k, _, l) => [
    step(
      'fold_ubc',
      k.ubc(me).cpus.add(k.task(me).pending),
      k.task(me).pending.clear(),
      l.needed.set(k.ubc(me).cpus.isSome()),
    ),
    branch(l.needed, [
      step('migrc_flush_start', k.flushing.set(k.flushing.plus(1))),
      arch_tlbbatch_flush(k, { cpus: k.ubc(me).cpus }),
      step(
        'migrc_flush_end',
        k.migrc_ubc.remove(k.ubc(me).cpus),
        when(k.migrc_ubc.isEmpty(), release(k, k.held)),
        k.flushing.set(k.flushing.minus(1)),
        k.ubc(me).cpus.clear(),
        k.ubc(me).writable.set(false),
      ),
    ]),
  ],
);

/** Takes what is held and what it owes, flushes, frees. A second payer finds nothing, and goes on. */
const migrc_flush_free_folios: (k: MigrcState, args: { point: FlushPoint }) => Code = path(
  {
    name: 'migrc_flush_free_folios',
    source: SOURCE,
    leavesOut: 'nothing that matters here',
    reads: [],
    writes: ['tlb_ubc', 'migrc_ubc', 'migrc_folios', 'free', 'folio'],
    locals: { folios: setOf('frame') },
  },
  (k, { point }, l) => [
    step(
      'list_splice_init(migrc_folios)',
      l.folios.set(k.held),
      k.held.clear(),
      k.ubc(me).cpus.add(k.migrc_ubc),
      k.migrc_ubc.clear(),
    ),
    try_to_unmap_flush(k, {}),
    step('migrc_release_folio', emit('debt.pay', { point }), release(k, l.folios)),
  ],
);

/** `migrate_pages_batch`, all unmapped: the batch of what may be held goes into the global one. */
const migrc_add_pending_ubc: (k: MigrcState, args: { flush: boolean }) => Code = path(
  {
    name: 'migrc_add_pending_ubc',
    source: SOURCE,
    leavesOut: 'the reason of the migration: only demotion and NUMA balancing hold their sources',
    reads: ['migrc_flushing'],
    writes: ['migrc_task', 'migrc_ubc'],
  },
  (k, { flush }) => [
    step(
      'migrc_add_pending_ubc',
      k.task(me).keep.set(false),
      when(k.task(me).pending.isSome().and(k.flushing.is(0)), [
        emit('debt.record', { cpus: k.task(me).pending }),
        k.migrc_ubc.add(k.task(me).pending),
        k.task(me).pending.clear(),
        k.task(me).keep.set(true),
      ]),
    ),
    flush ? try_to_unmap_flush(k, {}) : [],
  ],
);

/** The source of a finished migration is held; or freed, if a flush began meanwhile. */
const migrc_add_pending_folios: (k: MigrcState & Kernel, args: { folio: Id<'frame'> }) => Code =
  path(
    {
      name: 'migrc_add_pending_folios',
      source: SOURCE,
      leavesOut: 'lists of more than one folio',
      reads: ['migrc_flushing'],
      writes: ['migrc_folios', 'migrc_task'],
      locals: { held: bool, pay: bool },
    },
    (k, { folio }, l) => [
      step(
        'migrc_add_pending_folios',
        when(k.task(me).keep, [
          when(k.flushing.is(0), [k.held.add(folio.only()), l.held.set(true)], [l.pay.set(true)]),
        ]),
        k.task(me).keep.set(false),
      ),
      branch(l.pay, [migrc_flush_free_folios(k, { point: 'get_page_from_freelist' })]),
      branch(l.held.not(), [free_unref_folio(k, { folio })]),
    ],
  );

const flushDirty: (k: MigrcState, args: Record<never, never>) => Code = path(
  {
    name: 'try_to_unmap_flush_dirty',
    source: SOURCE,
    leavesOut: 'nothing that matters here',
    reads: ['tlb_ubc'],
    writes: [],
    locals: { needed: bool },
  },
  (k, _, l) => [
    step('tlb_ubc->writable', l.needed.set(k.ubc(me).writable)),
    branch(l.needed, [try_to_unmap_flush(k, {})]),
  ],
);

/** Below the watermark: what is held is paid for and freed before the allocation goes on. */
const watermark: (k: MigrcState, args: Record<never, never>) => Code = path(
  {
    name: 'get_page_from_freelist',
    source: 'mm/page_alloc.c, migrc v8 patches 4 and 7',
    leavesOut:
      'watermarks: only an empty free list is below; the pause that keeps more from being held',
    reads: ['free', 'migrc_folios'],
    writes: [],
    locals: { low: bool },
  },
  (k, _, l) => [
    waitStep(
      'zone_watermark_fast',
      k.free.isSome().or(k.held.isSome()),
      l.low.set(k.free.isEmpty()),
    ),
    branch(l.low, [migrc_flush_free_folios(k, { point: 'get_page_from_freelist' })]),
  ],
);

const points: readonly FlushPoint[] = [...mainline.points, 'do_wp_page', 'get_page_from_freelist'];

export const migrcV8: Design = {
  id: 'migrc-v8',
  says: 'The source of a migration is held, unflushed, until a flush has covered it. Reclaim is as in mainline: where nothing migrates, so is all of it.',
  source:
    'Byungchul Park, [PATCH v8 0/8] Reduce TLB flushes by 94% by improving folio migration, 26 February 2024',
  points,
  defersIn: ['try_to_migrate'],
  build: (state, has) => {
    const k = declareMigrc(state);
    const kernel = (): MigrcState & Kernel => ({ ...k, hooks, design: migrcV8 });
    const hooks: Hooks = {
      ...freeAtOnce((folio) => [
        has('try_to_unmap_flush') ? try_to_unmap_flush(k, {}) : [],
        free_unref_folio(kernel(), { folio }),
      ]),
      migrate_flush: () => [migrc_add_pending_ubc(k, { flush: has('try_to_unmap_flush') })],
      // Memory failure is no reason to hold a source: what it unmaps has been flushed by now.
      migrate_folio_done: (folio, reason) =>
        reason === 'MR_MEMORY_FAILURE'
          ? [migrc_flush_free_folios(k, { point: 'try_to_unmap_flush' })]
          : [migrc_add_pending_folios(kernel(), { folio })],
      defers: true,
      try_to_unmap_start: () => [step('can_migrc_init', k.task(me).can_migrc.set(true))],
      set_tlb_ubc_flush_pending: ({ mm, writable, dirty }) => [
        when(
          writable.or(dirty),
          [notePending(k, mm, dirty), k.task(me).can_migrc.set(false)],
          [
            k.task(me).ro.add(k.mmCpumask(mm)),
            k.batched(mm).pending.set(k.batched(mm).pending.plus(1)),
          ],
        ),
      ],
      try_to_unmap_end: () => [
        step(
          'can_migrc_test',
          when(
            k.task(me).can_migrc,
            [k.task(me).pending.add(k.task(me).ro)],
            [k.ubc(me).cpus.add(k.task(me).ro)],
          ),
          k.task(me).ro.clear(),
        ),
      ],
      try_to_unmap_flush_dirty: () => (has('try_to_unmap_flush_dirty') ? [flushDirty(k, {})] : []),
      keep_reclaimed: () => (has('try_to_unmap_flush') ? [try_to_unmap_flush(k, {})] : []),
      before_remove_mapping: () => (has('__remove_mapping') ? [try_to_unmap_flush(k, {})] : []),
      flush_tlb_batched_pending: (mm, site) =>
        has(`flush_tlb_batched_pending@${site}`)
          ? [flush_tlb_batched_pending(k, { mm, site })]
          : [],
      get_page_from_freelist: () => (has('get_page_from_freelist') ? [watermark(k, {})] : []),
      cancel: (point) =>
        point === 'do_wp_page' && has(point) ? [migrc_flush_free_folios(k, { point })] : [],
    };
    return hooks;
  },
};
