import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { punch_hole } from '../kernel/paths/truncate.ts';
import { changedBy, mappedReadOnly, onePageWorld } from './file-pages.ts';
import { filePage } from './places.ts';
import type { Scenario } from './scenario.ts';

export const holePunch: Scenario = {
  id: 'LUF-hole-punch',
  title: 'a page is mapped again and reclaimed lazily while its hole is being punched',
  provenance: {
    source: 'LUF v12 16/26 and 20/26: the hooks in mm/truncate.c, also for an empty mapping',
    where: 'linux-mm, [RFC PATCH v12 00/26] LUF, 20 February 2025',
  },
  says: 'fallocate(FALLOC_FL_PUNCH_HOLE) zaps the page. A reader faults the cached page in once more, which no lock forbids, and reclaim takes it away lazily. The cache is empty when fallocate comes to empty it. The reader, told of the hole, looks.',
  world: { ...onePageWorld, truncation: true },
  setup: mappedReadOnly,
  threads: changedBy('puncher', (k) => [punch_hole(k, { slot: filePage(0) })], 1),
  variants: [
    {
      id: 'broken',
      says: 'LUF v12 less the hook at the end of truncate_inode_pages_range',
      design: { design: lufV12, without: ['truncate_inode_pages_range'] },
      expect: 'stale-read',
    },
    { id: 'repaired', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    {
      id: 'v11-broken',
      says: 'LUF v11 with its debts published, less the hook that fallocate shares with write(2)',
      design: { design: lufV11, without: ['file_end_write'], plus: ['__remove_mapping'] },
      expect: 'stale-read',
    },
    {
      id: 'v11-repaired',
      says: 'LUF v11 with its debts published',
      design: { design: lufV11, plus: ['__remove_mapping'] },
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
