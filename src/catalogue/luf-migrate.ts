import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { migrcV8 } from '../kernel/designs/migrc-v8.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { migrate_pages } from '../kernel/paths/migrate.ts';
import { mprotect } from '../kernel/paths/mprotect.ts';
import { load, store } from '../kernel/paths/user.ts';
import { write } from '../kernel/paths/write.ts';
import type { Setup } from '../kernel/scenario.ts';
import { compaction } from './migrate-writable.ts';
import { filePage, place, thread } from './places.ts';
import type { Scenario, Variant } from './scenario.ts';
import { flushedAfterwards, usedAfterwards } from './witnesses.ts';

const amit = {
  source: 'review of migrc v3, Nadav Amit, November 2023: flag seen, data old',
  where: 'linux-mm, thread of [v3 0/3] mm/migrate',
};
const readOnly: Setup = {
  vmas: [{ mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'read-only' }],
  cached: [],
  loaded: [null, 0, 0],
};
const world = { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 0 };
const reader = thread('reader', 1, (k, cpu) => [
  hear(k, k.thread('writer')),
  load(k, { cpu, ...place(0, 0) }),
]);
const writer = thread('writer', 2, (k, cpu) => [
  store(k, { cpu, ...place(0, 0) }),
  tell(k, k.thread('reader')),
]);
const plain: readonly Variant[] = [
  { id: 'mainline', says: 'no LUF at all', design: { design: mainline }, expect: 'holds' },
  { id: 'immediate', says: 'every flush at once', design: { design: immediate }, expect: 'holds' },
];

/** Somebody else stores as well. */
const twoWriters = {
  world: { ...world, cpus: 4 },
  setup: { ...readOnly, loaded: [null, 0, 0, 0] },
  threads: [
    compaction,
    reader,
    writer,
    thread('first', 3, (k, cpu) => [store(k, { cpu, ...place(0, 0) })]),
  ],
};

export const lufMigrateWrite: Scenario = {
  id: 'LUF-migrate-write',
  title: 'a store through the new copy of a migrated page, and a reader of the old one',
  provenance: amit,
  says: 'A private page is mapped read-only. Migration moves it lazily. One thread stores: its fault makes the entry of the new frame writable. It tells another one, which still reads the old frame.',
  world,
  setup: readOnly,
  threads: [compaction, reader, writer],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'LUF v12 less the payment at the end of a fault',
      design: { design: lufV12, without: ['handle_mm_fault'] },
      expect: 'stale-read',
    },
    { id: 'repaired', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    {
      id: 'v11',
      says: 'LUF v11 as posted: the thread that installs the entry does not pay',
      design: { design: lufV11 },
      expect: 'stale-read',
    },
    {
      id: 'migrc-v8',
      says: 'migrc v8 pays in do_wp_page, before the entry changes',
      design: { design: migrcV8 },
      expect: 'holds',
    },
    {
      id: 'migrc-v8-two-writers',
      says: 'the same, and a second thread that finds nothing to pay while the first is still flushing',
      design: { design: migrcV8 },
      ...twoWriters,
      expect: 'stale-read',
    },
    {
      id: 'v12-two-writers',
      says: 'LUF v12 as posted: a second thread stores through the new entry before the first has paid',
      design: { design: lufV12 },
      ...twoWriters,
      expect: 'stale-read',
    },
    ...plain,
  ],
};

