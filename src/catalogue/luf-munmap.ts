import { immediate } from '../kernel/designs/immediate.ts';
import { latr } from '../kernel/designs/latr.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { strict } from '../kernel/designs/strict.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { mmap_fixed } from '../kernel/paths/mmap.ts';
import { munmap } from '../kernel/paths/munmap.ts';
import { load } from '../kernel/paths/user.ts';
import { filePage, kswapd, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const reader = thread('reader', 1, (k, cpu) => [
  hear(k, k.thread('mapper')),
  load(k, { cpu, ...place(0, 0) }),
]);

const unmapOnly = [
  kswapd,
  reader,
  thread('mapper', 2, (k) => [munmap(k, place(0, 0)), tell(k, k.thread('reader'))]),
];

export const lufMunmap: Scenario = {
  id: 'LUF-munmap',
  title: 'munmap and mmap meet an entry that reclaim has already emptied',
  provenance: {
    source: 'review of LUF v10, Dave Hansen, May 2024; answered by Huang Ying',
    where: 'linux-mm, thread of [PATCH v10 00/12] LUF',
  },
  says: 'A file page is mapped and lazily unmapped. munmap finds the entry empty, so its own flush is skipped. Another file is mapped at the address. A reader that knows of it looks.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 2 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
    cached: [0, null],
    loaded: [null, 0, 0],
  },
  threads: [
    kswapd,
    reader,
    thread('mapper', 2, (k) => [
      mmap_fixed(k, { ...place(0, 0), file: filePage(1), writable: false, shared: true }),
      tell(k, k.thread('reader')),
    ]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'LUF v11 less the question whether reclaim left something pending',
      design: { design: lufV11, without: ['flush_tlb_batched_pending@zap_pte_range'] },
      expect: 'stale-read',
    },
    {
      id: 'repaired',
      says: "LUF v11 as posted: it keeps mainline's question",
      design: { design: lufV11 },
      expect: 'holds',
    },
    {
      id: 'broken-segv',
      says: 'the same without a new mapping: the load should fault',
      design: { design: lufV11, without: ['flush_tlb_batched_pending@zap_pte_range'] },
      threads: unmapOnly,
      expect: 'stale-permission',
    },
    { id: 'mainline', says: 'no LUF at all', design: { design: mainline }, expect: 'holds' },
    {
      id: 'strict',
      says: "Hansen's two rules, and mainline's question",
      design: { design: strict },
      expect: 'holds',
    },
    {
      id: 'strict-two-rules-only',
      says: "the two rules without mainline's question: no entry is set before the reader looks",
      design: { design: strict, without: ['flush_tlb_batched_pending@zap_pte_range'] },
      expect: 'stale-read',
    },
    {
      id: 'latr-segv',
      says: 'LATR gives up the promise of munmap on purpose, until the next tick',
      design: { design: latr },
      threads: unmapOnly,
      expect: 'stale-permission',
    },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    {
      id: 'immediate',
      says: 'every flush at once',
      design: { design: immediate },
      expect: 'holds',
    },
  ],
};
