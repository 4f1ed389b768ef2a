import type { Design, FlushPoint } from '../kernel.ts';
import { globalDebt } from './global-debt/hooks.ts';
import { lufV11 } from './luf-v11.ts';

/** What came with v11. */
const later: readonly FlushPoint[] = [
  'free_pages_prepare',
  'file_end_write',
  'finish_fault',
  'do_anonymous_page',
  'wp_page_copy',
  'finish_mkwrite_fault',
  'handle_pte_fault',
];
const points: readonly FlushPoint[] = [
  ...lufV11.points.filter((point) => !later.includes(point)),
  'do_wp_page',
  'do_mmap',
];

export const lufV10: Design = {
  id: 'luf-v10',
  says: 'As v11, but it pays where a present entry becomes writable and where something writable is mapped; nothing pays for write(2), nor before a freed frame is overwritten.',
  source: 'Byungchul Park, [PATCH v10 00/12] LUF, linux-mm, 10 May 2024',
  points,
  defersIn: ['try_to_unmap', 'try_to_migrate'],
  build: globalDebt({ design: () => lufV10, reclaim: true, rejectsDirty: false }),
};
