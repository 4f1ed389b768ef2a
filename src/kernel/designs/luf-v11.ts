import type { Design, FlushPoint } from '../kernel.ts';
import { globalDebt } from './global-debt/hooks.ts';
import type { Luf11Options } from './global-debt/state.ts';

const points = [
  'try_to_unmap_flush',
  'try_to_unmap_flush_dirty',
  'flush_tlb_batched_pending@zap_pte_range',
  'flush_tlb_batched_pending@change_pte_range',
  'flush_tlb_batched_pending@move_ptes',
  'flush_tlb_batched_pending@madvise_free_pte_range',
  'flush_tlb_batched_pending@madvise_cold_or_pageout_pte_range',
  'try_to_unmap_flush@migrate_pages_batch',
  'migrate_folio_done',
  'prep_new_page',
  'isolate_freepages_block',
  'page_reporting_cycle',
  '__offline_isolated_pages',
  'take_page_off_buddy',
  'free_pages_prepare',
  'file_end_write',
  'finish_fault',
  'do_anonymous_page',
  'wp_page_copy',
  'finish_mkwrite_fault',
  'handle_pte_fault',
] as const satisfies readonly FlushPoint[];

export const lufV11: Design = lufV11With({
  id: 'luf-v11',
  says: 'What was mapped read-only is freed unflushed; one global debt is paid at the flush points.',
});

/** LUF v11 changed in one respect. */
export function lufV11With({
  id,
  says,
  ...options
}: Luf11Options & { readonly id: string; readonly says: string }): Design {
  const design: Design = {
    id,
    says,
    source: 'Byungchul Park, [PATCH v11 00/12] LUF, linux-mm, 31 May 2024',
    points,
    defersIn: ['try_to_unmap', 'try_to_migrate'],
    build: globalDebt({ design: () => design, reclaim: true, rejectsDirty: false, ...options }),
  };
  return design;
}
