// What no known bug has gone wrong in: two of the same at once, or one after the other. Small slips in the
// kernel's functions had shown nowhere else (docs/mutants.md).

import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { fork } from '../kernel/paths/fork.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { migrate_pages } from '../kernel/paths/migrate.ts';
import { mmap_fixed } from '../kernel/paths/mmap.ts';
import { munmap } from '../kernel/paths/munmap.ts';
import { munmap_table, paged } from '../kernel/paths/page-tables.ts';
import { reclaim } from '../kernel/paths/reclaim.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load, store } from '../kernel/paths/user.ts';
import { write } from '../kernel/paths/write.ts';
import { writeback } from '../kernel/paths/writeback.ts';
import { reaches } from '../kernel/witness.ts';
import { theId } from '../lang/expr.ts';
import { handedOutUnasked, immediateHolds } from './designs.ts';
import { filePage, place, thread } from './places.ts';
import type { Scenario, Variant } from './scenario.ts';
import { flushedAfterwards, usedAfterwards } from './witnesses.ts';

const asPosted: readonly Variant[] = [
  { id: 'mainline', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
  { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
  { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
  immediateHolds,
];
const where = 'found by lufcheck mutate: a slip there went unseen';

export const twoDebts: Scenario = {
  id: 'two-debts',
  title: 'one of two debts is paid, and they are owed by different CPUs',
  provenance: { source: "LUF v12's stamps: which CPUs a flush has reached, and when", where },
  says: 'Two processes on two CPUs have a page of a file mapped each. Reclaim takes both pages, lazily, and both frames get a new owner, one after the other: the kernel, and one of the processes that reads its page in again. To flush for the first is nothing to the CPU that is owed for the second.',
  world: { cpus: 3, mms: 2, vas: 1, frames: 3, slots: 2 },
  setup: {
    vmas: [
      { mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' },
      { mm: 1, va: 0, file: 1, writable: false, shared: true, present: 'read-only' },
    ],
    cached: [0, 1],
    loaded: [null, 0, 1],
  },
  threads: [
    thread('kswapd', 0, (k) => [...reclaim(k, 2), new_slab(k, {})]),
    thread('one', 1, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]),
    thread('two', 2, (k, cpu) => [load(k, { cpu, ...place(1, 0) })]),
  ],
  reaches: [usedAfterwards],
  variants: [...handedOutUnasked, ...asPosted],
};

export const twoCopies: Scenario = {
  id: 'two-copies',
  title: 'two threads store to a private page at the same time, and each would copy it',
  provenance: { source: 'wp_page_copy, which looks at the entry again under its lock', where },
  says: 'Two threads of a process store to a page of a file that is mapped private. Both take the fault and copy the page; the one that comes second finds that the entry has changed, and must leave it alone.',
  world: { cpus: 2, mms: 1, vas: 1, frames: 3, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: true, shared: false, present: 'read-only' }],
    cached: [0],
    loaded: [0, 0],
  },
  threads: [0, 1].map((n) =>
    thread(n === 0 ? 'one' : 'two', n, (k, cpu) => [
      load(k, { cpu, ...place(0, 0) }),
      store(k, { cpu, ...place(0, 0) }),
      load(k, { cpu, ...place(0, 0) }),
    ]),
  ),
  reaches: [usedAfterwards],
  variants: asPosted,
};

export const childStores: Scenario = {
  id: 'child-stores',
  title: 'a child stores into a page that it shares with its parent, which only looks',
  provenance: { source: 'copy_present_ptes: read-only on both sides', where },
  says: "Fork shares the parent's private page with the child. The child stores to it, and the parent reads what was there before.",
  world: { cpus: 2, mms: 2, vas: 1, frames: 2, slots: 0 },
  setup: {
    vmas: [
      { mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'writable and dirty' },
    ],
    cached: [],
    loaded: [0, 1],
  },
  threads: [
    thread('parent', 0, (k, cpu) => [
      fork(k, { from: theId('mm', 0), to: theId('mm', 1) }),
      tell(k, k.thread('child')),
      load(k, { cpu, ...place(0, 0) }),
    ]),
    thread('child', 1, (k, cpu) => [
      hear(k, k.thread('parent')),
      store(k, { cpu, ...place(1, 0) }),
      load(k, { cpu, ...place(1, 0) }),
    ]),
  ],
  reaches: [flushedAfterwards],
  variants: asPosted,
};

export const migrateThenReclaim: Scenario = {
  id: 'migrate-then-reclaim',
  title: 'a page that write(2) has changed is moved, and then taken away',
  provenance: { source: 'folio_migrate_flags, which hands the dirty mark on', where },
  says: 'A process writes to a file. Compaction moves the page, and reclaim takes the new frame: unless it is known to be dirty there, what was written is gone when the process reads it.',
  world: { cpus: 2, mms: 1, vas: 1, frames: 2, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true }],
    cached: [0],
    loaded: [null, 0],
  },
  threads: [
    thread('compaction', 0, (k) => [
      migrate_pages(k, { reason: 'MR_COMPACTION', mode: 'MIGRATE_ASYNC' }),
      ...reclaim(k),
    ]),
    thread('writer', 1, (k, cpu) => [
      write(k, { slot: filePage(0) }),
      load(k, { cpu, ...place(0, 0) }),
    ]),
  ],
  reaches: [
    reaches('slot.replace', 'a page that is dirty is moved', (e, k) => k.folio(e.old).dirty),
  ],
  variants: asPosted,
};

