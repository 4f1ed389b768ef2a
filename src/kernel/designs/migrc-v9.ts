import type { Design, FlushPoint } from '../kernel.ts';
import { globalDebt } from './global-debt/hooks.ts';
import { lufV10 } from './luf-v10.ts';

const points: readonly FlushPoint[] = lufV10.points.filter((point) => point !== 'do_mmap');

export const migrcV9: Design = {
  id: 'migrc-v9',
  says: 'Only the source of a migration is freed unflushed, and only if every entry was read-only and clean. Reclaim is as in mainline: where nothing migrates, so is all of it.',
  source: 'Byungchul Park, [PATCH v9 0/8] Reduce tlb and interrupt numbers over 90%, 17 April 2024',
  points,
  defersIn: ['try_to_migrate'],
  build: globalDebt({ design: () => migrcV9, reclaim: false, rejectsDirty: true }),
};
