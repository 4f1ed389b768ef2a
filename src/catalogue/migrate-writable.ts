import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { migrate_pages } from '../kernel/paths/migrate.ts';
import { load, store } from '../kernel/paths/user.ts';
import type { ThreadSetup } from '../kernel/scenario.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

/** Compaction moves the page at the first address, in its first, asynchronous pass. */
export const compaction: ThreadSetup = thread('compaction', 0, (k) => [
  migrate_pages(k, { reason: 'MR_COMPACTION', mode: 'MIGRATE_ASYNC' }),
]);
/** A thread that stores, and looks whether its store is still there. */
export const keeper: ThreadSetup = thread('writer', 1, (k, cpu) => [
  store(k, { cpu, ...place(0, 0) }),
  load(k, { cpu, ...place(0, 0) }),
]);

export const migrateWritable: Scenario = {
  id: 'migrate-writable',
  title: 'a store lands in a page after migration has copied it',
  provenance: {
    source:
      '7e12beb8ca2a, "migrate_pages: batch flushing TLB", Huang Ying, 2023: why the batch is flushed before anything is copied',
    where: 'mm/migrate.c, migrate_pages_batch',
  },
  says: 'A CPU has a writable, dirty entry cached. Migration replaces the page-table entry by a migration entry and copies the page. The CPU stores into the old frame, and looks for its store in the new one.',
  world: { cpus: 2, mms: 1, vas: 1, frames: 2, slots: 0 },
  setup: {
    vmas: [
      { mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'writable and dirty' },
    ],
    cached: [],
    loaded: [null, 0],
  },
  threads: [compaction, keeper],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'mainline that copies before it flushes',
      design: { design: mainline, without: ['try_to_unmap_flush@migrate_pages_batch'] },
      expect: 'lost-write',
    },
    { id: 'repaired', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
    {
      id: 'v11-broken',
      says: 'LUF v11 that copies before it flushes what it may not defer',
      design: { design: lufV11, without: ['try_to_unmap_flush@migrate_pages_batch'] },
      expect: 'lost-write',
    },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    {
      id: 'v12-broken',
      says: 'LUF v12 that copies before it flushes what it may not defer',
      design: { design: lufV12, without: ['try_to_unmap_flush@migrate_pages_batch'] },
      expect: 'lost-write',
    },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    {
      id: 'sync',
      says: 'the synchronous fallback, which flushes each entry',
      design: { design: mainline },
      threads: [
        thread('compaction', 0, (k) => [
          migrate_pages(k, { reason: 'MR_COMPACTION', mode: 'MIGRATE_SYNC' }),
        ]),
        keeper,
      ],
      expect: 'holds',
    },
    {
      id: 'immediate',
      says: 'every flush at once',
      design: { design: immediate },
      expect: 'holds',
    },
  ],
};
