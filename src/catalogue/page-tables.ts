import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { exit_mmap } from '../kernel/paths/exit-mmap.ts';
import {
  type FreeHow,
  munmap_table,
  paged,
  retract_page_tables,
  take_cpu_down,
} from '../kernel/paths/page-tables.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load } from '../kernel/paths/user.ts';
import type { Setup, ThreadSetup } from '../kernel/scenario.ts';
import type { World } from '../kernel/world.ts';
import { immediateHolds } from './designs.ts';
import { place, switching, thread } from './places.ts';
import type { Scenario, Variant } from './scenario.ts';
import { walkedAfterwards } from './witnesses.ts';

// Frame 0 is the page of the file, frame 1 the table; the table's next owner is the kernel.
const world: World = { cpus: 2, mms: 1, vas: 1, frames: 2, slots: 1, tables: true };
const setup: Setup = {
  vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
  cached: [0],
  loaded: [null, 0],
  tables: [1],
};
const slab = thread('slab', 0, (k) => [new_slab(k, {})]);
const unmapping = (table: NonNullable<FreeHow['table']>, cpu = 0): readonly ThreadSetup[] => [
  thread('caller', cpu, (k) => [munmap_table(paged(k), { ...place(0, 0), how: { table } })]),
  slab,
];
const luf: readonly Variant[] = [
  { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
  { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
  immediateHolds,
];

export const tableFallback: Scenario = {
  id: '0ed1325967ab',
  title: 'no memory for a batch: a page table goes free without an invalidation',
  provenance: {
    source:
      '0ed1325967ab, "mm/mmu_gather: invalidate TLB correctly on batch allocation failure and flush", Peter Zijlstra, 2020',
    where: "the commit's text; mm/mmu_gather.c, tlb_remove_table",
  },
  says: 'munmap frees a page table. It cannot get a page to batch it in, waits for walkers without locks, and frees it at once; the flush comes at the end. Another CPU of the process has cached where the table is, and walks through what the kernel has stored there since.',
  world,
  setup,
  threads: unmapping('after the flush'),
  reaches: [walkedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'freed at once',
      design: { design: mainline },
      threads: unmapping('at once'),
      expect: 'leak',
    },
    {
      id: 'repaired',
      says: 'the caches of the CPUs are flushed first',
      design: { design: mainline },
      threads: unmapping('at once, invalidated'),
      expect: 'holds',
    },
    {
      id: 'batched',
      says: 'there was a page for the batch',
      design: { design: mainline },
      expect: 'holds',
    },
    ...luf,
  ],
};

export const tableOneUser: Scenario = {
  id: 'a6f572084fbe',
  title: 'a process with one thread frees its page tables at once, and its own CPU walks them',
  provenance: {
    source:
      'd86564a2f085, a6f572084fbe and fd1102f0aade, Peter Zijlstra, 2018: page tables are invalidated before they are freed',
    where: "the commits' texts; mm/memory.c, tlb_remove_table of 4.18",
  },
  says: 'Nobody but the caller of munmap uses the mm, so its page table is freed at once, with no batch and before any flush. Its CPU has cached where the table is, and walks there speculatively after the frame has a new owner.',
  world,
  setup,
  threads: unmapping('after the flush', 1),
  reaches: [walkedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'the shortcut for one user',
      design: { design: mainline },
      threads: unmapping('at once', 1),
      expect: 'leak',
    },
    { id: 'repaired', says: 'no shortcut', design: { design: mainline }, expect: 'holds' },
    ...luf,
  ],
};

export const tableLeafFlush: Scenario = {
  id: 'riscv-pgdir-2024',
  title: 'a page table goes free after a flush that was told of leaf entries',
  provenance: {
    source: 'riscv, 2024: freed page directories were not covered by the flush of munmap',
    where: 'arch/riscv/include/asm/tlb.h, tlb_flush: all of the mm if tables are freed',
  },
  says: 'munmap empties entries and frees the table that they are in. The flush covers the addresses, with the stride of small pages; what CPUs cache of the upper levels stays. One walks through the table after the frame has a new owner.',
  world,
  setup,
  threads: unmapping('after the flush'),
  reaches: [walkedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'the flush of a range drops leaf entries',
      design: { design: mainline },
      threads: unmapping('after a flush of leaves'),
      expect: 'leak',
    },
    {
      id: 'repaired',
      says: 'where tables are freed, all of the mm is flushed',
      design: { design: mainline },
      expect: 'holds',
    },
    ...luf,
  ],
};

const lazyWorld: World = { ...world, switching: { asids: 1 } };
const lazySetup: Setup = { ...setup, running: [null, null] };
const collapsing = (freedTables: boolean): readonly ThreadSetup[] => [
  thread('khugepaged', 0, (k) => [retract_page_tables(paged(k), { ...place(0, 0), freedTables })]),
  slab,
];

