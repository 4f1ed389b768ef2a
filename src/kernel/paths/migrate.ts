import { emit } from '../../events/emit.ts';
import { type Bool, type Id, type Maybe, type MaybeRef, me, none } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import {
  branch,
  type Codes,
  each,
  leave,
  path,
  pickStep,
  type Stmts,
  step,
  waitStep,
  when,
} from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel, MigrateReason } from '../kernel.ts';
import { anon_vma_lock_read, anon_vma_unlock_read } from '../locks.ts';
import { ptep_get_and_clear, set_pte_at } from '../pte.ts';
import {
  is_migration_entry,
  pte_clear_not_present,
  set_migration_entry,
  unused,
} from '../pte-kinds.ts';
import { alloc_pages, free_unref_folio } from './alloc.ts';
import {
  mmu_notifier_invalidate_range_end,
  mmu_notifier_invalidate_range_start,
} from './mmu-notifier.ts';
import { rmap_walk } from './rmap-walk.ts';
import { flush_tlb_mm_range, mmu_notifier_invalidate } from './tlb-flush.ts';
import { clear_entry, set_pending_or_flush, should_defer_flush } from './unmap-flush.ts';

export interface Migration {
  readonly reason: MigrateReason;
  /** The first pass is asynchronous and batches its flushes; the fallback flushes each entry. */
  readonly mode: 'MIGRATE_ASYNC' | 'MIGRATE_SYNC';
  /** The folio at this address only; any, if left out. */
  /** Secondary TLBs are told before the copy, whatever the entry looked like (7066f0f933a1). */
  readonly notifies?: boolean;
  readonly of?: { readonly mm: Id<'mm'>; readonly va: Id<'va'> };
}

/**
 * Replaces every entry of a locked folio by a migration entry. An entry armed for NUMA hinting is
 * flushed only while somebody's flush is pending in the mm: `pte_accessible`.
 */
const try_to_migrate: (
  k: Kernel,
  args: { folio: Id<'frame'>; slot: Maybe<'slot'>; batch: boolean },
) => Code = path(
  {
    name: 'try_to_migrate',
    source: 'mm/rmap.c, 6.12 (try_to_migrate, try_to_migrate_one)',
    leavesOut:
      'large folios, mlock, soft-dirty bits; folio_try_share_anon_rmap_pte, which puts the old entry back where an exclusive page is pinned: here the reference makes the migration fail; whether an anonymous page is exclusive is kept for the page only; a machine in which no other CPU has the mm does not batch',
    reads: ['mm_cpumask', 'cpu_of', 'tlb_flush_pending'],
    writes: ['ptl', 'pte', 'pte_dirty', 'folio'],
    locals: {
      mm: maybe('mm'),
      va: maybe('va'),
      writable: bool,
      dirty: bool,
      uffd_wp: bool,
      accessible: bool,
      defer: bool,
    },
  },
  (k, { folio, slot, batch }, l) => {
    const [mm, va] = [l.mm.the(), l.va.the()];
    const pte = k.pte(mm, va);
    const present = (at: { mm: Id<'mm'>; va: Id<'va'> }): Bool =>
      k
        .pte(at.mm, at.va)
        .frame.is(folio)
        .or(k.pte(at.mm, at.va).target.is(folio).and(k.pte(at.mm, at.va).hint));
    const clear: Stmts = [
      l.writable.set(pte.writable),
      l.dirty.set(k.pteDirty(mm, va).bit),
      l.uffd_wp.set(pte.uffd_wp),
      l.accessible.set(pte.frame.isSome().or(k.tlbFlushPending(mm).isnt(0))),
      when(pte.frame.isSome(), ptep_get_and_clear(k, mm, va), pte_clear_not_present(k, mm, va)),
    ];
    return [
      k.hooks.try_to_unmap_start(),
      anon_vma_lock_read(k),
      rmap_walk(
        k,
        l,
        present,
        batch ? should_defer_flush(k, mm, l.defer) : [],
        batch ? clear_entry(k, l.defer, clear) : step('ptep_clear_flush', clear),
        branch(
          l.accessible,
          batch
            ? set_pending_or_flush(
                k,
                { mm, va, folio, writable: l.writable, dirty: l.dirty, slot },
                l.defer,
              )
            : [flush_tlb_mm_range(k, { mm, va })],
          batch ? [] : k.hooks.cancel('ptep_clear_flush', { mm }),
        ),
        step(
          'set_pte_at(migration entry)',
          when(l.dirty, [k.folio(folio).dirty.set(true)]),
          set_migration_entry(k, mm, va, {
            frame: folio,
            writable: l.writable,
            dirty: l.dirty,
            uffd_wp: l.uffd_wp,
          }),
        ),
      ),
      anon_vma_unlock_read(k),
      k.hooks.try_to_unmap_end(),
    ];
  },
);

