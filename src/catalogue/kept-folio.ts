import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { invalidate_inode_pages2_range } from '../kernel/paths/invalidate.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load } from '../kernel/paths/user.ts';
import { mappedReadOnly, onePageWorld } from './file-pages.ts';
import { filePage, kswapd, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

/** Number 30 of the review's scenarios. */
export const keptFolio: Scenario = {
  id: 'LUF-kept-folio',
  title: 'reclaim unmaps a folio lazily and keeps it; somebody else frees it without a tag',
  provenance: {
    source:
      'LUF v12 25/26: luf_flush of the key of a folio that is kept; v11 12/12 has no such thing',
    where: 'mm/vmscan.c, the end of shrink_folio_list',
  },
  says: 'Reclaim empties the entries of a page and defers their flush. Somebody holds a reference to drop the page from the cache, so reclaim keeps it. The page is then dropped and goes free by a way that knows of no debt. The kernel takes it for its own data, and the reader looks.',
  // As where files are cut: reclaim may find nothing left.
  world: { ...onePageWorld, truncation: true },
  setup: mappedReadOnly,
  threads: [
    kswapd,
    thread('reader', 1, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]),
    thread('dropper', 2, (k) => [
      invalidate_inode_pages2_range(k, { slot: filePage(0) }),
      new_slab(k, {}),
    ]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'v11',
      says: 'LUF v11 as posted: the debt is in the global batch, and the page carries no tag',
      design: { design: lufV11 },
      expect: 'leak',
    },
    {
      id: 'v11-repaired',
      says: 'LUF v11 that flushes for a folio it keeps',
      design: { design: lufV11, plus: ['shrink_folio_list'] },
      expect: 'holds',
    },
    {
      id: 'broken',
      says: 'LUF v12 less the flush for a folio that is kept, and the hook at the end of the invalidation, which hides it here',
      design: {
        design: lufV12,
        without: ['shrink_folio_list', 'invalidate_inode_pages2_range'],
      },
      expect: 'leak',
    },
    { id: 'repaired', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    { id: 'mainline', says: 'no LUF at all', design: { design: mainline }, expect: 'holds' },
    {
      id: 'immediate',
      says: 'every flush at once',
      design: { design: immediate },
      expect: 'holds',
    },
  ],
};
