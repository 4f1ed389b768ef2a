import { no, yes } from '../../lang/expr.ts';
import type { Hooks } from '../kernel.ts';

/** The answers of a kernel that defers nothing. Designs override what they change. */
export function freeAtOnce(free: Hooks['free_reclaimed']): Hooks {
  return {
    defers: false,
    try_to_unmap_start: () => [],
    before_add_pending: () => [],
    set_tlb_ubc_flush_pending: () => [],
    try_to_unmap_end: () => [],
    try_to_unmap_flush_dirty: () => [],
    before_remove_mapping: () => [],
    free_reclaimed: free,
    keep_reclaimed: () => [],
    migrate_flush: () => [],
    migrate_folio_done: (folio, reason) => (reason === 'MR_MEMORY_FAILURE' ? [] : free(folio)),
    flush_tlb_batched_pending: () => [],
    get_page_from_freelist: () => [],
    may_take: () => yes,
    rmqueue: () => [],
    prep_new_page: () => [],
    free_pcppages_bulk: () => [],
    merge_buddies: () => [],
    expand: () => [],
    free_pages_prepare: () => [],
    cancel: () => [],
    before_pte_change: () => [],
    before_filemap_add: () => [],
    slot_withheld: () => no,
    va_withheld: () => no,
    ambient: [],
  };
}