/** Every migration entry of `src` becomes an entry of `dst`, which may be `src` again. */
const remove_migration_ptes: (k: Kernel, args: { src: Id<'frame'>; dst: Id<'frame'> }) => Code =
  path(
    {
      name: 'remove_migration_ptes',
      source: 'mm/migrate.c, 6.12 (remove_migration_ptes, remove_migration_pte)',
      leavesOut: 'large folios, mlock, soft-dirty and accessed bits',
      reads: [],
      writes: ['ptl', 'pte', 'pte_dirty', 'folio'],
      locals: { mm: maybe('mm'), va: maybe('va'), writable: bool, dirty: bool, uffd_wp: bool },
    },
    (k, { src, dst }, l) => {
      const [mm, va] = [l.mm.the(), l.va.the()];
      const pte = k.pte(mm, va);
      return [
        anon_vma_lock_read(k),
        rmap_walk(
          k,
          l,
          (at) =>
            k
              .pte(at.mm, at.va)
              .target.is(src)
              .and(is_migration_entry(k, at.mm, at.va)),
          k.hooks.before_pte_change(mm, va),
          step(
            'set_pte_at',
            l.writable.set(pte.writable),
            l.dirty.set(k.pteDirty(mm, va).bit),
            l.uffd_wp.set(pte.uffd_wp),
            pte_clear_not_present(k, mm, va),
            set_pte_at(k, mm, va, dst, l.writable, l.dirty),
            pte.uffd_wp.set(l.uffd_wp),
            // Each migration entry says whether the page is exclusive: what fork has changed there since
            // the folio's state was copied still counts.
            when(k.folio(src).shared, [k.folio(dst).shared.set(true)]),
          ),
        ),
        anon_vma_unlock_read(k),
      ];
    },
  );

/** Whether anything but the migration itself holds the folio: `folio_ref_count` is not as expected. */
function hasExtraReference(k: Kernel, src: Id<'frame'>): Bool {
  return k.folio(src).refs.isnt(1);
}

/** Drops the migration's own reference; true if nothing else kept the folio alive. */
function putIsolated(k: Kernel, src: Id<'frame'>, last: MaybeRef<'frame'>): Code {
  const folio = k.folio(src);
  return step(
    'folio_put',
    folio.lock.clear(),
    folio.refs.set(folio.refs.minus(1)),
    when(folio.refs.is(0).and(unused(k, src)), [last.set(src)]),
  );
}

/**
 * Moves one folio to another frame: unmap, flush (or defer), copy, replace in the page cache, map
 * again, free the old frame.
 */
