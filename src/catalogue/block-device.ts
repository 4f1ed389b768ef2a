import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { blkdev_flushbuf, write_beneath } from '../kernel/paths/block-device.ts';
import { tell } from '../kernel/paths/message.ts';
import { read } from '../kernel/paths/read.ts';
import { mappedReadOnly, onePageWorld, readerOf } from './file-pages.ts';
import { filePage, kswapd, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const slot = filePage(0);
const initiator = thread('initiator', 2, (k) => [write_beneath(k, { slot })]);

export const blockDevice: Scenario = {
  id: 'LUF-block-device',
  title: 'a block device is changed by someone else; read(2) shows it, a mapping does not',
  provenance: {
    source: 'review of LUF v11, Dave Hansen, 3 June 2024: block devices that change unseen',
    where: 'linux-mm, thread of [PATCH v11 09/12]',
  },
  says: 'A reader has a page of a block device mapped, and reclaim took it away lazily. Another initiator writes the device. A second thread reads it, gets the new bytes, and tells the reader. No path of the kernel has seen a change.',
  world: onePageWorld,
  setup: mappedReadOnly,
  threads: [
    kswapd,
    initiator,
    readerOf('other'),
    thread('other', 2, (k) => [read(k, { slot }), tell(k, k.thread('reader'))]),
  ],
  reaches: [usedAfterwards],
  variants: [
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'stale-read' },
    {
      id: 'v12-flushbuf',
      says: 'the same with BLKFLSBUF before the read: it skips an empty cache',
      design: { design: lufV12 },
      threads: [
        kswapd,
        initiator,
        readerOf('other'),
        thread('other', 2, (k) => [
          blkdev_flushbuf(k, { slot }),
          read(k, { slot }),
          tell(k, k.thread('reader')),
        ]),
      ],
      expect: 'stale-read',
    },
    {
      id: 'repaired',
      says: 'LUF v12 that pays when a slot is filled',
      design: { design: lufV12, plus: ['filemap_add_folio'] },
      expect: 'holds',
    },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'stale-read' },
    {
      id: 'v11-repaired',
      says: 'LUF v11 with its debts published, that pays when a slot is filled',
      design: { design: lufV11, plus: ['__remove_mapping', 'filemap_add_folio'] },
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
