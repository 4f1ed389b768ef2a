import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { device_store, type PinHow } from '../kernel/paths/gup.ts';
import { tell } from '../kernel/paths/message.ts';
import type { ThreadSetup } from '../kernel/scenario.ts';
import { readerOf } from './file-pages.ts';
import { filePage, kswapd, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const storing = (pin: PinHow['pin'] = 'until it is done'): ThreadSetup[] => [
  kswapd,
  readerOf('driver'),
  thread('driver', 2, (k) => [
    device_store(k, { ...place(0, 1), slot: filePage(0) }, { pin }),
    tell(k, k.thread('reader')),
  ]),
];

export const deviceStore: Scenario = {
  id: 'device-store',
  title: 'a device stores into a mapped page of a file that reclaim would like to have',
  provenance: {
    source:
      "pin_user_pages, Documentation/core-api/pin_user_pages.rst; __remove_mapping's look at the references",
    where: 'mm/gup.c, mm/vmscan.c, 6.12',
  },
  says: 'A process maps a page read-only and read-write. A driver pins it by the writable address, a device stores into it, and the reader of the other address is told. Reclaim may take the page away before, and tries to later.',
  world: { cpus: 3, mms: 1, vas: 2, frames: 2, slots: 1 },
  setup: {
    vmas: [
      { mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' },
      { mm: 0, va: 1, file: 0, writable: true, shared: true },
    ],
    cached: [0],
    loaded: [null, 0, 0],
  },
  threads: storing(),
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'a driver that keeps the address of the page and no reference',
      design: { design: immediate },
      threads: storing('never'),
      expect: 'lost-write',
    },
    {
      id: 'repaired',
      says: 'every flush at once, and the page is pinned',
      design: { design: immediate },
      expect: 'holds',
    },
    {
      id: 'v12',
      says: 'LUF v12 as posted: the fault that pins for writing pays at its end',
      design: { design: lufV12 },
      expect: 'holds',
    },
    {
      id: 'v12-less-hook',
      says: 'LUF v12 less that hook',
      design: { design: lufV12, without: ['handle_mm_fault'] },
      expect: 'stale-read',
    },
    {
      id: 'v11',
      says: 'LUF v11 with its debts published: the fault that pins for writing has no hook, as in LUF-rwalias',
      design: { design: lufV11, plus: ['__remove_mapping'] },
      expect: 'stale-read',
    },
    {
      id: 'mainline',
      says: 'no LUF at all: a window as long as one batch of reclaim',
      design: { design: mainline },
      expect: 'stale-read',
    },
    {
      id: 'mainline-repaired',
      says: 'mainline that flushes its batch before a folio leaves the cache',
      design: { design: mainline, plus: ['__remove_mapping'] },
      expect: 'holds',
    },
  ],
};
