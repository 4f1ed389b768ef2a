import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { migrcV8 } from '../kernel/designs/migrc-v8.ts';
import { migrcV9 } from '../kernel/designs/migrc-v9.ts';
import { migrate_pages } from '../kernel/paths/migrate.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load } from '../kernel/paths/user.ts';
import { withLufToo } from './designs.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

export const movedAndTaken: Scenario = {
  id: 'moved-and-taken',
  title: 'a page is moved lazily, and the frame that it had gets a new owner at once',
  provenance: {
    source: 'migrate_folio_done: the old frame carries what it owes before anybody may take it',
    where:
      'mm/migrate.c, LUF v11 patch 11 and v12 patch 24; found by hand: a tag that came after the frame was free went unseen',
  },
  says: 'Compaction moves a page of a file that is mapped read-only, and defers the flush. The frame that the page had is free, and the kernel takes it meanwhile. A reader may still have the old translation.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 3, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
    cached: [0],
    loaded: [null, 0, null],
  },
  threads: [
    thread('compaction', 0, (k) => [
      migrate_pages(k, { reason: 'MR_COMPACTION', mode: 'MIGRATE_ASYNC' }),
    ]),
    thread('slab', 2, (k) => [new_slab(k, {})]),
    thread('reader', 1, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'v11-broken',
      says: 'LUF v11 that hands out a frame without asking for its debt',
      design: { design: lufV11, without: ['prep_new_page'] },
      expect: 'leak',
    },
    {
      id: 'v12-broken',
      says: 'LUF v12 that hands out a frame without asking for its debt',
      design: { design: lufV12, without: ['luf_takeoff'] },
      expect: 'leak',
    },
    { id: 'migrc-v8', says: migrcV8.says, design: { design: migrcV8 }, expect: 'holds' },
    { id: 'migrc-v9', says: migrcV9.says, design: { design: migrcV9 }, expect: 'holds' },
    ...withLufToo,
  ],
};
