// What threads do, one operation each, all on the same few addresses: the material for looking at
// every pair of paths (explain/pairs.ts), not only at scenarios somebody thought of. A ground is what
// they meet on, and who looks at what comes out.

import { fork } from '../kernel/paths/fork.ts';
import { ksm_merge } from '../kernel/paths/ksm.ts';
import { madvise_dontneed } from '../kernel/paths/madvise.ts';
import { hear } from '../kernel/paths/message.ts';
import { migrate_pages } from '../kernel/paths/migrate.ts';
import { mmap_fixed } from '../kernel/paths/mmap.ts';
import { mprotect } from '../kernel/paths/mprotect.ts';
import { mremap } from '../kernel/paths/mremap.ts';
import { munmap } from '../kernel/paths/munmap.ts';
import { change_prot_numa } from '../kernel/paths/numa.ts';
import { reclaim } from '../kernel/paths/reclaim.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { swap_out } from '../kernel/paths/swap-out.ts';
import { uprobe_write_opcode } from '../kernel/paths/uprobes.ts';
import { load, store } from '../kernel/paths/user.ts';
import { write } from '../kernel/paths/write.ts';
import { clear_refs, uffd_writeprotect } from '../kernel/paths/write-protect.ts';
import { writeback } from '../kernel/paths/writeback.ts';
import { madvise_dontneed as madvise_dontneed_file } from '../kernel/paths/zap.ts';
import type { ThreadSetup, VmaSetup } from '../kernel/scenario.ts';
import type { UserKernel } from '../kernel/user-kernel.ts';
import type { World } from '../kernel/world.ts';
import { type Id, theId } from '../lang/expr.ts';
import type { Code } from '../lang/nodes.ts';
import { filePage, kswapd, place, sleep, thread, wake } from './places.ts';

export interface Operation {
  readonly id: string;
  readonly says: string;
  /** A system call or a kernel thread: its CPU has no need of the address space. */
  readonly kernel: boolean;
  readonly code: (k: UserKernel, cpu: Id<'cpu'>) => readonly Code[];
  /** What it needs beyond its ground: the larger of both operations' numbers counts. */
  readonly world?: Partial<World>;
  readonly vmas?: readonly VmaSetup[];
}

/** What the two operations of a pair meet on. */
export interface Ground {
  readonly id: string;
  readonly says: string;
  readonly world: World;
  readonly vmas: readonly VmaSetup[];
  readonly cached: readonly (number | null)[];
  /** Who reclaims beside any pair, on CPU 0; left out where reclaim is one of the operations. */
  readonly reclaim?: ThreadSetup | undefined;
  /** Runs on CPU 1 and is told when the first operation is done, by a thread named `first`. */
  readonly watcher: ThreadSetup;
  readonly operations: readonly Operation[];
}

function told(k: UserKernel): Code {
  return hear(k, k.thread('first'));
}

const munmapping: Operation = {
  id: 'munmap',
  says: 'munmap(2) of the first address',
  kernel: false,
  code: (k) => [munmap(k, place(0, 0))],
};
const taking: Operation = {
  id: 'new_slab',
  says: 'the kernel takes a frame for itself',
  kernel: true,
  code: (k) => [new_slab(k, {})],
};
const migrating: Operation = {
  id: 'migrate',
  says: 'migration of a folio, asynchronous',
  kernel: true,
  world: { frames: 3 },
  code: (k) => [migrate_pages(k, { reason: 'MR_COMPACTION', mode: 'MIGRATE_ASYNC' })],
};
const writing: Operation = {
  id: 'write',
  says: 'write(2) to the file',
  kernel: true,
  code: (k) => [write(k, { slot: filePage(0) })],
};
const storing: Operation = {
  id: 'store',
  says: 'a store through the writable address',
  kernel: false,
  code: (k, cpu) => [store(k, { cpu, ...place(0, 1) })],
};
const downgrading: Operation = {
  id: 'mprotect',
  says: 'mprotect(2) of the writable address to read-only',
  kernel: false,
  code: (k) => [mprotect(k, { ...place(0, 1), writable: false })],
};

/** Address 0 maps a file page read-only and has been read; address 1 maps the same page writable. */
const file: Ground = {
  id: 'file',
  says: 'a file page, mapped read-only at one address and writable at another',
  world: { cpus: 4, mms: 1, vas: 2, frames: 3, slots: 2 },
  vmas: [
    { mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' },
    { mm: 0, va: 1, file: 0, writable: true, shared: true },
  ],
  cached: [0, null],
  reclaim: kswapd,
  watcher: thread('watcher', 1, (k, cpu) => [told(k), load(k, { cpu, ...place(0, 0) })]),
  operations: [
    munmapping,
    {
      id: 'mmap-file',
      says: 'mmap(2) of another file over the read-only address',
      kernel: false,
      code: (k) => [
        mmap_fixed(k, { ...place(0, 0), file: filePage(1), writable: false, shared: true }),
      ],
    },
    {
      id: 'mmap-anon',
      says: 'mmap(2) of anonymous memory over the read-only address',
      kernel: false,
      code: (k) => [mmap_fixed(k, { ...place(0, 0), writable: true, shared: false })],
    },
    {
      id: 'madvise',
      says: 'madvise(MADV_DONTNEED) of the read-only address',
      kernel: false,
      code: (k) => [madvise_dontneed_file(k, place(0, 0))],
    },
    {
      id: 'mremap',
      says: 'mremap(2) of the read-only address to a third one',
      kernel: false,
      world: { vas: 3 },
      code: (k) => [mremap(k, { mm: theId('mm', 0), from: theId('va', 0), to: theId('va', 2) })],
    },
    downgrading,
    storing,
    writing,
    {
      id: 'writeback',
      says: 'the file is written out',
      kernel: true,
      code: (k) => [writeback(k, { slot: filePage(0) })],
    },
    migrating,
    taking,
  ],
};

/** Program text: the only thing that takes a breakpoint is a private mapping of a file. */
const text: Ground = {
  id: 'text',
  says: 'a file page, mapped privately and read-only',
  world: { cpus: 4, mms: 1, vas: 1, frames: 4, slots: 1 },
  vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: false, present: 'read-only' }],
  cached: [0],
  reclaim: kswapd,
  watcher: file.watcher,
  operations: [
    munmapping,
    {
      id: 'mmap-anon',
      says: 'mmap(2) of anonymous memory over it',
      kernel: false,
      code: (k) => [mmap_fixed(k, { ...place(0, 0), writable: true, shared: false })],
    },
    {
      id: 'uprobe',
      says: 'a breakpoint',
      kernel: false,
      code: (k) => [uprobe_write_opcode(k, place(0, 0))],
    },
    writing,
    migrating,
    taking,
  ],
};