export const munmapBesideMmap: Scenario = {
  id: 'munmap-beside-mmap',
  title: 'one thread unmaps an address, another one maps memory there and uses it',
  provenance: {
    source: 'do_vmi_align_munmap: mmap_lock is held until the entries are gone',
    where,
  },
  says: 'A thread unmaps a page of a file. Another one maps private memory at the same address, at the same time, stores to it and reads it back: what it has stored must not be taken for what was to go.',
  world: { cpus: 2, mms: 1, vas: 1, frames: 3, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
    cached: [0],
    loaded: [0, 0],
  },
  threads: [
    thread('taker', 0, (k) => [munmap(k, place(0, 0))]),
    thread('giver', 1, (k, cpu) => [
      mmap_fixed(k, { ...place(0, 0), writable: true, shared: false }),
      store(k, { cpu, ...place(0, 0) }),
      load(k, { cpu, ...place(0, 0) }),
    ]),
  ],
  reaches: [flushedAfterwards],
  variants: asPosted,
};

export const tableUnmapped: Scenario = {
  id: 'table-unmapped',
  title: 'all that a page table serves is unmapped, and a thread that was told looks there',
  provenance: { source: 'free_pgtables, after the entries are gone', where },
  says: 'A thread unmaps a page with the table that serves it, and tells another one, which must not reach the page any more.',
  world: { cpus: 2, mms: 1, vas: 1, frames: 2, slots: 1, tables: true },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
    cached: [0],
    loaded: [0, 0],
    tables: [1],
  },
  threads: [
    thread('caller', 0, (k) => [munmap_table(paged(k), place(0, 0)), tell(k, k.thread('told'))]),
    thread('told', 1, (k, cpu) => [hear(k, k.thread('caller')), load(k, { cpu, ...place(0, 0) })]),
  ],
  reaches: [flushedAfterwards],
  variants: asPosted,
};

