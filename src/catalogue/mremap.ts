import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { migrate_pages } from '../kernel/paths/migrate.ts';
import { type MovePtes, mremap } from '../kernel/paths/mremap.ts';
import { reclaim } from '../kernel/paths/reclaim.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load, store } from '../kernel/paths/user.ts';
import { writeback } from '../kernel/paths/writeback.ts';
import type { Setup, ThreadSetup } from '../kernel/scenario.ts';
import { theId } from '../lang/expr.ts';
import { withoutLuf } from './designs.ts';
import { filePage, kswapd, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { flushedAfterwards, usedAfterwards } from './witnesses.ts';

const [x, y] = [theId('va', 0), theId('va', 1)];
const mover = (how: MovePtes, ...tells: string[]): ThreadSetup =>
  thread('mover', 2, (k) => [
    mremap(k, { mm: theId('mm', 0), from: x, to: y }, how),
    ...tells.map((to) => tell(k, k.thread(to))),
  ]);
const mapped = (present: 'read-only' | 'writable and dirty'): Setup => ({
  vmas: [{ mm: 0, va: 0, file: 0, writable: present !== 'read-only', shared: true, present }],
  cached: [0],
  loaded: [null, 0, 0],
});
const world = { cpus: 3, mms: 1, vas: 2, frames: 2, slots: 1 };

const remover = thread('remover', 0, (k) => [
  migrate_pages(k, { reason: 'MR_COMPACTION', mode: 'MIGRATE_SYNC' }),
  new_slab(k, {}),
]);
const frameReader = thread('reader', 1, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]);

export const mremapFrame: Scenario = {
  id: 'CVE-2018-18281',
  title: 'mremap flushes the old address after the entry at the new one can be found and freed',
  provenance: {
    source:
      'CVE-2018-18281, eb66ae030829, "mremap: properly flush TLB before releasing the page", 2018',
    where: "the commit's text",
  },
  says: 'mremap moves an entry and drops the page-table lock, the flush of the old address still owed. Somebody finds the page at its new address, flushes only that, and frees the frame. The kernel reuses it. A CPU still reads through the old address. (The commit frees by ftruncate; here the page is migrated synchronously.)',
  world: { ...world, frames: 3 },
  setup: mapped('read-only'),
  threads: [remover, frameReader, mover({ flush: 'under the lock' })],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'before the commit: under the lock only if the entry was dirty',
      design: { design: mainline },
      threads: [remover, frameReader, mover({ flush: 'under the lock if dirty' })],
      expect: 'leak',
    },
    { id: 'repaired', says: 'mainline since', design: { design: mainline }, expect: 'holds' },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    ...withoutLuf.slice(1),
  ],
};

const cleaner = thread('cleaner', 0, (k) => [writeback(k, { slot: filePage(0) }), ...reclaim(k)]);
const dirtier = thread('writer', 1, (k, cpu) => [
  store(k, { cpu, ...place(0, 0) }),
  hear(k, k.thread('mover')),
  load(k, { cpu, ...place(0, 1) }),
]);

export const mremapDirty: Scenario = {
  id: '5d1904204c99',
  title: 'a dirty entry is moved, cleaned at its new address, and still written at the old one',
  provenance: {
    source:
      '5d1904204c99, "mremap: fix race between mremap() and page cleanning", Aaron Lu, 2016, and a2ce2666aa8d',
    where: "the commits' texts",
  },
  says: 'mremap moves a dirty entry and drops the lock before it flushes the old address. Writeback finds the entry at its new address, cleans it, flushes only that and writes the page out. A CPU stores once more through the old address. The page looks clean and is dropped.',
  world,
  setup: mapped('writable and dirty'),
  threads: [cleaner, dirtier, mover({ flush: 'under the lock' }, 'writer')],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'before the commit: the old address is flushed after the lock',
      design: { design: mainline },
      threads: [cleaner, dirtier, mover({ flush: 'after the lock' }, 'writer')],
      expect: 'lost-write',
    },
    {
      id: 'repaired',
      says: 'the commit: a dirty entry is flushed under the lock',
      design: { design: mainline },
      threads: [cleaner, dirtier, mover({ flush: 'under the lock if dirty' }, 'writer')],
      expect: 'holds',
    },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    ...withoutLuf.slice(1),
  ],
};

const told = thread('reader', 1, (k, cpu) => [
  hear(k, k.thread('mover')),
  load(k, { cpu, ...place(0, 0) }),
]);

export const mremapPending: Scenario = {
  id: '3ea277194daa-mremap',
  title: 'mremap finds an entry that reclaim has emptied and not flushed',
  provenance: {
    source:
      '3ea277194daa, "mm, mprotect: flush TLB if potentially racing with a parallel reclaim", Nadav Amit and Mel Gorman, 2017',
    where: "the commit's text, which names mremap",
  },
  says: 'Reclaim empties the entry and will flush later, or lazily. mremap finds nothing to move and flushes nothing. A reader that knows of it should fault at the old address.',
  world: { ...world, frames: 2 },
  setup: mapped('read-only'),
  threads: [kswapd, told, mover({ flush: 'under the lock' }, 'reader')],
  reaches: [flushedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'mainline that asks neither in move_ptes nor when it unmaps the old range',
      design: {
        design: mainline,
        without: ['flush_tlb_batched_pending@move_ptes', 'flush_tlb_batched_pending@zap_pte_range'],
      },
      expect: 'stale-permission',
    },
    {
      id: 'move-only',
      says: 'mainline that asks only when it unmaps the old range: enough for the old address',
      design: { design: mainline, without: ['flush_tlb_batched_pending@move_ptes'] },
      expect: 'holds',
    },
    { id: 'repaired', says: 'mainline since', design: { design: mainline }, expect: 'holds' },
    {
      id: 'v11-broken',
      says: 'LUF v11 that asks neither',
      design: {
        design: lufV11,
        without: ['flush_tlb_batched_pending@move_ptes', 'flush_tlb_batched_pending@zap_pte_range'],
      },
      expect: 'stale-permission',
    },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    ...withoutLuf.slice(1),
  ],
};
