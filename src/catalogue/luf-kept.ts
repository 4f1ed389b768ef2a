import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { shrink_folio_list } from '../kernel/paths/reclaim.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load } from '../kernel/paths/user.ts';
import { write } from '../kernel/paths/write.ts';
import { withoutLuf } from './designs.ts';
import { filePage, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

export const lufKept: Scenario = {
  id: 'LUF-kept',
  title: 'reclaim unmaps a folio lazily, keeps it for write-back, and frees it later without a tag',
  provenance: {
    source:
      'LUF v12 patch 25, which pays when shrink_folio_list keeps a folio; v11 patch 12 does not',
    where: '[RFC PATCH v12 25/26] mm/vmscan: apply luf mechanism to unmapping during folio reclaim',
  },
  says: 'A file page was written with write(2) and is mapped read-only. Reclaim unmaps it lazily, starts to write it out and keeps it. The next round finds it clean and not mapped: it unmaps nothing, so the folio goes free with no tag. The kernel takes the frame for its own data. A reader still has the old entry.',
  world: { cpus: 2, mms: 1, vas: 1, frames: 2, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
    cached: [0],
    loaded: [null, 0],
  },
  threads: [
    thread('writer', 0, (k) => [
      write(k, { slot: filePage(0) }),
      shrink_folio_list(k, { writeback: 'asynchronous' }),
      shrink_folio_list(k, { writeback: 'asynchronous' }),
      new_slab(k, {}),
    ]),
    thread('reader', 1, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'LUF v11 as posted: the debt is global, and nothing remembers that this folio is in it',
      design: { design: lufV11 },
      expect: 'leak',
    },
    {
      id: 'repaired',
      says: 'LUF v11 that flushes for a folio it keeps',
      design: { design: lufV11, plus: ['shrink_folio_list'] },
      expect: 'holds',
    },
    {
      id: 'v12-broken',
      says: 'LUF v12 that does not pay for a folio it keeps',
      design: { design: lufV12, without: ['shrink_folio_list'] },
      expect: 'leak',
    },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    ...withoutLuf,
  ],
};
