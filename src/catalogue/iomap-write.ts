import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { iomap_write } from '../kernel/paths/iomap.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { load } from '../kernel/paths/user.ts';
import { write } from '../kernel/paths/write.ts';
import { changedBy, mappedReadOnly, onePageWorld, readerOf } from './file-pages.ts';
import { filePage, kswapd, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const slot = filePage(0);

/** Number 16 of the review's scenarios. */
export const iomapWrite: Scenario = {
  id: 'LUF-iomap-write',
  title: 'write(2) on a file system that does not use write_begin',
  provenance: {
    source: 'LUF v12 15/26: the callers of mapping_write_begin',
    where: 'fs/iomap/buffered-io.c, which is not among them',
  },
  says: 'As LUF-write2, but on XFS or another file system that writes by iomap: v12 has its hook around write_begin, which iomap never calls.',
  world: onePageWorld,
  setup: mappedReadOnly,
  threads: changedBy('writer', (k) => [iomap_write(k, { slot })]),
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'v12',
      says: 'LUF v12 as posted: no hook on this way',
      design: { design: lufV12 },
      expect: 'stale-read',
    },
    {
      id: 'v12-write_begin',
      says: 'LUF v12 on a file system that uses write_begin',
      design: { design: lufV12 },
      threads: changedBy('writer', (k) => [write(k, { slot })]),
      expect: 'holds',
    },
    {
      id: 'v12-io_uring',
      says: 'the same by io_uring: the hook is on the way',
      design: { design: lufV12 },
      threads: changedBy('writer', (k) => [write(k, { slot, by: 'io_uring' })]),
      expect: 'holds',
    },
    {
      id: 'repaired',
      says: 'LUF v12 with a hook in iomap_write_begin',
      design: { design: lufV12, plus: ['iomap_write_begin'] },
      expect: 'holds',
    },
    {
      id: 'repaired-refill',
      says: 'LUF v12 that pays when a slot is filled',
      design: { design: lufV12, plus: ['filemap_add_folio'] },
      expect: 'holds',
    },
    {
      id: 'v11-published',
      says: 'LUF v11 with its debts published: file_end_write is on this way, too',
      design: { design: lufV11, plus: ['__remove_mapping'] },
      expect: 'holds',
    },
    {
      id: 'v11-io_uring',
      says: 'and by io_uring it is not, on any file system',
      design: { design: lufV11, plus: ['__remove_mapping'] },
      threads: changedBy('writer', (k) => [write(k, { slot, by: 'io_uring' })]),
      expect: 'stale-read',
    },
    {
      id: 'v11-io_uring-repaired',
      says: 'and with a hook in kiocb_end_write',
      design: { design: lufV11, plus: ['__remove_mapping', 'kiocb_end_write'] },
      threads: changedBy('writer', (k) => [write(k, { slot, by: 'io_uring' })]),
      expect: 'holds',
    },
    {
      id: 'mainline',
      says: 'no LUF at all: a window as long as one batch of reclaim',
      design: { design: mainline },
      expect: 'stale-read',
    },
    {
      id: 'immediate',
      says: 'every flush at once',
      design: { design: immediate },
      expect: 'holds',
    },
  ],
};

/** Number 25: two frames for one page, harmless until something changes the newer one unhooked. */
export const refault: Scenario = {
  id: 'LUF-refault',
  title: 'a page is read into a second frame, which is then written with no hook',
  provenance: {
    source: 'Dave Hansen, linux-mm, 3 June 2024, rule 2: a slot is filled again before the flush',
    where: 'the state from which the other cases of changed content start',
  },
  says: 'Reclaim takes a page away lazily. Another process reads it into a new frame and maps that: both frames hold the same bytes. write(2) by iomap changes the new one in place. The first reader, told of it, looks.',
  world: { cpus: 3, mms: 2, vas: 1, frames: 2, slots: 1 },
  setup: {
    vmas: [...mappedReadOnly.vmas, { mm: 1, va: 0, file: 0, writable: false, shared: true }],
    cached: [0],
    loaded: [null, 0, 1],
  },
  threads: [
    kswapd,
    readerOf('other'),
    thread('other', 2, (k, cpu) => [
      load(k, { cpu, ...place(1, 0) }),
      iomap_write(k, { slot }),
      tell(k, k.thread('reader')),
    ]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'v12',
      says: 'LUF v12 as posted: neither the read fault nor the write pays',
      design: { design: lufV12 },
      expect: 'stale-read',
    },
    {
      id: 'repaired',
      says: 'LUF v12 that pays when a slot is filled, as rule 2 asks',
      design: { design: lufV12, plus: ['filemap_add_folio'] },
      expect: 'holds',
    },
    {
      id: 'unwritten',
      says: 'LUF v12 and nobody writes: the two frames are one and the same to everybody',
      design: { design: lufV12 },
      threads: [
        kswapd,
        thread('reader', 1, (k, cpu) => [
          hear(k, k.thread('other')),
          load(k, { cpu, ...place(0, 0) }),
        ]),
        thread('other', 2, (k, cpu) => [
          load(k, { cpu, ...place(1, 0) }),
          tell(k, k.thread('reader')),
        ]),
      ],
      expect: 'holds',
    },
    {
      id: 'v11-published',
      says: 'LUF v11 with its debts published: file_end_write pays',
      design: { design: lufV11, plus: ['__remove_mapping'] },
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
