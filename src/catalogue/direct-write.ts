import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { type DirectHow, direct_write } from '../kernel/paths/direct-io.ts';
import type { ThreadSetup } from '../kernel/scenario.ts';
import { changedBy, mappedReadOnly, onePageWorld } from './file-pages.ts';
import { filePage } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const writing = (how: Partial<DirectHow> = {}): ThreadSetup[] =>
  changedBy('writer', (k) => [direct_write(k, { slot: filePage(0) }, how)], 1);

/** Number 15 of the review's scenarios. */
export const directWrite: Scenario = {
  id: 'LUF-direct-write',
  title: 'a direct write; the page comes and goes while it is under way',
  provenance: {
    source:
      'the gate on nrpages in the second invalidation; the same gate was wrong for cleancache (55635ba76ef9, 2017)',
    where: 'mm/filemap.c, kiocb_invalidate_post_direct_write',
  },
  says: 'A direct write drops the page from the cache. A reader faults it in again, with the old bytes, and reclaim takes it away lazily. The device is written. The cache is empty, so the second invalidation is skipped. The reader, told of the write, looks.',
  world: onePageWorld,
  setup: mappedReadOnly,
  threads: writing(),
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'v12',
      says: 'LUF v12 as posted: it pays before the device is written, and not after',
      design: { design: lufV12 },
      expect: 'stale-read',
    },
    {
      id: 'repaired',
      says: 'LUF v12 where the second invalidation is not skipped for an empty cache',
      design: { design: lufV12 },
      threads: writing({ gated: false }),
      expect: 'holds',
    },
    {
      id: 'v12-refill',
      says: 'LUF v12 that pays when a slot is filled: it was filled before the write, and is empty after it',
      design: { design: lufV12, plus: ['filemap_add_folio'] },
      expect: 'stale-read',
    },
    {
      id: 'v11',
      says: 'LUF v11 as posted: file_end_write cannot see a debt that is not published',
      design: { design: lufV11 },
      expect: 'stale-read',
    },
    {
      id: 'v11-published',
      says: 'LUF v11 with its debts published',
      design: { design: lufV11, plus: ['__remove_mapping'] },
      expect: 'holds',
    },
    {
      id: 'v11-io_uring',
      says: 'the same for a write by io_uring or aio, which ends in kiocb_end_write',
      design: { design: lufV11, plus: ['__remove_mapping'] },
      threads: writing({ by: 'io_uring' }),
      expect: 'stale-read',
    },
    {
      id: 'v11-io_uring-repaired',
      says: 'and with a hook there',
      design: { design: lufV11, plus: ['__remove_mapping', 'kiocb_end_write'] },
      threads: writing({ by: 'io_uring' }),
      expect: 'holds',
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
    {
      id: 'immediate',
      says: 'every flush at once',
      design: { design: immediate },
      expect: 'holds',
    },
  ],
};
