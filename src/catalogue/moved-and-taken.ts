import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { migrcV8 } from '../kernel/designs/migrc-v8.ts';
import { migrcV9 } from '../kernel/designs/migrc-v9.ts';
import { nadavGen } from '../kernel/designs/nadav-gen.ts';
import { strict } from '../kernel/designs/strict.ts';
import type { Design } from '../kernel/kernel.ts';
import { migrate_pages } from '../kernel/paths/migrate.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load } from '../kernel/paths/user.ts';
import type { ThreadSetup, VmaSetup } from '../kernel/scenario.ts';
import type { World } from '../kernel/world.ts';
import { handedOutUnasked, withLufToo } from './designs.ts';
import { kswapd, place, thread } from './places.ts';
import type { Scenario, Variant } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const readOnly: VmaSetup = {
  ...{ mm: 0, va: 0, file: 0, writable: false, shared: true },
  present: 'read-only',
};
const other = { file: 1, writable: true, shared: true, present: 'writable' } as const;
const reader = thread('reader', 1, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]);
const besideFlush: readonly ThreadSetup[] = [
  thread('compaction', 0, (k) => [
    migrate_pages(k, { reason: 'MR_COMPACTION', mode: 'MIGRATE_ASYNC', of: place(0, 0) }),
    new_slab(k, {}),
  ]),
  kswapd,
  reader,
];

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
    vmas: [readOnly],
    cached: [0],
    loaded: [null, 0, null],
  },
  threads: [
    thread('compaction', 0, (k) => [
      migrate_pages(k, { reason: 'MR_COMPACTION', mode: 'MIGRATE_ASYNC' }),
    ]),
    thread('slab', 2, (k) => [new_slab(k, {})]),
    reader,
  ],
  reaches: [usedAfterwards],
  variants: [
    ...handedOutUnasked,
    { id: 'migrc-v8', says: migrcV8.says, design: { design: migrcV8 }, expect: 'holds' },
    { id: 'migrc-v9', says: migrcV9.says, design: { design: migrcV9 }, expect: 'holds' },
    { id: 'nadav-gen', says: nadavGen.says, design: { design: nadavGen }, expect: 'holds' },
    { id: 'strict', says: strict.says, design: { design: strict }, expect: 'holds' },
    ...withLufToo,
  ],
};

/** migrc v8 holds a frame, and who has looked at the watermark does not look again in the model. */
function twoPages({ id }: Design): World {
  const frames = id === migrcV8.id ? 4 : 3;
  return { cpus: 3, mms: 1, vas: 2, frames, slots: 2, versions: 1, generations: 3 };
}

/** A flush of the same CPU runs, or one of another CPU only, while the frame comes to owe its own. */
export const movedBesideFlush: Scenario = {
  id: 'moved-beside-flush',
  title: 'a page is moved lazily while reclaim flushes for another page',
  provenance: {
    source:
      'migrc_flushing of migrc v8, on_flushing of LUF v11, ugen of LUF v12: a flush pays for what was emptied before it began, and where it went',
    where:
      'mm/migrate.c, mm/rmap.c; found by hand: without those looks nothing went wrong anywhere',
  },
  says: 'Compaction moves a page of a file that is mapped read-only, and defers the flush. Reclaim flushes meanwhile for a page that the same process, or another one, has mapped writable. The frame that is given up must not go to the kernel because of that.',
  world: twoPages(migrcV9),
  setup: {
    vmas: [readOnly, { ...other, mm: 0, va: 1 }],
    cached: [0, 1],
    loaded: [null, 0, null],
  },
  threads: besideFlush,
  reaches: [usedAfterwards],
  variants: [migrcV8, migrcV9, lufV11, lufV12].flatMap((design): Variant[] => [
    {
      ...{ id: design.id, says: design.says, design: { design } },
      ...{ world: twoPages(design), expect: 'holds' },
    },
    {
      id: `${design.id}-other-cpu`,
      says: `the flush is for another process, on another CPU; ${design.id}`,
      design: { design },
      world: { ...twoPages(design), mms: 2, vas: 1 },
      setup: {
        vmas: [readOnly, { ...other, mm: 1, va: 0 }],
        cached: [0, 1],
        loaded: [null, 0, 1],
      },
      expect: 'holds',
    },
  ]),
};
