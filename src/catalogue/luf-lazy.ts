import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load, store } from '../kernel/paths/user.ts';
import type { ThreadSetup } from '../kernel/scenario.ts';
import type { Mistake, World } from '../kernel/world.ts';
import { kswapd, place, sleep, thread, wake } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const world: World = { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 1, switching: { asids: 1 } };
const wrong = (...mistakes: Mistake[]): World => ({ ...world, mistakes });
function reader(depth: 'lazy' | 'deep'): ThreadSetup {
  return thread('reader', 1, (k, cpu) => [
    load(k, { cpu, ...place(0, 0) }),
    ...sleep(k, cpu, depth),
    wake(k, cpu, 0, 'reader'),
    load(k, { cpu, ...place(0, 0) }),
  ]);
}
const slab = thread('slab', 2, (k) => [new_slab(k, {})]);
const provenance = {
  source: 'LUF v12, patches 16 and 19: the hook in finish_task_switch(), and its reason',
  where: 'linux-mm, [RFC PATCH v12 00/26] LUF, February 2025',
};
const setup = {
  vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' as const }],
  cached: [0],
  loaded: [null, 0, null],
  running: [null, 'reader', null],
};

/** The reader's CPU is lazy, or has let the mm go, while its debts are made, skipped and paid. */
export const lufLazy: Scenario = {
  id: 'LUF-lazy-tlb',
  title: 'a debt of a CPU that sleeps is marked as paid without a flush',
  provenance,
  says: 'Reclaim unmaps a page while its reader sleeps. Whoever pays does not interrupt the CPU, and takes it as flushed. The frame gets a new owner, the reader wakes and looks.',
  world,
  setup,
  threads: [kswapd, reader('lazy'), slab],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'unchecked',
      says: 'leaving lazy mode without a look at the generation',
      design: { design: lufV11 },
      world: wrong('lazy-return-unchecked'),
      expect: 'leak',
    },
    {
      id: 'not-bumped',
      says: 'a batched unmap does not raise the generation of its mm',
      design: { design: mainline },
      world: wrong('generation-not-bumped'),
      expect: 'leak',
    },
    { id: 'mainline', says: mainline.says, design: { design: mainline }, expect: 'holds' },
    { id: 'v11', says: lufV11.says, design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: lufV12.says, design: { design: lufV12 }, expect: 'holds' },
    {
      id: 'v12-no-hook',
      says: 'LUF v12 less its hook in finish_task_switch: the generation does its work',
      design: { design: lufV12, without: ['finish_task_switch'] },
      expect: 'holds',
    },
    {
      id: 'v12-hook-only',
      says: 'the hook cannot stand in for the generation: mark and diet think the CPU was flushed',
      design: { design: lufV12 },
      world: wrong('lazy-return-unchecked'),
      expect: 'leak',
    },
    { id: 'immediate', says: immediate.says, design: { design: immediate }, expect: 'holds' },
  ],
};

export const lufPcid: Scenario = {
  id: 'LUF-pcid',
  title: 'entries survive a switch under their ASID while the mm is reclaimed from',
  provenance,
  says: "The reader's CPU sleeps deeply and lets the page tables go, so that it is in no mask; its entries stay, under their ASID. Reclaim unmaps, the frame gets a new owner, the reader comes back.",
  world,
  setup,
  threads: [kswapd, reader('deep'), slab],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'not-bumped',
      says: 'a batched unmap does not raise the generation of its mm',
      design: { design: mainline },
      world: wrong('generation-not-bumped'),
      expect: 'leak',
    },
    {
      id: 'keep-bit',
      says: 'the load of CR3 on the way back keeps the entries',
      design: { design: mainline },
      world: wrong('keep-bit'),
      expect: 'leak',
    },
    {
      id: 'generation-before-mask',
      says: 'switch_mm reads the generation before it starts to receive interrupts',
      design: { design: mainline },
      world: wrong('generation-before-mask'),
      expect: 'leak',
    },
    { id: 'mainline', says: mainline.says, design: { design: mainline }, expect: 'holds' },
    { id: 'v11', says: lufV11.says, design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: lufV12.says, design: { design: lufV12 }, expect: 'holds' },
    { id: 'immediate', says: immediate.says, design: { design: immediate }, expect: 'holds' },
  ],
};

/** The page comes back in another frame, and changes, while its first reader sleeps. */
export const lufLazyStore: Scenario = {
  id: 'LUF-lazy-store',
  title: 'a reader wakes to a page that was reclaimed, read in again and written',
  provenance,
  says: 'A page is reclaimed while a reader sleeps lazily. Another thread stores to it: the page-cache slot and the page-table entry get a new frame. The reader wakes, is told, and looks.',
  world,
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: true, shared: true, present: 'read-only' }],
    cached: [0],
    loaded: [null, 0, 0],
    running: [null, 'reader', 'writer'],
  },
  threads: [
    kswapd,
    thread('reader', 1, (k, cpu) => [
      ...sleep(k, cpu, 'lazy'),
      wake(k, cpu, 0, 'reader'),
      hear(k, k.thread('writer')),
      load(k, { cpu, ...place(0, 0) }),
    ]),
    thread('writer', 2, (k, cpu) => [
      store(k, { cpu, ...place(0, 0) }),
      tell(k, k.thread('reader')),
    ]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'unchecked',
      says: 'leaving lazy mode without a look at the generation',
      design: { design: mainline, plus: ['__remove_mapping'] },
      world: wrong('lazy-return-unchecked'),
      expect: 'stale-read',
    },
    {
      id: 'mainline',
      says: 'mainline that flushes its batch before a folio leaves the cache',
      design: { design: mainline, plus: ['__remove_mapping'] },
      expect: 'holds',
    },
    { id: 'v12', says: lufV12.says, design: { design: lufV12 }, expect: 'holds' },
    { id: 'immediate', says: immediate.says, design: { design: immediate }, expect: 'holds' },
  ],
};
