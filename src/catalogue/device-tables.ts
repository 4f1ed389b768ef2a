import { mainline } from '../kernel/designs/mainline.ts';
import { dma_read, type Invalidation, iommu_map_over, iommu_unmap } from '../kernel/paths/iommu.ts';
import { virtual } from '../kernel/paths/kvm.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import type { Setup, ThreadSetup } from '../kernel/scenario.ts';
import type { World } from '../kernel/world.ts';
import { immediateHolds } from './designs.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedAfterwards } from './witnesses.ts';

const world: World = { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 0, secondMmu: true };
const setup: Setup = {
  vmas: [{ mm: 0, va: 0, frame: 0, writable: true, shared: false, referenced: true }],
  cached: [],
  loaded: [null, null, 0],
  behindSecondMmu: [2],
  secondMapped: [{ mm: 0, va: 0 }],
};
const slab = thread('slab', 1, (k) => [new_slab(k, {})]);
const device = thread('accelerator', 2, (k, cpu) => [
  dma_read(virtual(k), { cpu, ...place(0, 0) }),
]);
const unmapping = (how: Invalidation): readonly ThreadSetup[] => [
  thread('driver', 0, (k) => [iommu_unmap(virtual(k), { ...place(0, 0), how })]),
  slab,
  device,
];
const mapping = (compares: 'frame and rights' | 'rights'): readonly ThreadSetup[] => [
  thread('driver', 0, (k) => [iommu_map_over(virtual(k), { ...place(0, 0), how: { compares } })]),
  slab,
  device,
];

export const iommuTimeout: Scenario = {
  id: 'XSA-373',
  title: 'an invalidation that takes too long counts as done',
  provenance: {
    source: 'XSA-373, 2021: the wait for an IOMMU command times out, and nobody looks at that',
    where: 'the advisory; xen/drivers/passthrough/vtd/qinval.c',
  },
  says: 'A page is taken out of the table of an IOMMU. The driver queues the invalidation, waits a while and goes on. The page goes free and gets a new owner; the device reads it through its TLB.',
  world,
  setup,
  threads: unmapping({}),
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'the wait gives up',
      design: { design: mainline },
      threads: unmapping({ waits: 'gives up' }),
      expect: 'leak',
    },
    { id: 'repaired', says: 'it never gives up', design: { design: mainline }, expect: 'holds' },
    immediateHolds,
  ],
};

export const gpuIgnoresFlush: Scenario = {
  id: 'CVE-2022-4139',
  title: 'a GPU does not take the write to its register for a flush',
  provenance: {
    source: 'CVE-2022-4139, 04aa64375f48, i915: some engines want a mask bit beside the bit',
    where: "the commit's text",
  },
  says: 'The driver unmaps a page from a GPU and writes the bit that asks for the flush of its TLB. The register ignores the write. The driver reads back that nothing is going on, and lets the page go free; the GPU reads it.',
  world,
  setup,
  threads: unmapping({}),
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'without the mask bit',
      design: { design: mainline },
      threads: unmapping({ command: 'ignored' }),
      expect: 'leak',
    },
    { id: 'repaired', says: 'with the mask bit', design: { design: mainline }, expect: 'holds' },
    immediateHolds,
  ],
};

export const iommuMapOver: Scenario = {
  id: 'XSA-275',
  title: 'an entry of an IOMMU is replaced, and part of it compared to see whether to flush',
  provenance: {
    source: 'XSA-275, 2018: AMD IOMMU, what set_iommu_pte_present compares',
    where: 'the advisory; xen/drivers/passthrough/amd/iommu_map.c',
  },
  says: 'An address of a device gets another page. The new entry is stored over the old one; since the part of it that is compared is the same, nothing is flushed. The old page goes free and gets a new owner; the device reads it.',
  world: { ...world, frames: 3 },
  setup,
  threads: mapping('frame and rights'),
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'the rights are compared, the frame is not',
      design: { design: mainline },
      threads: mapping('rights'),
      expect: 'leak',
    },
    {
      id: 'repaired',
      says: 'all that matters is compared',
      design: { design: mainline },
      expect: 'holds',
    },
    immediateHolds,
  ],
};