export const twoProcesses: Scenario = {
  id: 'two-processes',
  title: 'a page that two processes map on two CPUs is taken away from both',
  provenance: {
    source: 'arch_tlbbatch_add_pending, which adds the CPUs of each mm to those of the others',
    where,
  },
  says: 'Two processes, each on a CPU of its own, map the same page of a file. Reclaim empties both entries, one after the other, and the frame goes to the kernel: the CPUs of both are owed a flush.',
  world: { cpus: 3, mms: 2, vas: 1, frames: 3, slots: 1 },
  setup: {
    vmas: [
      { mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' },
      { mm: 1, va: 0, file: 0, writable: true, shared: true, present: 'writable and dirty' },
    ],
    cached: [0],
    loaded: [null, 0, 1],
  },
  threads: [
    thread('kswapd', 0, (k) => [...reclaim(k), new_slab(k, {})]),
    thread('reader', 1, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]),
    thread('writer', 2, (k, cpu) => [
      store(k, { cpu, ...place(1, 0) }),
      load(k, { cpu, ...place(1, 0) }),
    ]),
  ],
  reaches: [usedAfterwards],
  variants: asPosted,
};

export const twoReaders: Scenario = {
  ...twoProcesses,
  id: 'two-readers',
  title: 'a page that two processes only read is taken away from both',
  says: 'Two processes, each on a CPU of its own, read the same page of a file. Reclaim empties both entries, one after the other, and the frame goes to the kernel: the CPUs of both are owed a flush, however late it is.',
  setup: {
    vmas: [
      { mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' },
      { mm: 1, va: 0, file: 0, writable: false, shared: true, present: 'read-only' },
    ],
    cached: [0],
    loaded: [null, 0, 1],
  },
  threads: [
    thread('kswapd', 0, (k) => [...reclaim(k), new_slab(k, {})]),
    thread('one', 1, (k, cpu) => [load(k, { cpu, ...place(0, 0) })]),
    thread('two', 2, (k, cpu) => [load(k, { cpu, ...place(1, 0) })]),
  ],
};

export const copyTold: Scenario = {
  id: 'copy-told',
  title: 'a private page is copied, a second thread stores to the copy, and a third one is told',
  provenance: {
    source: 'wp_page_copy: "clear the pte entry and flush it first"',
    where: 'mm/memory.c; found by hand: the copy mapped before the flush went unseen',
  },
  says: 'Three threads of a process share a page of a file that is mapped private. Two of them store to it; the second one tells the third, which looks. Whoever finds the copy mapped may use it at once: by then no CPU must have the page that was copied.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 3, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: true, shared: false, present: 'read-only' }],
    cached: [0],
    loaded: [0, 0, 0],
  },
  threads: [
    thread('one', 0, (k, cpu) => [store(k, { cpu, ...place(0, 0) })]),
    thread('two', 1, (k, cpu) => [store(k, { cpu, ...place(0, 0) }), tell(k, k.thread('told'))]),
    thread('told', 2, (k, cpu) => [hear(k, k.thread('two')), load(k, { cpu, ...place(0, 0) })]),
  ],
  reaches: [flushedAfterwards],
  variants: asPosted,
};

export const twoFlushes: Scenario = {
  id: 'two-flushes',
  title: 'two flushes of one address space reach a CPU out of order',
  provenance: {
    source: 'flush_tlb_func: why a flush of one address does only if it is the next and the newest',
    where: 'arch/x86/mm/tlb.c; found by hand: half of that test went unseen',
  },
  says: 'One thread unmaps a page, and another one writes a page at the next address out. Both flush, one address each. A CPU that is interrupted for the first finds that the second has begun: unless it flushes everything, it must not call itself up to date.',
  world: { cpus: 3, mms: 1, vas: 2, frames: 2, slots: 2, switching: { asids: 1 } },
  setup: {
    vmas: [
      { mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' },
      { mm: 0, va: 1, file: 1, writable: true, shared: true, present: 'writable and dirty' },
    ],
    cached: [0, 1],
    loaded: [null, null, 0],
    running: [null, null, 'told'],
  },
  threads: [
    thread('caller', 0, (k) => [munmap(k, place(0, 0)), tell(k, k.thread('told'))]),
    thread('writer-out', 1, (k) => [writeback(k, { slot: filePage(1) })]),
    thread('told', 2, (k, cpu) => [hear(k, k.thread('caller')), load(k, { cpu, ...place(0, 0) })]),
  ],
  reaches: [flushedAfterwards],
  variants: asPosted,
};
