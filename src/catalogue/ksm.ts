import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { type KsmHow, ksm_merge } from '../kernel/paths/ksm.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { migrate_pages } from '../kernel/paths/migrate.ts';
import { load, store } from '../kernel/paths/user.ts';
import type { Setup, ThreadSetup } from '../kernel/scenario.ts';
import { theId } from '../lang/expr.ts';
import { immediateHolds, withoutLuf } from './designs.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { flushedAfterwards, usedAfterwards } from './witnesses.ts';

const pages = { mm: theId('mm', 0), keep: theId('va', 0), merge: theId('va', 1) };
const world = { cpus: 2, mms: 1, vas: 2, frames: 3, slots: 0 };
const setup: Setup = {
  vmas: [
    { mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'read-only' },
    { mm: 0, va: 1, frame: 1, writable: true, shared: false, present: 'writable and dirty' },
  ],
  cached: [],
  loaded: [null, 0],
};
const ksmd = (how: KsmHow): ThreadSetup => thread('ksmd', 0, (k) => [ksm_merge(k, pages, how)]);
const writer = thread('writer', 1, (k, cpu) => [
  store(k, { cpu, ...place(0, 1) }),
  load(k, { cpu, ...place(0, 1) }),
]);

export const ksmMerge: Scenario = {
  id: 'ksm-merge',
  title: 'a store lands in a page after KSM has found it equal to another',
  provenance: {
    source: 'mm/ksm.c: why write_protect_page clears and flushes before the pages are compared',
    where: 'write_protect_page; 595cd8f256d2, "mm/ksm: handle protnone saved writes", 2017',
  },
  says: 'KSM write-protects a page, compares it with another one and puts that one in its place. A CPU with a writable, dirty entry stores into the page that is given up.',
  world,
  setup,
  threads: [ksmd({ flush: 'under the lock' }), writer],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'a scanner that write-protects without a flush',
      design: { design: mainline },
      threads: [ksmd({ flush: 'never' }), writer],
      expect: 'stale-read',
    },
    { id: 'repaired', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    immediateHolds,
  ],
};

export const lufKsm: Scenario = {
  id: 'LUF-ksm',
  title: 'a store to a merged page that was migrated lazily, and a reader of the old frame',
  provenance: {
    source: 'LUF lets KSM pages pass: can_luf_init() looks at the anonymous bit only',
    where: '[RFC PATCH v12 16/26]; whether it is safe was an open question',
  },
  says: 'A merged page is migrated lazily; a CPU still reads the old frame. A store makes a private copy. Such a copy always clears a present entry and flushes the address, whatever CPUs hold there: the flush that was deferred is paid by the way.',
  world: { ...world, cpus: 3 },
  setup: {
    ...setup,
    vmas: setup.vmas.map((one) => ({ ...one, present: 'read-only' })),
    loaded: [null, 0, 0],
  },
  threads: [
    thread('ksmd', 0, (k) => [
      ksm_merge(k, pages),
      migrate_pages(k, { reason: 'MR_COMPACTION', mode: 'MIGRATE_ASYNC', of: place(0, 1) }),
      tell(k, k.thread('writer')),
    ]),
    thread('writer', 2, (k, cpu) => [
      hear(k, k.thread('ksmd')),
      store(k, { cpu, ...place(0, 1) }),
      tell(k, k.thread('reader')),
    ]),
    thread('reader', 1, (k, cpu) => [
      hear(k, k.thread('writer')),
      load(k, { cpu, ...place(0, 1) }),
    ]),
  ],
  reaches: [flushedAfterwards],
  variants: [
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    {
      id: 'v12-without',
      says: 'LUF v12 less the payment at the end of a fault',
      design: { design: lufV12, without: ['handle_mm_fault'] },
      expect: 'holds',
    },
    ...withoutLuf,
  ],
};
