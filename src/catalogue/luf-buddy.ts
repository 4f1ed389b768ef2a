import { immediate } from '../kernel/designs/immediate.ts';
import { lufV10 } from '../kernel/designs/luf-v10.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { strict } from '../kernel/designs/strict.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load } from '../kernel/paths/user.ts';
import { kswapd, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const reader = thread('reader', 1, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]);
const world = { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 1 };
// The other owner is another process that brings in a page of another file.
const otherFile = {
  world: { cpus: 3, mms: 2, vas: 1, frames: 2, slots: 2 },
  setup: {
    vmas: [
      { mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' as const },
      { mm: 1, va: 0, file: 1, writable: false, shared: true },
    ],
    cached: [0, null],
    loaded: [null, 0, 1],
  },
  threads: [kswapd, reader, thread('stranger', 2, (k, cpu) => [load(k, { cpu, ...place(1, 0) })])],
};

export const lufBuddy: Scenario = {
  id: 'LUF-buddy',
  title: 'the bytes of a lazily unmapped, free page change before the flush',
  provenance: {
    source: 'reviews of LUF v11 and v12, Matthew Wilcox and David Hildenbrand, 2024',
    where: 'linux-mm, threads of [PATCH v10] and [PATCH v11]; v12 can_luf_init()',
  },
  says: 'Reclaim unmaps a file page lazily and frees it. The frame is given to the kernel, or overwritten as it is freed. A reader of the still valid mapping looks.',
  world,
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
    cached: [0],
    loaded: [null, 0, null],
  },
  threads: [kswapd, reader, thread('slab', 2, (k) => [new_slab(k, {})])],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'LUF v11 that hands out a frame without asking for its debt',
      design: { design: lufV11, without: ['prep_new_page'] },
      expect: 'leak',
    },
    { id: 'repaired', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    {
      id: 'broken-other-file',
      says: 'the frame goes to a page of a file that the reader does not have open',
      design: { design: lufV11, without: ['prep_new_page'] },
      ...otherFile,
      expect: 'leak',
    },
    {
      id: 'repaired-other-file',
      says: 'the same, LUF v11 as posted',
      design: { design: lufV11 },
      ...otherFile,
      expect: 'holds',
    },
    {
      id: 'broken-zeroing',
      says: 'with init_on_free, and no payment before the zeroing',
      design: { design: lufV11, without: ['free_pages_prepare'] },
      world: { ...world, init_on_free: true },
      expect: 'leak',
    },
    {
      id: 'repaired-zeroing',
      says: 'with init_on_free, LUF v11 as posted',
      design: { design: lufV11 },
      world: { ...world, init_on_free: true },
      expect: 'holds',
    },
    {
      id: 'mainline-broken',
      says: 'mainline that forgets the flush of its batch',
      design: { design: mainline, without: ['try_to_unmap_flush'] },
      expect: 'leak',
    },
    { id: 'mainline', says: 'no LUF at all', design: { design: mainline }, expect: 'holds' },
    {
      id: 'v10-zeroing',
      says: 'with init_on_free, LUF v10 as posted: nothing pays before the zeroing',
      design: { design: lufV10 },
      world: { ...world, init_on_free: true },
      expect: 'leak',
    },
    {
      id: 'v12-zeroing',
      says: 'with init_on_free, LUF v12 as posted: it defers nothing',
      design: { design: lufV12 },
      world: { ...world, init_on_free: true },
      expect: 'holds',
    },
    {
      id: 'strict-zeroing-broken',
      says: 'with init_on_free, the two rules without a payment before the zeroing',
      design: { design: strict, without: ['free_pages_prepare'] },
      world: { ...world, init_on_free: true },
      expect: 'leak',
    },
    {
      id: 'strict-broken',
      says: "Hansen's two rules without a payment at the allocator",
      design: { design: strict, without: ['prep_new_page'] },
      expect: 'leak',
    },
    {
      id: 'strict',
      says: "Hansen's two rules, and a frame pays before it is used",
      design: { design: strict },
      expect: 'holds',
    },
    {
      id: 'strict-zeroing',
      says: 'the same with init_on_free',
      design: { design: strict },
      world: { ...world, init_on_free: true },
      expect: 'holds',
    },
    {
      id: 'v12-broken',
      says: 'LUF v12 that hands out a frame without asking for its debt',
      design: { design: lufV12, without: ['luf_takeoff'] },
      expect: 'leak',
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