export const tableLazyCpu: Scenario = {
  id: 'CVE-2025-22045',
  title: 'a lazy CPU is not told that a page table goes',
  provenance: {
    source:
      'CVE-2025-22045, 3ef938c35035, "x86/mm: Fix flush_tlb_range() when used for zapping normal PMDs", Jann Horn, 2025',
    where: "the commit's text",
  },
  says: 'khugepaged takes a page table away and flushes with flush_tlb_range(), which says that no tables are freed. A CPU that uses the mm lazily is left alone. It walks speculatively through what it has cached, after the frame has a new owner.',
  world: lazyWorld,
  setup: lazySetup,
  threads: collapsing(true),
  reaches: [walkedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'the flush is one of leaf entries',
      design: { design: mainline },
      threads: collapsing(false),
      expect: 'leak',
    },
    {
      id: 'repaired',
      says: 'it says that tables are freed, and lazy CPUs are interrupted',
      design: { design: mainline },
      expect: 'holds',
    },
    ...luf,
  ],
};

const unplugging = (mask: 'after it has left the mm' | 'before'): readonly ThreadSetup[] => [
  thread('hotplug', 1, (k, cpu) => [
    take_cpu_down(switching(k), { cpu, mm: place(0, 0).mm, mask }),
  ]),
  thread('last', 0, (k) => [exit_mmap(k, { mm: place(0, 0).mm })]),
  slab,
];
export const lazyHotplug: Scenario = {
  id: 'lazy-tlb-hotplug',
  title: 'a CPU that goes offline is out of the mask before it has left the mm',
  provenance: {
    source:
      'lazy TLB and CPU hotplug, 2023 and 2024: a CPU switches to the kernel mm before it goes down',
    where: 'kernel/cpu.c, idle_task_exit and its callers',
  },
  says: 'A CPU that uses an mm lazily goes offline: it is taken out of every mask, and still has the page tables loaded. The mm ends elsewhere; its last flush does not reach the CPU, and the tables go free. The CPU walks them.',
  // Since 6.14 a CPU that leaves an mm stays in its mask until an interrupt finds it gone.
  world: { ...world, switching: { asids: 1, lazyMask: true } },
  setup: lazySetup,
  threads: unplugging('after it has left the mm'),
  reaches: [walkedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'out of the mask first',
      design: { design: mainline },
      threads: unplugging('before'),
      expect: 'leak',
    },
    { id: 'repaired', says: 'out of the mm first', design: { design: mainline }, expect: 'holds' },
    {
      id: 'mask-before-cr3',
      says: 'the same in 6.12, where leaving an mm clears the bit before it loads CR3: a few instructions, interrupts off',
      design: { design: mainline },
      world: lazyWorld,
      expect: 'leak',
    },
    ...luf,
  ],
};

const user = thread('user', 1, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]);

export const tableFlushedWhole: Scenario = {
  id: 'table-flushed-whole',
  title: 'a CPU that runs the process is told to flush all of it, and where its tables are',
  provenance: {
    source: 'flush_tlb_func: a flush of everything takes the paging-structure caches, too',
    where: 'arch/x86/mm/tlb.c, 6.12; found by hand: what the CPU kept of the tables went unseen',
  },
  says: 'A page table goes while a thread of the process runs on another CPU. That CPU flushes everything of the address space: it must not walk the table that it has cached, which has a new owner.',
  world: lazyWorld,
  setup: { ...setup, running: [null, 'user'] },
  threads: [...unmapping('after the flush'), user],
  reaches: [walkedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'the table is freed before the flush',
      design: { design: mainline },
      threads: [...unmapping('at once'), user],
      expect: 'leak',
    },
    { id: 'mainline', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
    immediateHolds,
  ],
};

export const tableFlushedAtAddress: Scenario = {
  id: 'table-flushed-at-one-address',
  title: 'a CPU that runs the process is told to flush one address, and where its tables are',
  provenance: {
    source: 'INVLPG drops all that a CPU knows of where tables are, whatever the address',
    where:
      'Intel SDM volume 3, 4.10.4.1; arch/x86/mm/tlb.c, flush_tlb_func, 6.12; found by hand: what the CPU kept of the tables went unseen',
  },
  says: 'khugepaged takes a page table away while a thread of the process runs on another CPU, and flushes the addresses that it served, of which there is one here. It must not walk the table that it has cached, which has a new owner.',
  world: lazyWorld,
  setup: { ...setup, running: [null, 'user'] },
  threads: [...collapsing(true), user],
  reaches: [walkedAfterwards],
  variants: [
    { id: 'mainline', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
    {
      id: 'leaves',
      says: 'the flush does not say that tables are freed: only lazy CPUs miss it',
      design: { design: mainline },
      threads: [...collapsing(false), user],
      expect: 'holds',
    },
    ...luf,
  ],
};
