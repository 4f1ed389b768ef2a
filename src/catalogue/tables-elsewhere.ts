// Page tables that somebody else than a CPU walks: a guest, a device.

import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { type PoolHow, p2m_update } from '../kernel/paths/iommu.ts';
import { guest_load, virtual } from '../kernel/paths/kvm.ts';
import { collapse_file, paged, vfree_table } from '../kernel/paths/page-tables.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import type { ThreadSetup } from '../kernel/scenario.ts';
import { immediateHolds } from './designs.ts';
import { filePage, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { usedBehindAfterwards, walkedAfterwards } from './witnesses.ts';

const slab = thread('slab', 0, (k) => [new_slab(k, {})]);

const updating = (flush: PoolHow['flush']): readonly ThreadSetup[] => [
  thread('xen', 0, (k) => [
    p2m_update(
      { ...virtual(k), ...paged(k), second: virtual(k).second },
      { ...place(0, 0), how: { flush } },
    ),
  ]),
  slab,
];
export const poolBeforeFlush: Scenario = {
  id: 'XSA-480',
  title: 'a table of guest memory goes back to its pool before the deferred flush',
  provenance: {
    source: 'XSA-480, 2026; Xen 4a59e6bb3a took a flush for redundant, 4bc2e5333a puts it back',
    where: 'the advisory; xen/arch/x86/mm/p2m-ept.c',
  },
  says: 'An update of guest memory unlinks a table. Its flush is deferred to the end of the update; the routine that frees the table used to flush, which looked redundant. The table has a new owner while the guest walks it.',
  world: { cpus: 2, mms: 1, vas: 1, frames: 2, slots: 0, secondMmu: true, tables: true },
  setup: {
    vmas: [{ mm: 0, va: 0, frame: 0, writable: true, shared: false, referenced: true }],
    cached: [],
    loaded: [null, 0],
    behindSecondMmu: [1],
    secondMapped: [{ mm: 0, va: 0 }],
    tables: [1],
  },
  threads: updating('before the table is freed'),
  reaches: [walkedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'the flush comes when the lock is dropped',
      design: { design: mainline },
      threads: updating('when the lock is dropped'),
      expect: 'leak',
    },
    {
      id: 'repaired',
      says: 'the pending flush is issued before the table goes',
      design: { design: mainline },
      expect: 'holds',
    },
    immediateHolds,
  ],
};

const freeing = (tells: boolean): readonly ThreadSetup[] => [
  thread('vfree', 0, (k) => [vfree_table(paged(k), { mm: place(0, 0).mm, tells })]),
  slab,
];
export const kernelTable: Scenario = {
  id: 'CVE-2025-71202',
  title: 'a device walks a page table of the kernel that has been freed',
  provenance: {
    source:
      'CVE-2025-71202 and CVE-2025-71089, e37d5a2d60a3, 2025: the IOMMU is told before kernel page tables go',
    where: "the commit's text; drivers/iommu/iommu-sva.c",
  },
  says: 'A device shares the page tables of a process, and with them those of the kernel. vfree frees a table and flushes the CPUs. The device has cached where the table is, and walks it after it has a new owner.',
  world: { cpus: 2, mms: 1, vas: 1, frames: 2, slots: 1, devices: true, tables: true },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true }],
    cached: [0],
    loaded: [null, 0],
    devices: [1],
    tables: [1],
  },
  threads: freeing(true),
  reaches: [walkedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'only CPUs are flushed',
      design: { design: mainline },
      threads: freeing(false),
      expect: 'leak',
    },
    {
      id: 'repaired',
      says: 'the IOMMU is told before the table goes',
      design: { design: mainline },
      expect: 'holds',
    },
    immediateHolds,
  ],
};

const collapsing = (notifies: boolean): readonly ThreadSetup[] => [
  thread('khugepaged', 0, (k) => [
    collapse_file(k, { ...place(0, 0), slot: filePage(0), notifies }),
  ]),
  slab,
  thread('guest', 1, (k, cpu) => [
    guest_load(virtual(k), { cpu, ...place(0, 0) }),
    guest_load(virtual(k), { cpu, ...place(0, 0) }),
  ]),
];
export const collapseUnnotified: Scenario = {
  id: 'f268f6cf875f',
  title: 'khugepaged takes small pages away from a process and not from its guest',
  provenance: {
    source:
      'f268f6cf875f, "mm/khugepaged: invoke MMU notifiers in shmem/file collapse paths", Jann Horn, 2022',
    where: "the commit's text",
  },
  says: 'A guest runs on pages of a file. khugepaged moves them into a huge page, takes away the page table that maps the small ones and flushes the CPUs. Nobody tells KVM; the small page goes free, and the guest reads what its new owner wrote.',
  world: { cpus: 2, mms: 1, vas: 1, frames: 3, slots: 1, secondMmu: true },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
    cached: [0],
    loaded: [null, 0],
    behindSecondMmu: [1],
  },
  threads: collapsing(true),
  reaches: [usedBehindAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'no notifier',
      design: { design: mainline },
      threads: collapsing(false),
      expect: 'leak',
    },
    { id: 'repaired', says: 'with notifiers', design: { design: mainline }, expect: 'holds' },
    { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    immediateHolds,
  ],
};
