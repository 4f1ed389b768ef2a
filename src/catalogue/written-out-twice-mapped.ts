import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mprotect } from '../kernel/paths/mprotect.ts';
import { withLufToo } from './designs.ts';
import { keeper } from './migrate-writable.ts';
import { kswapd, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

export const writtenOutTwiceMapped: Scenario = {
  id: 'written-out-twice-mapped',
  title:
    'a page is written out whose one entry is read-only and dirty, and whose other one is writable',
  provenance: {
    source:
      'can_luf_test: what must not be deferred takes its dirty mark along into the batch that is flushed before the write-out',
    where: 'mm/rmap.c, LUF v11 and v12; found by hand: a mark that was dropped there went unseen',
  },
  says: 'mprotect has write-protected a dirty entry and not flushed it: a CPU may still store. Another process has the page mapped writable, so that nothing is deferred. Reclaim writes the page out and takes it: that CPU must have been flushed before.',
  world: { cpus: 3, mms: 2, vas: 1, frames: 2, slots: 1 },
  setup: {
    vmas: [
      { mm: 0, va: 0, file: 0, writable: true, shared: true, present: 'writable and dirty' },
      { mm: 1, va: 0, file: 0, writable: true, shared: true, present: 'writable' },
    ],
    cached: [0],
    loaded: [null, 0, null],
  },
  threads: [
    kswapd,
    keeper,
    thread('protector', 2, (k) => [mprotect(k, { ...place(0, 0), writable: false })]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'v11-broken',
      says: 'LUF v11 that writes out before it flushes',
      design: { design: lufV11, without: ['try_to_unmap_flush_dirty'] },
      expect: 'lost-write',
    },
    {
      id: 'v12-broken',
      says: 'LUF v12 that writes out before it flushes',
      design: { design: lufV12, without: ['try_to_unmap_flush_dirty'] },
      expect: 'lost-write',
    },
    ...withLufToo,
  ],
};
