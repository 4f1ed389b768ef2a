import type { Design, FlushPoint } from '../kernel.ts';
import { mainline } from './mainline.ts';

const points = [...mainline.points] as const satisfies readonly FlushPoint[];

export const migrcV8: Design = {
  id: 'migrc-v8',
  says: 'The source of a demotion or a NUMA migration is kept, unflushed, until a flush has covered it. Reclaim is as in mainline: where nothing migrates, so is all of it.',
  source:
    'Byungchul Park, [PATCH v8 0/8] Reduce TLB flushes by 94% by improving folio migration, 26 February 2024',
  points,
  defersIn: ['try_to_migrate'],
  build: (state, has) => mainline.build(state, has),
};
