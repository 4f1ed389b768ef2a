import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { nadavGen } from '../kernel/designs/nadav-gen.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { mremap } from '../kernel/paths/mremap.ts';
import { reclaim } from '../kernel/paths/reclaim.ts';
import { ftruncate } from '../kernel/paths/truncate.ts';
import { load } from '../kernel/paths/user.ts';
import { immediateHolds } from './designs.ts';
import { filePage, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { flushedAfterwards } from './witnesses.ts';

/** Two addresses so far apart that their entries lie in different page tables, each with its own lock. */
export const pendingAskedTwice: Scenario = {
  id: 'pending-asked-twice',
  title: 'two ask at once, under the locks of two page tables, whether a flush is pending',
  provenance: {
    source: 'flush_tlb_batched_pending: the flush is noted as done when it is done, and not before',
    where: 'mm/rmap.c, 6.12; found by hand: a flush that is noted first went unseen',
  },
  says: 'Reclaim has emptied an entry of the mm and not flushed. mremap() of another address finds that something is pending, and flushes. ftruncate() finds the entry empty, meanwhile: unless it waits for that flush, or does it again, a thread that was told reads what was cut off.',
  world: { cpus: 4, mms: 1, vas: 3, frames: 1, slots: 2, splitPtl: true, truncation: true },
  setup: {
    vmas: [
      { mm: 0, va: 0, file: 1, writable: false, shared: true },
      { mm: 0, va: 1, file: 0, writable: false, shared: true, present: 'read-only' },
    ],
    cached: [0],
    loaded: [null, 0, null, null],
  },
  threads: [
    thread('kswapd', 0, (k) => reclaim(k)),
    thread('mover', 2, (k) => [
      mremap(k, { mm: place(0, 0).mm, from: place(0, 0).va, to: place(0, 2).va }),
    ]),
    thread('caller', 3, (k) => [ftruncate(k, { slot: filePage(0) }), tell(k, k.thread('reader'))]),
    thread('reader', 1, (k, cpu) => [
      hear(k, k.thread('caller')),
      load(k, { cpu, ...place(0, 1) }),
    ]),
  ],
  reaches: [flushedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'zapping does not ask whether a flush is pending',
      design: { design: mainline, without: ['flush_tlb_batched_pending@zap_pte_range'] },
      expect: 'stale-permission',
    },
    { id: 'mainline', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    { id: 'nadav-gen', says: nadavGen.says, design: { design: nadavGen }, expect: 'holds' },
    immediateHolds,
  ],
};
