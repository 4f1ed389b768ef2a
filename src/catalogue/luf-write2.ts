import { immediate } from '../kernel/designs/immediate.ts';
import { lufV10 } from '../kernel/designs/luf-v10.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { nadavGen } from '../kernel/designs/nadav-gen.ts';
import { strict } from '../kernel/designs/strict.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { load } from '../kernel/paths/user.ts';
import { write } from '../kernel/paths/write.ts';
import { filePage, kswapd, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

export const lufWrite2: Scenario = {
  id: 'LUF-write2',
  title: 'write(2) updates a file while an old read-only entry survives',
  provenance: {
    source: 'review of LUF v10, Dave Hansen and David Hildenbrand, May 2024',
    where: 'linux-mm, thread of [PATCH v10 00/12] LUF; the hook is in v11 9/12',
  },
  says: 'A reader has a file page mapped. Reclaim takes the page away without a flush. Another process writes the file, which gets a new frame, and tells the reader. The reader looks.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
    cached: [0],
    loaded: [null, 0, null],
  },
  threads: [
    kswapd,
    thread('reader', 1, (k, cpu) => [
      hear(k, k.thread('writer')),
      load(k, { cpu, ...place(0, 0) }),
    ]),
    thread('writer', 2, (k) => [write(k, { slot: filePage(0) }), tell(k, k.thread('reader'))]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'the repaired kernel less the hook in write(2)',
      design: { design: lufV11, without: ['file_end_write'], plus: ['__remove_mapping'] },
      expect: 'stale-read',
    },
    {
      id: 'repaired',
      says: 'LUF v11, with the debt of reclaim published before the folio leaves the cache',
      design: { design: lufV11, plus: ['__remove_mapping'] },
      expect: 'holds',
    },
    {
      id: 'v11',
      says: 'LUF v11 as posted: its hook cannot see a debt that reclaim has not published',
      design: { design: lufV11 },
      expect: 'stale-read',
    },
    {
      id: 'mainline',
      says: 'no LUF at all: the same window, as long as one batch of reclaim',
      design: { design: mainline },
      expect: 'stale-read',
    },
    {
      id: 'mainline-repaired',
      says: 'mainline that flushes its batch before a folio leaves the cache',
      design: { design: mainline, plus: ['__remove_mapping'] },
      expect: 'holds',
    },
    {
      id: 'strict',
      says: "Hansen's two rules, enforced: the slot pays before it gets the new folio",
      design: { design: strict },
      expect: 'holds',
    },
    {
      id: 'strict-rule-1-only',
      says: 'his first rule alone: no entry is set here, so nobody pays',
      design: { design: strict, without: ['__filemap_add_folio'] },
      expect: 'stale-read',
    },
    {
      id: 'nadav-gen',
      says: 'a generation for each page table: the same',
      design: { design: nadavGen },
      expect: 'stale-read',
    },
    {
      id: 'v10',
      says: 'LUF v10 as posted: nothing pays for write(2)',
      design: { design: lufV10, plus: ['__remove_mapping'] },
      expect: 'stale-read',
    },
    {
      id: 'v12',
      says: 'LUF v12 as posted: write(2) pays for the file before it copies',
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