const migratePath: (k: Kernel, args: { how: Migration }) => Code = path(
  {
    name: 'migrate_pages',
    source:
      'mm/migrate.c, 6.12 (migrate_pages_batch, migrate_folio_unmap, migrate_folio_move, __migrate_folio)',
    leavesOut:
      'batches of more than one folio, retries, isolation before the folio lock is taken, writeback, file systems with a migrate_folio of their own; a copy is one step',
    reads: ['pte', 'content_of_slot'],
    writes: ['folio', 'page_cache', 'swap'],
    locals: {
      src: maybe('frame'),
      dst: maybe('frame'),
      slot: maybe('slot'),
      failed: bool,
      last: maybe('frame'),
    },
  },
  (k, { how }, l) => {
    const [src, dst] = [l.src.the(), l.dst.the()];
    const chosen = (frame: Id<'frame'>): Bool => {
      // A new page is not on the LRU lists, nor can it be isolated, before it is mapped.
      if (how.of === undefined) {
        return k.folio(frame).mapping.isSome().and(unused(k, frame).not());
      }
      const pte = k.pte(how.of.mm, how.of.va);
      return pte.frame.is(frame).or(pte.target.is(frame).and(pte.hint));
    };
    const undo: Codes = [
      remove_migration_ptes(k, { src, dst: src }),
      putIsolated(k, src, l.last),
      branch(l.last.isSome(), [free_unref_folio(k, { folio: l.last.the() })]),
      free_unref_folio(k, { folio: dst }),
      leave('migrate_pages'),
    ];
    return [
      alloc_pages(k, { out: l.dst }),
      pickStep('folio_trylock', {
        pick: ['frame'],
        among: ({ frame }) => chosen(frame).and(k.folio(frame).lock.isNone()),
        does: ({ frame }) => [
          k.folio(frame).lock.set(me),
          k.folio(frame).refs.set(k.folio(frame).refs.plus(1)),
          l.src.set(frame),
          each('slot', (slot) => [when(k.cache(slot).is(frame), [l.slot.set(slot)])]),
          k.folio(dst).lock.set(me),
          // The reference it was born with.
          k.folio(dst).refs.set(1),
        ],
        otherwise: [l.failed.set(true)],
      }),
      branch(l.failed, [free_unref_folio(k, { folio: dst }), leave('migrate_pages')]),
      // try_to_migrate_one tells secondary MMUs itself, for each address; here it has one to find.
      how.of === undefined ? [] : mmu_notifier_invalidate_range_start(k, how.of),
      try_to_migrate(k, { folio: src, slot: l.slot, batch: how.mode === 'MIGRATE_ASYNC' }),
      how.of === undefined ? [] : mmu_notifier_invalidate_range_end(k, how.of),
      how.mode === 'MIGRATE_ASYNC' ? k.hooks.migrate_flush() : [],
      how.notifies === true && how.of !== undefined ? mmu_notifier_invalidate(k, how.of) : [],
      step(
        '__migrate_folio',
        when(hasExtraReference(k, src), [
          l.failed.set(true),
          k.folio(dst).lock.clear(),
          k.folio(dst).refs.set(0),
        ]),
      ),
      branch(l.failed, undo),
      step(
        'folio_mc_copy',
        emit('frame.copy', { from: src, frame: dst, content: none('content') }),
      ),
      step(
        '__folio_migrate_mapping',
        when(
          hasExtraReference(k, src),
          [l.failed.set(true), k.folio(dst).lock.clear(), k.folio(dst).refs.set(0)],
          [
            when(l.slot.isSome(), [
              emit('slot.replace', { slot: l.slot.the(), old: src, frame: dst }),
              k.cache(l.slot.the()).set(dst),
            ]),
            when(k.folio(src).swap.isSome(), [
              k.swap(k.folio(src).swap.the()).cache.set(dst),
              k.folio(dst).swap.set(k.folio(src).swap),
              k.folio(src).swap.clear(),
            ]),
            k.folio(dst).mapping.set(k.folio(src).mapping),
            k.folio(dst).shared.set(k.folio(src).shared),
            k.folio(dst).ksm.set(k.folio(src).ksm),
            k.folio(dst).lazyfree.set(k.folio(src).lazyfree),
            k.folio(dst).dirty.set(k.folio(src).dirty),
            k.folio(src).mapping.clear(),
          ],
        ),
      ),
      branch(l.failed, undo),
      remove_migration_ptes(k, { src, dst }),
      step(
        'folio_unlock',
        k.folio(dst).lock.clear(),
        k.folio(src).lock.clear(),
        k.folio(src).refs.set(k.folio(src).refs.minus(1)),
        // Unmapped by its only user meanwhile: nobody needs the new frame.
        k.folio(dst).refs.set(k.folio(dst).refs.minus(1)),
        when(k.folio(dst).refs.is(0).and(unused(k, dst)), [l.last.set(dst)]),
      ),
      branch(l.last.isSome(), [free_unref_folio(k, { folio: l.last.the() })]),
      k.hooks.migrate_folio_done(src, how.reason),
      how.reason === 'MR_MEMORY_FAILURE'
        ? step(
            'page_handle_poison',
            emit('frame.write', { frame: src, content: none('content'), thread: me }),
          )
        : [],
    ];
  },
);

/** How a scenario says that a folio migrates. */
export function migrate_pages(k: Kernel, how: Migration): Code {
  return migratePath(k, { how });
}

/** A fault on a migration entry waits for the folio to be unlocked, and tries again. */
export const migration_entry_wait: (
  k: Kernel,
  args: { mm: Id<'mm'>; va: Id<'va'>; folio: Id<'frame'> },
) => Code = path(
  {
    name: 'migration_entry_wait',
    source: 'mm/migrate.c, 6.12 (migration_entry_wait, migration_entry_wait_on_locked)',
    leavesOut:
      'that it sleeps with no reference to the folio; that a migration entry whose folio is not locked is a bug (pfn_swap_entry_folio): the model waits for ever there',
    reads: ['pte'],
    writes: [],
  },
  // The entry goes before the folio is unlocked.
  (k, { mm, va, folio }) => [waitStep('folio_wait_bit', k.pte(mm, va).target.isnt(folio))],
);
