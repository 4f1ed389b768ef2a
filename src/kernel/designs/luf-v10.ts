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
  'do_mmap',
] as const satisfies readonly FlushPoint[];

export const lufV10: Design = {
  id: 'luf-v10',
  says: 'As v11, but it pays where a present entry becomes writable and where something writable is mapped; nothing pays for write(2), nor before a freed frame is overwritten.',
  source: 'Byungchul Park, [PATCH v10 00/12] LUF, linux-mm, 10 May 2024',
  points,
  defersIn: ['try_to_unmap', 'try_to_migrate'],
  build: globalDebt({ design: () => lufV10, reclaim: true, rejectsDirty: false }),
};
