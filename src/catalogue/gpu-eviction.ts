import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { guest_load, virtual } from '../kernel/paths/kvm.ts';
import { migrate_pages } from '../kernel/paths/migrate.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import type { World } from '../kernel/world.ts';
import { immediateHolds } from './designs.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedBehindAfterwards } from './witnesses.ts';

const world: World = { cpus: 3, mms: 1, vas: 1, frames: 3, slots: 0, secondMmu: true };

export const gpuEviction: Scenario = {
  id: 'CVE-2026-89811',
  title: "a GPU's queues are taken away before a migration, and its TLB is not flushed",
  provenance: {
    source: 'CVE-2026-89811, 2026: amdkfd flushes after the queues of a process are evicted',
    where: 'the record; drivers/gpu/drm/amd/amdkfd',
  },
  says: 'A GPU works on memory of a process that migrates. The notifier takes its mapping and its queues away; what is in flight still translates by the TLB. The page moves, its old frame gets a new owner, and the GPU reads that.',
  world,
  setup: {
    vmas: [{ mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'writable' }],
    cached: [],
    loaded: [null, null, 0],
    behindSecondMmu: [2],
    secondMapped: [{ mm: 0, va: 0 }],
  },
  threads: [
    thread('compaction', 0, (k) => [
      migrate_pages(k, { reason: 'MR_COMPACTION', mode: 'MIGRATE_ASYNC', of: place(0, 0) }),
    ]),
    thread('slab', 1, (k) => [new_slab(k, {})]),
    thread('gpu', 2, (k, cpu) => [guest_load(virtual(k), { cpu, ...place(0, 0) })]),
  ],
  reaches: [usedBehindAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'no flush',
      design: { design: mainline },
      world: { ...world, mistakes: ['second-unflushed'] },
      expect: 'leak',
    },
    { id: 'repaired', says: 'a flush', design: { design: mainline }, expect: 'holds' },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    immediateHolds,
  ],
};
