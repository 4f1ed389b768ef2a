// What holds a folio, and letting go of it.

import { type Bool, exists, type Id, type Maybe } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, path, step } from '../../lang/program.ts';
import { bool } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { folio_test_anon, unused } from '../pte-kinds.ts';
import { free_unref_folio } from './alloc.ts';

/** Drops a reference; whoever drops the last one of a folio that has no home any more frees it. */
export function folio_put(k: Kernel, folio: Maybe<'frame'>): Code {
  return putPath(k, { folio });
}
const putPath: (k: Kernel, args: { folio: Maybe<'frame'> }) => Code = path(
  {
    name: 'folio_put',
    source: 'include/linux/mm.h, 6.12 (folio_put, __folio_put)',
    leavesOut: 'the per-CPU lists through which many references go',
    reads: ['free', 'pte', 'page_cache', 'content_of_slot'],
    writes: ['folio'],
    locals: { last: bool },
  },
  (k, { folio }, l) => {
    const one = k.folio(folio.the());
    return [
      step('folio_put_testzero', one.refs.set(one.refs.minus(1)), l.last.set(isLast(k, folio))),
      branch(l.last, [free_unref_folio(k, { folio: folio.the() })]),
    ];
  },
);

/** Nobody holds the folio: neither cache, no page table, no reference, and it is not free. */
export function isLast(k: Kernel, folio: Maybe<'frame'>): Bool {
  const one = k.folio(folio.the());
  const homeless = one.mapping.isNone().or(folio_test_anon(k, folio.the()));
  return one.refs
    .is(0)
    .and(homeless)
    .and(unused(k, folio.the()))
    .and(k.free.has(folio.the()).not());
}

/** Whether some page table maps the folio, or counts as mapping it until its flush is done. */
export function folio_mapped(k: Kernel, folio: Id<'frame'>): Bool {
  return exists('mm', (mm) => exists('va', (va) => k.pte(mm, va).frame.is(folio))).or(
    k.folio(folio).delayedRmap.isnt(0),
  );
}