export const lufMigrateMprotect: Scenario = {
  id: 'LUF-migrate-mprotect-rw',
  title: 'mprotect makes a lazily migrated page writable',
  provenance: amit,
  says: 'A private page is read-only by mprotect, and is moved lazily. mprotect allows stores again. A thread that is told of it stores, and tells a reader of the old frame.',
  world,
  setup: {
    ...readOnly,
    vmas: [{ mm: 0, va: 0, frame: 0, writable: false, shared: false, present: 'read-only' }],
  },
  threads: [
    thread('compaction', 0, (k) => [
      migrate_pages(k, { reason: 'MR_COMPACTION', mode: 'MIGRATE_ASYNC' }),
      tell(k, k.thread('writer')),
    ]),
    reader,
    thread('writer', 2, (k, cpu) => [
      hear(k, k.thread('compaction')),
      mprotect(k, { ...place(0, 0), writable: true }),
      store(k, { cpu, ...place(0, 0) }),
      tell(k, k.thread('reader')),
    ]),
  ],
  reaches: [flushedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'LUF v11 less what mprotect asks about pending flushes',
      design: { design: lufV11, without: ['flush_tlb_batched_pending@change_pte_range'] },
      expect: 'stale-read',
    },
    { id: 'repaired', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    {
      id: 'v11-unordered',
      says: 'LUF v11 as posted, where migration may also come after mprotect',
      design: { design: lufV11 },
      threads: [
        compaction,
        reader,
        thread('writer', 2, (k, cpu) => [
          mprotect(k, { ...place(0, 0), writable: true }),
          store(k, { cpu, ...place(0, 0) }),
          tell(k, k.thread('reader')),
        ]),
      ],
      expect: 'stale-read',
    },
    {
      id: 'v12-without-mprotect',
      says: 'LUF v12 less what mprotect asks and pays: the fault that follows still pays',
      design: {
        design: lufV12,
        without: ['flush_tlb_batched_pending@change_pte_range', 'tlb_end_vma'],
      },
      expect: 'holds',
    },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    ...plain,
  ],
};

const poison = thread('soft_offline', 0, (k) => [
  migrate_pages(k, { reason: 'MR_MEMORY_FAILURE', mode: 'MIGRATE_ASYNC' }),
]);

export const lufMemoryFailure: Scenario = {
  id: 'LUF-memory-failure',
  title: 'memory failure moves a page away lazily, and the bad frame is still read',
  provenance: {
    source: 'LUF, migrate_folio_done() of every version since v9',
    where: '[RFC PATCH v12 24/26] mm/migrate: apply luf mechanism to unmapping during migration',
  },
  says: 'A page is moved off a failing frame. The frame never goes back to the free lists, so nobody pays when it is handed out. A CPU still reads it.',
  world: { ...world, cpus: 2, frames: 3 },
  setup: { ...readOnly, loaded: [null, 0] },
  threads: [poison, thread('reader', 1, (k, cpu) => [load(k, { cpu, ...place(0, 0) })])],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'v11-broken',
      says: 'LUF v11 that does not pay there',
      design: { design: lufV11, without: ['migrate_folio_done'] },
      expect: 'leak',
    },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    {
      id: 'v12-broken',
      says: 'LUF v12 that does not pay there',
      design: { design: lufV12, without: ['migrate_folio_done'] },
      expect: 'leak',
    },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    ...plain,
  ],
};

export const lufPcreplace: Scenario = {
  id: 'LUF-pcreplace',
  title: 'migration puts another frame into a page-cache slot, and the file is written',
  provenance: {
    source: 'review of LUF v11, Dave Hansen, 3 June 2024, rule 2; Zi Yan on migrc, August 2023',
    where: 'linux-mm, thread of [PATCH v11 09/12]',
  },
  says: 'A file page is mapped read-only and migrated lazily: the slot holds the new frame, a CPU still reads the old one. Another process writes the file with write(2) and says so.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
    cached: [0],
    loaded: [null, 0, 0],
  },
  threads: [
    compaction,
    reader,
    thread('writer', 2, (k) => [write(k, { slot: filePage(0) }), tell(k, k.thread('reader'))]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'v11-broken',
      says: 'LUF v11 less the payment in write(2)',
      design: { design: lufV11, without: ['file_end_write'] },
      expect: 'stale-read',
    },
    {
      id: 'v11',
      says: 'LUF v11 as posted: migration publishes its debt before it copies, unlike reclaim',
      design: { design: lufV11 },
      expect: 'holds',
    },
    {
      id: 'v12-broken',
      says: 'LUF v12 less the payment in write_begin',
      design: { design: lufV12, without: ['mapping_write_begin'] },
      expect: 'stale-read',
    },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    ...plain,
  ],
};
