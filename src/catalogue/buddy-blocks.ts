import { lufV10 } from '../kernel/designs/luf-v10.ts';
import { lufV11, lufV11With } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { merge_into_block, withBlocks } from '../kernel/paths/buddy.ts';
import { free_pcppages_bulk } from '../kernel/paths/free-frames.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load } from '../kernel/paths/user.ts';
import type { Setup } from '../kernel/scenario.ts';
import { withoutLuf } from './designs.ts';
import { kswapd, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const setup: Setup = {
  vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
  cached: [0],
  loaded: [null, 0, null, null],
};
const reader = thread('reader', 1, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]);
const slab = (name: string, cpu: number) => thread(name, cpu, (k) => [new_slab(k, {})]);

export const buddySplit: Scenario = {
  id: 'LUF-buddy-split',
  title: 'a block of free pages is split, and the rest goes back before its debt is paid',
  provenance: {
    source:
      'found by reading LUF v10 and v11, 05/12 and 06/12, beside the model: expand() gives the rest no generation',
    where: 'mm/page_alloc.c, expand(), __rmqueue_smallest(), prep_new_page()',
  },
  says: 'A lazily unmapped page goes free and merges with its buddy into one block that carries its generation. An allocation takes one half: the generation goes to the task, which will flush in prep_new_page(). The other half is back on the lists at once, with no generation. Another allocation takes it, flushes nothing and uses it.',
  world: { cpus: 4, mms: 1, vas: 1, frames: 3, slots: 1, blocks: true },
  setup,
  threads: [
    thread('kswapd', 0, (k) => [...kswapd.code(k), merge_into_block(withBlocks(k), {})]),
    reader,
    slab('slab', 2),
    slab('other slab', 3),
  ],
  reaches: [usedAfterwards],
  variants: [
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'leak' },
    { id: 'v10', says: 'LUF v10 as posted', design: { design: lufV10 }, expect: 'leak' },
    {
      id: 'repaired',
      says: "LUF v11 whose expand() gives the rest the block's generation",
      design: {
        design: lufV11With({
          id: 'luf-v11-split-keeps-ugen',
          says: 'LUF v11 that gives the rest of a split block the generation of the block',
          splitKeepsUgen: true,
        }),
      },
      expect: 'holds',
    },
    {
      id: 'v12',
      says: 'LUF v12 as posted: each half keeps the generation of its zone, and a claimed one is waited for',
      design: { design: lufV12 },
      expect: 'holds',
    },
    ...withoutLuf,
  ],
};

export const buddyTag: Scenario = {
  id: 'LUF-buddy-order',
  title: 'a page in the buddy lists carries its order where its generation belongs',
  provenance: {
    source:
      'found by reading LUF v10 and v11, 05/12: set_buddy_order_ugen() calls set_page_buddy_ugen(page, order)',
    where: 'mm/page_alloc.c, set_buddy_order_ugen()',
  },
  says: 'A lazily unmapped page goes free with its generation, and from its per-CPU list to the buddy lists. There its order, 0, is stored as its generation: it looks as if it owed nothing. Its next owner flushes nothing; a reader of the old mapping sees the bytes.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 1 },
  setup: { ...setup, loaded: [null, 0, null] },
  threads: [kswapd, reader, thread('slab', 2, (k) => [free_pcppages_bulk(k, {}), new_slab(k, {})])],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'as-posted',
      says: 'LUF v11 to the letter',
      design: {
        design: lufV11With({
          id: 'luf-v11-order-as-ugen',
          says: 'LUF v11 with set_buddy_order_ugen() as posted',
          storesOrderAsUgen: true,
        }),
      },
      expect: 'leak',
    },
    {
      id: 'repaired',
      says: 'LUF v11 that stores the generation, as everywhere else in this catalogue',
      design: { design: lufV11 },
      expect: 'holds',
    },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    ...withoutLuf,
  ],
};
