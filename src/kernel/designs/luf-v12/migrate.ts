// LUF v12 where migration meets it.

import { type Id, me } from '../../../lang/expr.ts';
import type { Code } from '../../../lang/nodes.ts';
import { branch, path, step } from '../../../lang/program.ts';
import { bool, maybe } from '../../../lang/sorts.ts';
import type { FlushPoint, Kernel, MigrateReason } from '../../kernel.ts';
import { free_unref_folio } from '../../paths/alloc.ts';
import { luf_flush, try_to_unmap_flush } from './batch.ts';
import { flushDirty, fold_unmap_luf, free_unref_page } from './design.ts';
import type { Luf12State } from './state.ts';

/** `migrate_pages_batch`, all unmapped: what may wait gets a key, the rest is flushed. */
export const migrate_flush: (
  k: Luf12State & Kernel,
  args: { has: (point: FlushPoint) => boolean },
) => Code = path(
  {
    name: 'migrate_pages_batch_flush',
    source: 'mm/migrate.c, LUF v12 patch 24',
    leavesOut: 'batches of more than one folio',
    reads: [],
    writes: ['luf_task'],
    locals: { luf: bool },
  },
  (k, { has }, l) => [
    has('try_to_unmap_flush_dirty@migrate_pages_batch') ? [flushDirty(k, {})] : [],
    step('can_luf', l.luf.set(k.task(me).luf.isSome()), k.task(me).can_luf.set(false)),
    branch(l.luf, [fold_unmap_luf(k, { key: k.task(me).migrate_key })]),
    has('try_to_unmap_flush@migrate_pages_batch') ? try_to_unmap_flush(k, {}) : [],
  ],
);

/** The old frame goes free with its key; memory failure keeps it, and pays. */
export const migrate_folio_done: (
  k: Luf12State & Kernel,
  args: { folio: Id<'frame'>; reason: MigrateReason; has: (point: FlushPoint) => boolean },
) => Code = path(
  {
    name: 'migrate_folio_done',
    source: 'mm/migrate.c, LUF v12 patch 24',
    leavesOut: 'statistics of isolated pages; merging of buddies; the list of pending pages',
    reads: ['luf_batch'],
    writes: ['luf_page', 'luf_task', 'luf_zone'],
    locals: { key: maybe('key') },
  },
  (k, { folio, reason, has }, l) => [
    step('luf_key', l.key.set(k.task(me).migrate_key), k.task(me).migrate_key.clear()),
    reason === 'MR_MEMORY_FAILURE'
      ? has('migrate_folio_done')
        ? branch(l.key.isSome(), [
            luf_flush(k, { batch: k.keyBatch(l.key.the()), point: 'migrate_folio_done' }),
          ])
        : []
      : [free_unref_page(k, folio, l.key), free_unref_folio(k, { folio })],
  ],
);
