import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { mprotect } from '../kernel/paths/mprotect.ts';
import { load } from '../kernel/paths/user.ts';
import { write } from '../kernel/paths/write.ts';
import type { VmaSetup } from '../kernel/scenario.ts';
import { immediateHolds } from './designs.ts';
import { filePage, kswapd, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { flushedAfterwards } from './witnesses.ts';

const readOnly: VmaSetup = {
  ...{ mm: 0, va: 0, file: 0, writable: false, shared: true },
  present: 'read-only',
};

export const debtOfAFile: Scenario = {
  id: 'debt-of-a-file',
  title: 'a page that is mapped twice is taken away lazily, and written to',
  provenance: {
    source:
      'fold_luf_batch_mm: a file owes for all who had its page, since the last of them lost it',
    where:
      'mm/rmap.c, LUF v12 patch 20; found by hand: a debt of a file that is overwritten, or keeps an older stamp, went unseen',
  },
  says: 'A process has a page of a file mapped at two addresses. Reclaim empties one entry after the other, lazily, and a flush of the process comes between them: it has paid for the first, and not for the second. write(2) pays what the file owes before it changes the page, and its caller tells a thread of the process, which looks.',
  world: { cpus: 2, mms: 1, vas: 2, frames: 2, slots: 1, versions: 1 },
  setup: {
    vmas: [readOnly, { ...readOnly, va: 1 }],
    cached: [0],
    loaded: [null, 0],
  },
  threads: [
    kswapd,
    thread('writer', 0, (k) => [
      mprotect(k, { ...place(0, 0), writable: false }),
      write(k, { slot: filePage(0) }),
      tell(k, k.thread('reader')),
    ]),
    thread('reader', 1, (k, cpu) => [
      hear(k, k.thread('writer')),
      load(k, { cpu, ...place(0, 1) }),
    ]),
  ],
  reaches: [flushedAfterwards],
  variants: [
    {
      id: 'v12-broken',
      says: 'LUF v12 less the hook of write(2)',
      design: { design: lufV12, without: ['mapping_write_begin'] },
      expect: 'stale-read',
    },
    { id: 'v12', says: lufV12.says, design: { design: lufV12 }, expect: 'holds' },
    {
      id: 'v12-two-processes',
      says: 'two processes have it mapped, on a CPU each; LUF v12',
      design: { design: lufV12 },
      world: { cpus: 3, mms: 2, vas: 1, frames: 2, slots: 1, versions: 1 },
      setup: {
        vmas: [readOnly, { ...readOnly, mm: 1 }],
        cached: [0],
        loaded: [null, 0, 1],
      },
      threads: [
        kswapd,
        thread('writer', 0, (k) => [write(k, { slot: filePage(0) }), tell(k, k.thread('reader'))]),
        thread('reader', 1, (k, cpu) => [
          hear(k, k.thread('writer')),
          load(k, { cpu, ...place(0, 0) }),
        ]),
      ],
      expect: 'holds',
    },
    immediateHolds,
  ],
};
