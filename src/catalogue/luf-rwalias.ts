import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { nadavGen } from '../kernel/designs/nadav-gen.ts';
import { strict } from '../kernel/designs/strict.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { load, store } from '../kernel/paths/user.ts';
import { kswapd, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

// The writable mapping is another process's.
const otherMm = {
  world: { cpus: 3, mms: 2, vas: 1, frames: 2, slots: 1 },
  setup: {
    vmas: [
      { mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' as const },
      { mm: 1, va: 0, file: 0, writable: true, shared: true },
    ],
    cached: [0],
    loaded: [null, 0, 1],
  },
  threads: [
    kswapd,
    thread('reader', 1, (k, cpu) => [
      hear(k, k.thread('writer')),
      load(k, { cpu, ...place(0, 0) }),
    ]),
    thread('writer', 2, (k, cpu) => [
      store(k, { cpu, ...place(1, 0) }),
      tell(k, k.thread('reader')),
    ]),
  ],
};

export const lufRwalias: Scenario = {
  id: 'LUF-rwalias',
  title: 'a second, writable mapping of the same file bypasses the hook in write(2)',
  provenance: {
    source: 'review of LUF v11, Dave Hansen, 31 May 2024',
    where: 'linux-mm, reply to [PATCH v11 09/12]',
  },
  says: 'One process maps a file page twice, read-only and read-write. Reclaim takes the page away lazily. A store through the writable address brings in a new frame, with no system call. The reader of the other address looks.',
  world: { cpus: 3, mms: 1, vas: 2, frames: 2, slots: 1 },
  setup: {
    vmas: [
      { mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' },
      { mm: 0, va: 1, file: 0, writable: true, shared: true },
    ],
    cached: [0],
    loaded: [null, 0, 0],
  },
  threads: [
    kswapd,
    thread('reader', 1, (k, cpu) => [
      hear(k, k.thread('writer')),
      load(k, { cpu, ...place(0, 0) }),
    ]),
    thread('writer', 2, (k, cpu) => [
      store(k, { cpu, ...place(0, 1) }),
      tell(k, k.thread('reader')),
    ]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'LUF v11 with its debts published: its fault hooks are on the exits of lost races only',
      design: { design: lufV11, plus: ['__remove_mapping'] },
      expect: 'stale-read',
    },
    {
      id: 'repaired',
      says: 'as broken, and every fault that may write pays at its end, as in LUF v12',
      design: { design: lufV11, plus: ['__remove_mapping', 'handle_mm_fault'] },
      expect: 'holds',
    },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'stale-read' },
    {
      id: 'mainline',
      says: 'no LUF at all: a window as long as one batch of reclaim',
      design: { design: mainline },
      expect: 'stale-read',
    },
    {
      id: 'strict',
      says: "Hansen's two rules, enforced: the slot pays before it gets the new folio",
      design: { design: strict },
      expect: 'holds',
    },
    {
      id: 'strict-rule-1-only',
      says: "his first rule alone: the entry that is set is the other address's, which owes nothing",
      design: { design: strict, without: ['__filemap_add_folio'] },
      expect: 'stale-read',
    },
    {
      id: 'nadav-gen',
      says: 'a generation for each page table covers both addresses, which share one',
      design: { design: nadavGen },
      expect: 'holds',
    },
    {
      id: 'nadav-gen-other-mm',
      says: 'it does not cover the page table of another process',
      design: { design: nadavGen },
      ...otherMm,
      expect: 'stale-read',
    },
    {
      id: 'strict-other-mm',
      says: 'the two rules do',
      design: { design: strict },
      ...otherMm,
      expect: 'holds',
    },
    {
      id: 'v12-other-mm',
      says: 'so does LUF v12, which keeps a debt for the file',
      design: { design: lufV12 },
      ...otherMm,
      expect: 'holds',
    },
    {
      id: 'immediate-other-mm',
      says: 'and every flush at once',
      design: { design: immediate },
      ...otherMm,
      expect: 'holds',
    },
    {
      id: 'v12',
      says: 'LUF v12 as posted: every fault that may write pays at its end',
      design: { design: lufV12 },
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
