import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11, lufV11With } from '../kernel/designs/luf-v11.ts';
import { lufV12, lufV12With } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { reclaim } from '../kernel/paths/reclaim.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load } from '../kernel/paths/user.ts';
import type { VmaSetup } from '../kernel/scenario.ts';
import { kswapd, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const readOnly: VmaSetup = {
  mm: 0,
  va: 0,
  file: 0,
  writable: false,
  shared: true,
  present: 'read-only',
};
const reader = thread('reader', 1, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]);

/** A flush for one page runs while another page of the same mm gets into debt. */
export const lufDebtVsFlush: Scenario = {
  id: 'LUF-debt-vs-flush',
  title: 'a flush that began before a debt was made counts as its payment',
  provenance: {
    source: 'LUF v10 and v11: on_flushing, drawn in mm/rmap.c; LUF v12: luf_ugen and ugen_done',
    where: 'linux-mm, [PATCH v11 09/12] and [RFC PATCH v12 17/26]',
  },
  says: 'Reclaim flushes a CPU for a writable page. Meanwhile an allocator reclaims a read-only page lazily, takes its frame and uses it. Its debt must not pass for paid by that flush.',
  world: { cpus: 3, mms: 1, vas: 2, frames: 3, slots: 2, versions: 1, generations: 3 },
  setup: {
    vmas: [readOnly, { mm: 0, va: 1, file: 1, writable: true, shared: true, present: 'writable' }],
    cached: [0, 1],
    loaded: [null, 0, null],
  },
  threads: [kswapd, reader, thread('allocator', 2, (k) => [...reclaim(k), new_slab(k, {})])],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'v11-no-refusal',
      says: 'LUF v11 that defers although a flush is running, which then subtracts the new debt',
      design: {
        design: lufV11With({
          id: 'luf-v11-defers-while-flushing',
          says: 'LUF v11 that makes debts while a flush is running',
          defersWhileFlushing: true,
        }),
      },
      expect: 'leak',
    },
    { id: 'v11', says: lufV11.says, design: { design: lufV11 }, expect: 'holds' },
    {
      id: 'v12-late-stamp',
      says: 'LUF v12 that takes the stamp of a flush when it is over',
      design: {
        design: lufV12With({
          id: 'luf-v12-stamps-after-flush',
          says: 'LUF v12 that takes the stamp of a flush when it is over',
          stampsAfterFlush: true,
        }),
      },
      expect: 'leak',
    },
    {
      id: 'v12-early-stamp',
      says: 'LUF v12 that takes the stamp of a debt before it empties the entry',
      design: {
        design: lufV12With({
          id: 'luf-v12-stamps-before-clear',
          says: 'LUF v12 that takes the stamp of a debt before it empties the entry',
          stampsBeforeClear: true,
        }),
      },
      expect: 'leak',
    },
    { id: 'v12', says: lufV12.says, design: { design: lufV12 }, expect: 'holds' },
    { id: 'mainline', says: mainline.says, design: { design: mainline }, expect: 'holds' },
    { id: 'immediate', says: immediate.says, design: { design: immediate }, expect: 'holds' },
  ],
};

/** Two allocators pay for pages of one debt. */
export const lufTwoPayers: Scenario = {
  id: 'LUF-two-payers',
  title: 'a second payer finds the debt claimed and does not wait for the flush',
  provenance: {
    source: 'LUF v10 and v11: luf_on_flushing, drawn in mm/rmap.c; v12: wait_zone_ugen_done()',
    where: 'linux-mm, [PATCH v11 09/12] and [RFC PATCH v12 21/26]',
  },
  says: 'Reclaim unmaps two pages lazily. Two allocators take one each. The first has claimed the debt and is still flushing when the second looks, finds nothing left to pay, and uses its page.',
  world: { cpus: 4, mms: 1, vas: 2, frames: 4, slots: 2, versions: 1, generations: 3 },
  setup: {
    vmas: [readOnly, { ...readOnly, va: 1, file: 1 }],
    cached: [0, 1],
    loaded: [null, 0, null, null],
  },
  threads: [
    thread('kswapd', 0, (k) => reclaim(k, 2)),
    // Waits, so that what it would read in again is not in the way; its CPU may cache at any time.
    thread('reader', 1, (k, cpu) => [
      hear(k, k.thread('second')),
      load(k, { cpu, ...place(0, 0) }),
    ]),
    thread('first', 2, (k) => [new_slab(k, {})]),
    thread('second', 3, (k) => [new_slab(k, {}), tell(k, k.thread('reader'))]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'v11-no-wait',
      says: 'LUF v11 whose check_luf_flush does not wait for luf_on_flushing',
      design: {
        design: lufV11With({
          id: 'luf-v11-does-not-wait',
          says: 'LUF v11 whose payers do not wait for one another',
          waitsForNobody: true,
        }),
      },
      expect: 'leak',
    },
    { id: 'v11', says: lufV11.says, design: { design: lufV11 }, expect: 'holds' },
    {
      id: 'v12-no-wait',
      says: 'LUF v12 whose luf_takeoff_end does not wait for the generation before',
      design: {
        design: lufV12With({
          id: 'luf-v12-does-not-wait',
          says: 'LUF v12 that does not wait for generations claimed by others',
          waitsForNobody: true,
        }),
      },
      expect: 'leak',
    },
    { id: 'v12', says: lufV12.says, design: { design: lufV12 }, expect: 'holds' },
    { id: 'immediate', says: immediate.says, design: { design: immediate }, expect: 'holds' },
  ],
};
