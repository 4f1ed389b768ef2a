import type { Design, Kernel } from '../kernel.ts';
import { free_unref_folio } from '../paths/alloc.ts';
import { freeAtOnce } from './no-hooks.ts';

export const immediate: Design = {
  id: 'immediate',
  says: 'Every emptied entry is flushed on every CPU before the page-table lock is dropped.',
  source:
    'ptep_clear_flush, mm/pgtable-generic.c: Linux before 4.3, and wherever TTU_BATCH_FLUSH is not given',
  points: [],
  build: (k) => {
    const hooks = freeAtOnce((folio) => [
      free_unref_folio({ ...k, hooks, design: immediate } satisfies Kernel, { folio }),
    ]);
    return hooks;
  },
};