/** As `file`, and the watcher's CPU runs a kernel thread for a while. */
const switching: Ground = {
  ...file,
  id: 'switching',
  says: 'a file page, mapped twice, and a reader whose CPU switches to a kernel thread and back',
  world: { cpus: 4, mms: 1, vas: 2, frames: 4, slots: 2, switching: { asids: 1 } },
  cached: [0, 1],
  watcher: thread('watcher', 1, (k, cpu) => [
    ...sleep(k, cpu, 'lazy'),
    wake(k, cpu, 0, 'watcher'),
    told(k),
    load(k, { cpu, ...place(0, 0) }),
  ]),
  reclaim: undefined,
  operations: [
    {
      id: 'reclaim',
      says: 'reclaim takes the page',
      kernel: true,
      code: (k) => reclaim(k),
    },
    munmapping,
    storing,
    writing,
    taking,
  ],
};

/** What can be done to private memory at address 0. */
const onPrivate: readonly Operation[] = [
  munmapping,
  {
    id: 'madvise',
    says: 'madvise(MADV_DONTNEED)',
    kernel: false,
    code: (k) => [madvise_dontneed(k, place(0, 0))],
  },
  {
    id: 'mprotect',
    says: 'mprotect(2) to read-only',
    kernel: false,
    code: (k) => [mprotect(k, { ...place(0, 0), writable: false })],
  },
  {
    id: 'store',
    says: 'a store by another thread',
    kernel: false,
    code: (k, cpu) => [store(k, { cpu, ...place(0, 0) })],
  },
  {
    id: 'fork',
    says: 'fork(2)',
    kernel: false,
    world: { mms: 2, frames: 4 },
    code: (k) => [fork(k, { from: theId('mm', 0), to: theId('mm', 1) })],
  },
  {
    id: 'swap-out',
    says: 'reclaim with swap',
    kernel: true,
    world: { swaps: 1 },
    code: (k) => [swap_out(k, {})],
  },
  migrating,
  {
    id: 'ksm',
    says: 'KSM merges the page with another one',
    kernel: true,
    world: { vas: 2, frames: 4 },
    vmas: [{ mm: 0, va: 1, frame: 1, writable: true, shared: false, present: 'writable' }],
    code: (k) => [
      ksm_merge(k, { mm: theId('mm', 0), keep: theId('va', 1), merge: theId('va', 0) }),
    ],
  },
  {
    id: 'numa',
    says: 'the scanner of NUMA balancing arms the entry',
    kernel: true,
    code: (k) => [change_prot_numa(k, place(0, 0))],
  },
  {
    id: 'uffd-wp',
    says: 'userfaultfd write-protects the page, and lets go',
    kernel: true,
    world: { uffd: true },
    code: (k) => [
      uffd_writeprotect(k, { ...place(0, 0), protect: true }),
      uffd_writeprotect(k, { ...place(0, 0), protect: false }),
    ],
  },
  {
    id: 'soft-dirty',
    says: 'clear_refs write-protects the page',
    kernel: true,
    code: (k) => [clear_refs(k, place(0, 0))],
  },
  taking,
];

const small: World = { cpus: 4, mms: 1, vas: 1, frames: 3, slots: 0 };
/** Address 0 has been stored to; the watcher stores once more, and looks. */
const written: Ground = {
  id: 'private',
  says: 'a page of private memory that has been stored to, by a thread that stores again',
  world: small,
  vmas: [{ mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'writable and dirty' }],
  cached: [],
  watcher: thread('watcher', 1, (k, cpu) => [
    store(k, { cpu, ...place(0, 0) }),
    told(k),
    load(k, { cpu, ...place(0, 0) }),
  ]),
  operations: onPrivate,
};
/** The same page with an entry that says read-only, as after a fork whose child is gone. */
const unwritten: Ground = {
  id: 'private-read-only',
  says: 'a page of private memory whose entry is read-only, and a reader',
  world: small,
  vmas: [{ mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'read-only' }],
  cached: [],
  watcher: thread('watcher', 1, (k, cpu) => [told(k), load(k, { cpu, ...place(0, 0) })]),
  operations: onPrivate,
};

export const grounds: readonly Ground[] = [file, text, switching, written, unwritten];
