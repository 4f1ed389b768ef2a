import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { strict } from '../kernel/designs/strict.ts';
import type { FlushPoint } from '../kernel/kernel.ts';
import {
  compact_zone,
  free_pcppages_bulk,
  memory_failure_of_free_page,
  offline_pages,
  page_reporting_cycle,
} from '../kernel/paths/free-frames.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load } from '../kernel/paths/user.ts';
import type { ThreadSetup } from '../kernel/scenario.ts';
import { kswapd, place, thread } from './places.ts';
import type { Scenario, Variant } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const reader = thread('reader', 1, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]);
const world = { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 1 };

interface Exit {
  readonly id: string;
  readonly says: string;
  readonly point: FlushPoint;
  readonly taker: ThreadSetup;
}
const exits: readonly Exit[] = [
  {
    id: 'reporting',
    says: 'the host is told of the free frame and discards it',
    point: 'page_reporting_cycle',
    taker: thread('reporter', 2, (k) => [page_reporting_cycle(k, {})]),
  },
  {
    id: 'offline',
    says: 'the memory of the free frame is unplugged',
    point: '__offline_isolated_pages',
    taker: thread('hotplug', 2, (k) => [offline_pages(k, {})]),
  },
  {
    id: 'hwpoison',
    says: 'the memory of the free frame fails, and it is set aside',
    point: 'take_page_off_buddy',
    taker: thread('memory_failure', 2, (k) => [memory_failure_of_free_page(k, {})]),
  },
  {
    id: 'compaction',
    says: "compaction copies somebody else's page into the free frame",
    point: 'isolate_freepages_block',
    taker: thread('kcompactd', 2, (k) => [compact_zone(k, {})]),
  },
];

function variantsOf({ id, says, point, taker }: Exit): Variant[] {
  const threads = [kswapd, reader, taker];
  const variants: Variant[] = [];
  for (const design of [lufV11, lufV12, strict]) {
    const broken = { design, without: [point] };
    const name = `${id}-${design.id}`;
    variants.push(
      { id: `${name}-broken`, says: `${says}, unpaid`, design: broken, threads, expect: 'leak' },
      { id: name, says: `${says}, ${design.id}`, design: { design }, threads, expect: 'holds' },
    );
  }
  for (const design of [mainline, immediate]) {
    variants.push({
      id: `${id}-${design.id}`,
      says: `${says}, ${design.id}`,
      design: { design },
      threads,
      expect: 'holds',
    });
  }
  return variants;
}

// The page moves from its per-CPU list to the buddy lists before the kernel takes it.
const drained = [
  kswapd,
  reader,
  thread('slab', 2, (k) => [free_pcppages_bulk(k, {}), new_slab(k, {})]),
];

export const freeListExits: Scenario = {
  id: 'LUF-exits',
  title: "a lazily unmapped, free frame leaves the free lists by another door than the allocator's",
  provenance: {
    source: 'LUF v10 to v12: every place that takes a free page off the lists is patched',
    where:
      'linux-mm, [PATCH v10 07/12] and [RFC PATCH v12 12/26]; mm/page_reporting.c, mm/page_alloc.c, mm/compaction.c',
  },
  says: "Reclaim unmaps a file page lazily and frees it. The free frame is reported to a host that discards it, unplugged, set aside as failed, or used as the target of somebody else's migration. A reader of the still valid mapping looks.",
  world,
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
    cached: [0],
    loaded: [null, 0, null],
  },
  threads: [kswapd, reader],
  reaches: [usedAfterwards],
  variants: [
    ...exits.flatMap(variantsOf),
    {
      id: 'drained-luf-v12-broken',
      says: 'drained to the buddy lists and allocated unpaid',
      design: { design: lufV12, without: ['luf_takeoff'] },
      threads: drained,
      expect: 'leak',
    },
    {
      id: 'drained-luf-v12',
      says: 'drained: the zone takes over what the key owed',
      design: { design: lufV12 },
      threads: drained,
      expect: 'holds',
    },
  ],
};
