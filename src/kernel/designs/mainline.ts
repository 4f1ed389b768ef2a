import { emit } from '../../events/emit.ts';
import { type Bool, type BoolRef, type Id, type IntRef, me, type SetRef } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, path, type Stmts, step, when } from '../../lang/program.ts';
import { bool, int, setOf } from '../../lang/sorts.ts';
import type { Design, FlushPoint, Hooks, Kernel, PendingSite } from '../kernel.ts';
import { free_unref_folio } from '../paths/alloc.ts';
import { arch_flush_tlb_batched_pending, arch_tlbbatch_flush } from '../paths/tlb-flush.ts';
import type { KernelState } from '../state.ts';
import { freeAtOnce } from './no-hooks.ts';

/**
 * How the mm keeps what is pending: how much was batched and how much of it is flushed, or, before
 * 5ee2fa2f0636, whether there is anything. Clearing the flag also forgets what came meanwhile.
 */
type Kept = 'as counts' | 'as a flag';

/** `struct tlbflush_unmap_batch` of each task, and the mm's two counters. */
export interface BatchState extends KernelState {
  readonly ubc: (t: Id<'thread'>) => {
    readonly cpus: SetRef<'cpu'>;
    /** Some entry of the batch was dirty: a CPU may still store through it. */
    readonly writable: BoolRef;
  };
  readonly batched: (mm: Id<'mm'>) => { readonly pending: IntRef; readonly flushed: IntRef };
}

export function declareBatch(k: KernelState): BatchState {
  const d = k.declarations;
  const count = int(k.world.generations ?? 7);
  return {
    ...k,
    ubc: d.table('tlb_ubc', ['thread'], { cpus: setOf('cpu'), writable: bool }),
    batched: d.table('tlb_flush_batched', ['mm'], { pending: count, flushed: count }),
  };
}

/** Flushes what this task has batched. */
export const try_to_unmap_flush: (k: BatchState, args: Record<never, never>) => Code = path(
  {
    name: 'try_to_unmap_flush',
    source: 'mm/rmap.c, 6.12',
    leavesOut: 'nothing that matters here',
    reads: [],
    writes: ['tlb_ubc'],
    locals: { needed: bool },
  },
  (k, _, l) => [
    step('flush_required', l.needed.set(k.ubc(me).cpus.isSome())),
    branch(l.needed, [
      arch_tlbbatch_flush(k, { cpus: k.ubc(me).cpus }),
      step(
        'arch_tlbbatch_clear',
        emit('debt.pay', { point: 'try_to_unmap_flush' }),
        k.ubc(me).cpus.clear(),
        k.ubc(me).writable.set(false),
      ),
    ]),
  ],
);

/**
 * Whoever looks at page tables under the lock and would skip a flush for an empty entry asks here
 * first: reclaim may have emptied it and not flushed yet.
 */
export const flush_tlb_batched_pending: (
  k: BatchState,
  args: { mm: Id<'mm'>; site: PendingSite; kept?: Kept },
) => Code = path(
  {
    name: 'flush_tlb_batched_pending',
    source: 'mm/rmap.c, 6.12',
    leavesOut: 'the wrap of the two counters',
    reads: [],
    writes: ['tlb_flush_batched'],
    locals: { pending: int(15), needed: bool },
  },
  (k, { mm, kept = 'as counts' }, l) => [
    step(
      'atomic_read(tlb_flush_batched)',
      l.pending.set(k.batched(mm).pending),
      l.needed.set(k.batched(mm).pending.is(k.batched(mm).flushed).not()),
    ),
    branch(l.needed, [
      arch_flush_tlb_batched_pending(k, { mm }),
      step(
        'atomic_cmpxchg(tlb_flush_batched)',
        emit('debt.pay', { point: 'flush_tlb_batched_pending' }),
        kept === 'as a flag'
          ? k.batched(mm).flushed.set(k.batched(mm).pending)
          : // Fails, harmlessly, when more became pending meanwhile.
            when(k.batched(mm).pending.is(l.pending), [k.batched(mm).flushed.set(l.pending)]),
      ),
    ]),
  ],
);

/** Notes in the task's batch, and in the mm, that an entry was emptied and not flushed. */
export function notePending(k: BatchState, mm: Id<'mm'>, dirty: Bool): Stmts {
  return [
    emit('debt.record', { cpus: k.mmCpumask(mm), mm }),
    k.ubc(me).cpus.add(k.mmCpumask(mm)),
    when(dirty, [k.ubc(me).writable.set(true)]),
    k.batched(mm).pending.set(k.batched(mm).pending.plus(1)),
  ];
}

const points = [
  'try_to_unmap_flush',
  'try_to_unmap_flush_dirty',
  'flush_tlb_batched_pending@zap_pte_range',
  'flush_tlb_batched_pending@change_pte_range',
  'flush_tlb_batched_pending@move_ptes',
  'flush_tlb_batched_pending@madvise_free_pte_range',
  'flush_tlb_batched_pending@madvise_cold_or_pageout_pte_range',
  'try_to_unmap_flush@migrate_pages_batch',
] as const satisfies readonly FlushPoint[];

export const mainline: Design = {
  id: 'mainline',
  says: 'Reclaim empties entries, flushes once for many, and only then frees the folios.',
  source: 'TTU_BATCH_FLUSH and try_to_unmap_flush, mm/rmap.c, 6.12',
  points,
  build: batching(() => mainline, 'as counts'),
};

/** What flush_tlb_batched_pending was between 3ea277194daa and 5ee2fa2f0636. */
export const mainlineWithFlag: Design = {
  id: 'mainline-flag',
  says: 'As mainline, but that a flush is pending is one flag for the whole mm.',
  source: 'mm/rmap.c, 4.13 to 5.16 (tlb_flush_batched)',
  points,
  build: batching(() => mainlineWithFlag, 'as a flag'),
};

function batching(self: () => Design, kept: Kept): Design['build'] {
  return (state, has) => {
    const k = declareBatch(state);
    const kernel = (): Kernel => ({ ...k, hooks, design: self() });
    const hooks: Hooks = {
      ...freeAtOnce((folio) => [
        has('try_to_unmap_flush') ? try_to_unmap_flush(k, {}) : [],
        free_unref_folio(kernel(), { folio }),
      ]),
      defers: true,
      migrate_flush: () =>
        has('try_to_unmap_flush@migrate_pages_batch') ? [try_to_unmap_flush(k, {})] : [],
      migrate_folio_done: (folio, reason) =>
        reason === 'MR_MEMORY_FAILURE' ? [] : [free_unref_folio(kernel(), { folio })],
      set_tlb_ubc_flush_pending: ({ mm, dirty }) => notePending(k, mm, dirty),
      try_to_unmap_flush_dirty: () => (has('try_to_unmap_flush_dirty') ? [flushDirty(k, {})] : []),
      keep_reclaimed: () => (has('try_to_unmap_flush') ? [try_to_unmap_flush(k, {})] : []),
      before_remove_mapping: () => (has('__remove_mapping') ? [try_to_unmap_flush(k, {})] : []),
      flush_tlb_batched_pending: (mm, site) =>
        has(`flush_tlb_batched_pending@${site}`)
          ? [flush_tlb_batched_pending(k, { mm, site, kept })]
          : [],
    };
    return hooks;
  };
}

export const flushDirty: (k: BatchState, args: Record<never, never>) => Code = path(
  {
    name: 'try_to_unmap_flush_dirty',
    source: 'mm/rmap.c, 6.12',
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
