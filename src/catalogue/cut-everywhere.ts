import { immediate } from '../kernel/designs/immediate.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { shmem_truncate } from '../kernel/paths/shmem.ts';
import { ftruncate } from '../kernel/paths/truncate.ts';
import { load, store } from '../kernel/paths/user.ts';
import type { Setup } from '../kernel/scenario.ts';
import { reaches } from '../kernel/witness.ts';
import { withLufToo } from './designs.ts';
import { filePage, place, thread } from './places.ts';
import type { Scenario, Variant } from './scenario.ts';
import { flushedAfterwards } from './witnesses.ts';

export const cutEverywhere: Scenario = {
  id: 'cut-everywhere',
  title: 'a file is cut while one process makes a private copy and another one reads it',
  provenance: {
    source: 'unmap_mapping_range, which goes to every address space that maps the page',
    where: 'mm/memory.c, 6.12; found by hand: a walk that stops at the first process went unseen',
  },
  says: 'ftruncate cuts a page off that two processes have mapped. One stores to it meanwhile, and gets a private copy; the other one reads. When the call has returned, neither must get anything there but a signal.',
  world: { cpus: 3, mms: 2, vas: 1, frames: 2, slots: 1, truncation: true },
  setup: {
    vmas: [
      { mm: 0, va: 0, file: 0, writable: true, shared: false },
      { mm: 1, va: 0, file: 0, writable: false, shared: true, present: 'read-only' },
    ],
    cached: [0],
    loaded: [null, 0, 1],
  },
  threads: [
    thread('caller', 0, (k) => [
      ftruncate(k, { slot: filePage(0) }),
      tell(k, k.thread('copier')),
      tell(k, k.thread('reader')),
    ]),
    thread('copier', 1, (k, cpu) => [
      store(k, { cpu, ...place(0, 0) }),
      hear(k, k.thread('caller')),
      load(k, { cpu, ...place(0, 0) }),
    ]),
    thread('reader', 2, (k, cpu) => [
      hear(k, k.thread('caller')),
      load(k, { cpu, ...place(1, 0) }),
    ]),
  ],
  reaches: [flushedAfterwards],
  variants: [
    ...withLufToo,
    ...[mainline, immediate].map(
      (design): Variant => ({
        id: `uncached-${design.id}`,
        says: `the page is on disk only when the call comes; ${design.id}`,
        design: { design },
        setup: {
          vmas: [
            { mm: 0, va: 0, file: 0, writable: true, shared: false },
            { mm: 1, va: 0, file: 0, writable: false, shared: true },
          ],
          cached: [null],
          loaded: [null, 0, 1],
        },
        reaches: [
          reaches('slot.change', 'the file is cut while its page is wanted', (_, k) =>
            k.mmapLock(place(0, 0).mm).readers.isSome(),
          ),
        ],
        expect: 'holds',
      }),
    ),
  ],
};

const cached: Setup = {
  vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true }],
  cached: [0],
  loaded: [null, 0],
};

export const cutInTmpfs: Scenario = {
  id: 'cut-in-tmpfs',
  title: 'a file of tmpfs is cut while one of its pages is wanted',
  provenance: {
    source: 'shmem_get_folio_gfp: "Perhaps the file has been truncated since we checked"',
    where: 'mm/shmem.c, 6.12; found by hand: without that second look nothing went wrong anywhere',
  },
  says: 'ftruncate cuts a page off a file in tmpfs, where no lock keeps faults out. A fault has looked at the size before; it brings the page back when the call has emptied the cache, and could map it when the call has unmapped for the last time. When the call has returned, its thread must get a signal there.',
  world: { cpus: 2, mms: 1, vas: 1, frames: 2, slots: 1, truncation: true, tmpfs: true },
  setup: cached,
  threads: [
    thread('caller', 0, (k) => [
      shmem_truncate(k, { slot: filePage(0) }),
      tell(k, k.thread('reader')),
    ]),
    thread('reader', 1, (k, cpu) => [
      load(k, { cpu, ...place(0, 0) }),
      hear(k, k.thread('caller')),
      load(k, { cpu, ...place(0, 0) }),
    ]),
  ],
  reaches: [
    reaches('slot.add', 'the page is brought back behind the end of the file', (e, k) =>
      k.beyondEof(e.slot),
    ),
  ],
  variants: [
    ...withLufToo,
    ...[mainline, immediate].map(
      (design): Variant => ({
        id: `swapped-${design.id}`,
        says: `the page is in swap when the call comes; ${design.id}`,
        design: { design },
        setup: { ...cached, cached: [null] },
        expect: 'holds',
      }),
    ),
  ],
};
