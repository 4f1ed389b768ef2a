import type { Design, FlushPoint } from '../kernel.ts';
import { globalDebt } from './luf-v11.ts';

const points = [
  'try_to_unmap_flush',
  'try_to_unmap_flush_dirty',
  'flush_tlb_batched_pending@zap_pte_range',
  'flush_tlb_batched_pending@change_pte_range',
  'prep_new_page',
  'isolate_freepages_block',
  'page_reporting_cycle',
  '__offline_isolated_pages',
  'do_wp_page',
] as const satisfies readonly FlushPoint[];

export const migrcV9: Design = {
  id: 'migrc-v9',
  says: 'Only the source of a migration is freed unflushed, and only if every entry was read-only and clean. Reclaim is as in mainline: where nothing migrates, so is all of it.',
  source: 'Byungchul Park, [PATCH v9 0/8] Reduce tlb and interrupt numbers over 90%, 17 April 2024',
  points,
  defersIn: ['try_to_migrate'],
  build: globalDebt({ design: () => migrcV9, reclaim: false, rejectsDirty: true }),
};
