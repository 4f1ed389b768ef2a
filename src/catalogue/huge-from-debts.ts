import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { collapse_huge_page } from '../kernel/paths/khugepaged.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { reclaim } from '../kernel/paths/reclaim.ts';
import { load } from '../kernel/paths/user.ts';
import { withoutLuf } from './designs.ts';
import { hugeWorld, mm, smallPages } from './huge-pages.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

export const hugeFromDebts: Scenario = {
  id: 'huge-from-debts',
  title: 'khugepaged takes a block of free frames, and the second one owes a flush',
  provenance: {
    source: 'prep_new_page and luf_takeoff, for each page of a block that is handed out as one',
    where:
      'mm/page_alloc.c, LUF v11 and v12; found by hand: a debt of the second frame went unseen',
  },
  says: 'Reclaim takes a page of a file away lazily. Its frame is the second half of the block that khugepaged gets for a huge page, and copies private memory into. Whoever has the file mapped must not read that.',
  world: { ...hugeWorld, cpus: 2, mms: 2, slots: 1 },
  setup: {
    vmas: [
      ...smallPages('writable and dirty', 'writable and dirty'),
      { mm: 1, va: 0, file: 0, writable: false, shared: true, present: 'read-only' },
    ],
    cached: [3],
    loaded: [null, 1],
    huge: { frames: [2, 3] },
  },
  threads: [
    thread('kswapd', 0, (k) => [...reclaim(k), tell(k, k.thread('khugepaged'))]),
    thread('khugepaged', 0, (k) => [hear(k, k.thread('kswapd')), collapse_huge_page(k, { mm })]),
    thread('reader', 1, (k, cpu) => [load(k, { cpu, ...place(1, 0) })]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'v12-broken',
      says: 'LUF v12 that hands out a frame without asking for its debt',
      design: { design: lufV12, without: ['luf_takeoff'] },
      expect: 'leak',
    },
    { id: 'v11', says: lufV11.says, design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: lufV12.says, design: { design: lufV12 }, expect: 'holds' },
    ...withoutLuf,
  ],
};
