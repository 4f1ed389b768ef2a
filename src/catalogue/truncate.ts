import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { ftruncate, ftruncate_up } from '../kernel/paths/truncate.ts';
import { store } from '../kernel/paths/user.ts';
import { write } from '../kernel/paths/write.ts';
import type { ZapHow } from '../kernel/paths/zap.ts';
import type { ThreadSetup } from '../kernel/scenario.ts';
import { changedBy, mappedReadOnly, onePageWorld } from './file-pages.ts';
import { filePage, place, thread } from './places.ts';
import type { Scenario, Variant } from './scenario.ts';
import { flushedAfterwards, usedAfterwards } from './witnesses.ts';

const provenance = {
  source: 'LUF v12 16/26: the hooks in mm/truncate.c; mainline 3ea277194daa for zap_pte_range',
  where: 'mm/truncate.c, truncate_pagecache; mm/memory.c, zap_pte_range',
};
const world = { ...onePageWorld, truncation: true };
const slot = filePage(0);

const holding: readonly Variant[] = [
  { id: 'repaired', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
  {
    id: 'v12-one-of-three',
    says: "LUF v12 less its hooks: mainline's question in zap_pte_range is enough",
    design: {
      design: lufV12,
      without: ['truncate_inode_pages_range', 'tlb_end_vma', 'folio_invalidate'],
    },
    expect: 'holds',
  },
  { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
  { id: 'mainline', says: 'no LUF at all', design: { design: mainline }, expect: 'holds' },
  { id: 'immediate', says: 'every flush at once', design: { design: immediate }, expect: 'holds' },
];

export const truncated: Scenario = {
  id: 'LUF-truncate',
  title: 'an address beyond the end of a truncated file still reads the old page',
  provenance,
  says: 'A file page is mapped and lazily reclaimed. ftruncate cuts it off: its zap finds nothing to flush. A reader that knows of it should get SIGBUS.',
  world,
  setup: mappedReadOnly,
  threads: changedBy('cutter', (k) => [ftruncate(k, { slot })]),
  reaches: [flushedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'LUF v12 less every point that could pay: the question in zap_pte_range, tlb_end_vma and the hooks in mm/truncate.c',
      design: {
        design: lufV12,
        without: [
          'flush_tlb_batched_pending@zap_pte_range',
          'truncate_inode_pages_range',
          'truncate_inode_folio',
          'folio_invalidate',
          'tlb_end_vma',
        ],
      },
      expect: 'stale-permission',
    },
    {
      id: 'v11-broken',
      says: 'LUF v11 less the question whether reclaim left something pending',
      design: { design: lufV11, without: ['flush_tlb_batched_pending@zap_pte_range'] },
      expect: 'stale-permission',
    },
    {
      id: 'mainline-broken',
      says: 'mainline less the same question',
      design: { design: mainline, without: ['flush_tlb_batched_pending@zap_pte_range'] },
      expect: 'stale-permission',
    },
    ...holding,
  ],
};

export const truncatedAndWritten: Scenario = {
  id: 'LUF-truncate-extend',
  title: 'a file is cut, made longer again and written; an old entry shows the first page',
  provenance,
  says: 'As LUF-truncate, but the file is made longer again: first it reads as zeroes, then it is written. The reader, told of it, looks.',
  world,
  setup: mappedReadOnly,
  threads: changedBy('cutter', (k) => [
    ftruncate(k, { slot }),
    ftruncate_up(k, { slot }),
    write(k, { slot }),
  ]),
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'LUF v12 less every point that could pay',
      design: {
        design: lufV12,
        without: [
          'flush_tlb_batched_pending@zap_pte_range',
          'truncate_inode_pages_range',
          'truncate_inode_folio',
          'folio_invalidate',
          'tlb_end_vma',
          'mapping_write_begin',
        ],
      },
      expect: 'stale-read',
    },
    {
      id: 'v11-broken',
      says: 'LUF v11 less the question whether reclaim left something pending, and file_end_write',
      design: {
        design: lufV11,
        without: ['flush_tlb_batched_pending@zap_pte_range', 'file_end_write'],
      },
      expect: 'stale-read',
    },
    ...holding,
  ],
};

const cutting = (dirty: Required<ZapHow>['dirty'], told: boolean): ThreadSetup[] => [
  thread('writer', 1, (k, cpu) => [
    ...(told ? [hear(k, k.thread('cutter'))] : []),
    store(k, { cpu, ...place(0, 0) }),
  ]),
  thread('cutter', 2, (k) => [
    ftruncate(k, { slot }, { dirty }),
    ...(told ? [tell(k, k.thread('writer'))] : []),
  ]),
];

export const storeBesideTruncate: Scenario = {
  id: 'truncate-store',
  title: 'a store to a page that is being cut off',
  provenance: {
    source: 'mm/truncate.c: the page is zapped, flushed and only then let go',
    where: 'truncate_inode_pages_range and its callers, 6.12',
  },
  says: 'A CPU has a writable, dirty entry for a file page, and ftruncate cuts the page off. A store by one who knows of it must fault; a store beside it may be lost, since it may have come before.',
  world: { ...onePageWorld, frames: 1, truncation: true },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: true, shared: true, present: 'writable and dirty' }],
    cached: [0],
    loaded: [null, 0, 0],
  },
  threads: cutting('before-rmap', true),
  reaches: [flushedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'mainline that zaps a dirty page without a flush',
      design: { design: mainline },
      threads: cutting('never', true),
      expect: 'stale-permission',
    },
    { id: 'repaired', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
    {
      id: 'not-told',
      says: 'no flush at all, and a writer who does not know: nobody can tell',
      design: { design: mainline },
      threads: cutting('never', false),
      kernelOf: 'broken',
      reaches: [usedAfterwards],
      expect: 'holds',
    },
  ],
};
