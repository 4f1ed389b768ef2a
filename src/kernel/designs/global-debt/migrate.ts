// Where migration meets the global debt.

import { type Id, me } from '../../../lang/expr.ts';
import type { Code } from '../../../lang/nodes.ts';
import { branch, path, step } from '../../../lang/program.ts';
import { bool, int } from '../../../lang/sorts.ts';
import type { FlushPoint, Kernel, MigrateReason } from '../../kernel.ts';
import { free_unref_folio } from '../../paths/alloc.ts';
import { flushDirty, try_to_unmap_flush, try_to_unmap_luf } from './flush.ts';
import { check_luf_flush } from './pay.ts';
import type { LufState } from './state.ts';

/** `migrate_pages_batch`, all unmapped: what may wait gets a generation, the rest is flushed. */
export const migrate_flush: (k: LufState, args: { has: (point: FlushPoint) => boolean }) => Code =
  path(
    {
      name: 'migrate_pages_batch_flush',
      source: 'mm/migrate.c, LUF v11 patch 11',
      leavesOut: 'batches of more than one folio',
      reads: [],
      writes: ['luf_task'],
      locals: { luf: bool },
    },
    (k, { has }, l) => [
      has('try_to_unmap_flush_dirty@migrate_pages_batch') ? [flushDirty(k, {})] : [],
      step('can_luf', l.luf.set(k.task(me).can_luf), k.task(me).can_luf.set(false)),
      branch(l.luf, [try_to_unmap_luf(k, { ugen: k.task(me).migrate_ugen })]),
      has('try_to_unmap_flush@migrate_pages_batch') ? try_to_unmap_flush(k, {}) : [],
    ],
  );

/** The old frame goes free with its generation; memory failure keeps it, and pays. */
export const migrate_folio_done: (
  k: LufState & Kernel,
  args: { folio: Id<'frame'>; reason: MigrateReason; has: (point: FlushPoint) => boolean },
) => Code = path(
  {
    name: 'migrate_folio_done',
    source: 'mm/migrate.c, LUF v11 patch 11',
    leavesOut: 'statistics of isolated pages',
    reads: [],
    writes: ['luf_tag', 'luf_task'],
    locals: { ugen: int(15) },
  },
  (k, { folio, reason, has }, l) => [
    step('ugen', l.ugen.set(k.task(me).migrate_ugen), k.task(me).migrate_ugen.set(0)),
    reason === 'MR_MEMORY_FAILURE'
      ? has('migrate_folio_done')
        ? check_luf_flush(k, { ugen: l.ugen, point: 'migrate_folio_done' })
        : []
      : [step('folio_put_ugen', k.tag(folio).set(l.ugen)), free_unref_folio(k, { folio })],
  ],
);
