// The end of reclaim.

import { type Id, me } from '../../../lang/expr.ts';
import type { Code } from '../../../lang/nodes.ts';
import { branch, path, step } from '../../../lang/program.ts';
import { bool, int } from '../../../lang/sorts.ts';
import type { FlushPoint, Kernel } from '../../kernel.ts';
import { free_unref_folio } from '../../paths/alloc.ts';
import { try_to_unmap_flush, try_to_unmap_luf } from './flush.ts';
import type { LufState } from './state.ts';

/** The end of `shrink_folio_list`: folios whose flush is deferred go free with a tag. */
export const free_reclaimed: (
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
export const keep_reclaimed: (
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
