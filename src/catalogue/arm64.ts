import { immediate } from '../kernel/designs/immediate.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { munmap } from '../kernel/paths/munmap.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load } from '../kernel/paths/user.ts';
import type { Setup } from '../kernel/scenario.ts';
import type { World } from '../kernel/world.ts';
import { kswapd, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { flushedAfterwards, usedAfterwards } from './witnesses.ts';

const world: World = { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 1, arch: 'arm64' };
const before: World = { ...world, mistakes: ['pending-is-dsb'] };
const setup: Setup = {
  vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
  cached: [0],
  loaded: [null, 0, 0],
};

export const arm64BatchDsb: Scenario = {
  id: 'arm64-batch-dsb',
  title: 'a barrier on one CPU is taken to complete the invalidations of another',
  provenance: {
    source:
      '4b634918384c, "arm64/mm: Close theoretical race where stale TLB entry remains valid", Ryan Roberts, 2025',
    where: "the commit's text",
  },
  says: "Reclaim has broadcast an invalidation and not waited for it yet. munmap on another CPU finds the entry empty, executes a barrier of its own, which completes nothing of reclaim's, and returns. A reader that was told still has the entry.",
  world,
  setup,
  threads: [
    kswapd,
    thread('reader', 1, (k, cpu) => [
      hear(k, k.thread('caller')),
      load(k, { cpu, ...place(0, 0) }),
    ]),
    thread('caller', 2, (k) => [munmap(k, place(0, 0)), tell(k, k.thread('reader'))]),
  ],
  reaches: [flushedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'arm64 from 6.6 to 6.15: a DSB in arch_flush_tlb_batched_pending',
      design: { design: mainline },
      world: before,
      expect: 'stale-permission',
    },
    {
      id: 'repaired',
      says: 'arm64 since: the whole mm is invalidated, and waited for',
      design: { design: mainline },
      expect: 'holds',
    },
    {
      id: 'v12-broken',
      says: 'LUF v12 on the kernel it was posted for',
      design: { design: lufV12 },
      world: before,
      expect: 'stale-permission',
    },
    {
      id: 'v12',
      says: 'LUF v12 on a kernel with the repair',
      design: { design: lufV12 },
      expect: 'holds',
    },
    { id: 'immediate', says: immediate.says, design: { design: immediate }, expect: 'holds' },
  ],
};

export const lufArm64: Scenario = {
  id: 'LUF-arm64',
  title: 'LUF v12 on arm64 frees a page and nobody waits for its invalidation',
  provenance: {
    source:
      'LUF v12, patches 2 and 17: arch_tlbbatch_done, check_done and diet are constant on arm64',
    where: 'arch/arm64/include/asm/tlbflush.h in [RFC PATCH v12 00/26] LUF, February 2025',
  },
  says: 'Reclaim empties a read-only entry and broadcasts the invalidation. LUF concludes that nothing is owed: no barrier follows, and the page is freed without a tag. It gets a new owner while the invalidation is still on its way.',
  world,
  setup: { ...setup, loaded: [null, 0, null] },
  threads: [
    kswapd,
    thread('reader', 1, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]),
    thread('slab', 2, (k) => [new_slab(k, {})]),
  ],
  reaches: [usedAfterwards],
  variants: [
    { id: 'v12', says: lufV12.says, design: { design: lufV12 }, expect: 'leak' },
    {
      id: 'mainline',
      says: 'mainline waits in arch_tlbbatch_flush before it frees',
      design: { design: mainline },
      expect: 'holds',
    },
    {
      id: 'mainline-broken',
      says: 'mainline that frees without try_to_unmap_flush',
      design: { design: mainline, without: ['try_to_unmap_flush'] },
      expect: 'leak',
    },
    { id: 'immediate', says: immediate.says, design: { design: immediate }, expect: 'holds' },
  ],
};
