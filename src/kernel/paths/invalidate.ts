import { emit } from '../../events/emit.ts';
import { type Id, me, some } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, path, step, waitStep, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { free_unref_folio } from './alloc.ts';
import { folio_mapped, folio_put, isLast } from './folio.ts';
import { unmap_mapping_range } from './unmap-mapping.ts';

interface File {
  readonly slot: Id<'slot'>;
}

/** Drops a file page from the cache, mapped or not, because what is behind it is newer. */
export const invalidate_inode_pages2_range: (k: Kernel, args: File) => Code = path(
  {
    name: 'invalidate_inode_pages2_range',
    source:
      'mm/truncate.c, 6.12 (invalidate_inode_pages2_range, invalidate_complete_folio2); the hook is LUF v12',
    leavesOut: 'DAX; laundering; the error for a page that became dirty again: it stays',
    reads: ['pte', 'content_of_slot'],
    writes: ['folio', 'page_cache'],
    locals: { folio: maybe('frame'), mapped: bool, gone: bool },
  },
  (k, { slot }, l) => {
    const cached = k.folio(k.cache(slot).the());
    const folio = k.folio(l.folio.the());
    const unmapIfMapped = (label: string): Code[] => [
      step(label, l.mapped.set(folio_mapped(k, l.folio.the()))),
      branch(l.mapped, [unmap_mapping_range(k, { slot, even_cows: false })]),
    ];
    return [
      step(
        'find_get_entries',
        when(k.cache(slot).isSome(), [
          l.folio.set(k.cache(slot)),
          cached.refs.set(cached.refs.plus(1)),
        ]),
      ),
      branch(l.folio.isSome(), [
        unmapIfMapped('folio_mapped'),
        waitStep(
          'folio_lock',
          folio.lock.isNone(),
          folio.lock.set(me),
          l.gone.set(folio.mapping.isnt(k.contentOf(slot))),
        ),
        branch(l.gone.not(), [
          unmapIfMapped('folio_mapped under the folio lock'),
          step(
            'invalidate_complete_folio2',
            when(folio.dirty.not(), [
              emit('slot.remove', { slot, frame: l.folio.the() }),
              k.cache(slot).clear(),
              folio.mapping.clear(),
            ]),
          ),
        ]),
        step('folio_unlock', folio.lock.clear()),
        folio_put(k, l.folio),
      ]),
      k.hooks.cancel('invalidate_inode_pages2_range', { file: some(slot) }),
    ];
  },
);

/** Drops a file page from the cache if nobody uses it. */
export const mapping_try_invalidate: (k: Kernel, args: File) => Code = path(
  {
    name: 'mapping_try_invalidate',
    source:
      'mm/truncate.c, mm/vmscan.c, 6.12 (mapping_try_invalidate, mapping_evict_folio, remove_mapping); the hooks are LUF v12',
    leavesOut: 'several folios',
    reads: ['pte', 'free', 'content_of_slot'],
    writes: ['folio', 'page_cache'],
    locals: { folio: maybe('frame'), evict: bool, last: bool },
  },
  (k, { slot }, l) => {
    const scope = { file: some(slot) };
    const cached = k.folio(k.cache(slot).the());
    const folio = k.folio(l.folio.the());
    return [
      step(
        'find_lock_entries',
        when(k.cache(slot).isSome(), [
          when(cached.lock.isNone(), [cached.lock.set(me), l.folio.set(k.cache(slot))]),
        ]),
      ),
      branch(l.folio.isSome(), [
        step(
          'folio_test_dirty, folio_ref_count',
          l.evict.set(
            folio.dirty.not().and(folio.refs.is(0)).and(folio_mapped(k, l.folio.the()).not()),
          ),
        ),
        branch(l.evict, [
          step(
            '__remove_mapping',
            when(folio.refs.is(0).and(folio_mapped(k, l.folio.the()).not()), [
              emit('slot.remove', { slot, frame: l.folio.the() }),
              k.cache(slot).clear(),
              folio.mapping.clear(),
            ]),
          ),
          k.hooks.cancel('remove_mapping', scope),
        ]),
        k.hooks.cancel('mapping_evict_folio', scope),
        step('folio_unlock', folio.lock.clear(), l.last.set(isLast(k, l.folio))),
        branch(l.last, [free_unref_folio(k, { folio: l.folio.the() })]),
      ]),
      k.hooks.cancel('mapping_try_invalidate', scope),
    ];
  },
);
