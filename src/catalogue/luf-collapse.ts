import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { strict } from '../kernel/designs/strict.ts';
import { type CollapseHow, madvise_collapse } from '../kernel/paths/khugepaged.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { migrate_pages } from '../kernel/paths/migrate.ts';
import { store } from '../kernel/paths/user.ts';
import type { ThreadSetup } from '../kernel/scenario.ts';
import { withoutLuf } from './designs.ts';
import { hugeWorld, mm, reader, smallPages } from './huge-pages.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const collapser = (how?: CollapseHow): ThreadSetup =>
  thread('writer', 2, (k, cpu) => [
    hear(k, k.thread('compaction')),
    madvise_collapse(k, { mm, onSuccess: [store(k, { cpu, ...place(0, 0) })] }, how),
    tell(k, k.thread('reader')),
  ]);

const compacts = thread('compaction', 0, (k) => [
  migrate_pages(k, { reason: 'MR_COMPACTION', mode: 'MIGRATE_ASYNC', of: place(0, 0) }),
  tell(k, k.thread('writer')),
]);

export const lufCollapse: Scenario = {
  id: 'LUF-collapse',
  title: 'a page that was migrated lazily becomes part of a huge page, and writable by that',
  provenance: {
    source: 'LUF never defers the flush of a large folio; what of small ones that become large',
    where: '[RFC PATCH v12 16/26], can_luf_init(); nobody asked on the list',
  },
  says: 'A page is mapped read-only and migrated lazily; a CPU still reads the old frame. Collapse puts a writable huge entry in the place of the small ones: the next store comes without a fault, and so past every hook of LUF in the fault handler. What saves it is that collapse flushes the range whatever it found there.',
  world: { ...hugeWorld, cpus: 3, frames: 5 },
  setup: {
    vmas: smallPages('read-only', 'writable'),
    cached: [],
    loaded: [null, 0, 0],
    huge: { frames: [2, 3] },
  },
  threads: [compacts, collapser(), reader('writer', 0)],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'v12-broken',
      says: 'LUF v12, and a collapse without its flush',
      design: { design: lufV12 },
      threads: [compacts, collapser({ flush: 'nothing' }), reader('writer', 0)],
      expect: 'stale-read',
    },
    {
      id: 'v12-huge-only',
      says: 'LUF v12, and a collapse that flushes huge entries only',
      design: { design: lufV12 },
      threads: [compacts, collapser({ flush: 'huge' }), reader('writer', 0)],
      expect: 'stale-read',
    },
    { id: 'v11', says: lufV11.says, design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: lufV12.says, design: { design: lufV12 }, expect: 'holds' },
    { id: 'strict', says: strict.says, design: { design: strict }, expect: 'holds' },
    ...withoutLuf,
  ],
};
