// Frames that must not be lost: a machine with none to spare, a program that gives memory back in one of the
// ways there are, and the kernel that asks for it. A frame that nobody frees, or a reference that stays,
// shows nowhere else, since it only makes the machine poorer.

import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { exit_mmap } from '../kernel/paths/exit-mmap.ts';
import { fork } from '../kernel/paths/fork.ts';
import { fuse_notify_inval_inode } from '../kernel/paths/fuse.ts';
import { madvise_dontneed_huge } from '../kernel/paths/huge-memory.ts';
import { munmap_hugetlb } from '../kernel/paths/hugetlb.ts';
import { collapse_huge_page } from '../kernel/paths/khugepaged.ts';
import { ksm_merge } from '../kernel/paths/ksm.ts';
import { shrink_lazyfree } from '../kernel/paths/lazyfree.ts';
import { madvise_dontneed } from '../kernel/paths/madvise.ts';
import { madvise_free } from '../kernel/paths/madvise-free.ts';
import { madvise_pageout } from '../kernel/paths/madvise-pageout.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { migrate_pages } from '../kernel/paths/migrate.ts';
import { munmap } from '../kernel/paths/munmap.ts';
import { collapse_file } from '../kernel/paths/page-tables.ts';
import { reclaim } from '../kernel/paths/reclaim.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { swap_out } from '../kernel/paths/swap-out.ts';
import { ftruncate } from '../kernel/paths/truncate.ts';
import { load, store } from '../kernel/paths/user.ts';
import { write } from '../kernel/paths/write.ts';
import { writeback } from '../kernel/paths/writeback.ts';
import type { Setup, ThreadSetup } from '../kernel/scenario.ts';
import type { UserKernel } from '../kernel/user-kernel.ts';
import { reaches } from '../kernel/witness.ts';
import type { World } from '../kernel/world.ts';
import { type Id, theId } from '../lang/expr.ts';
import type { Code } from '../lang/nodes.ts';
import { immediateHolds } from './designs.ts';
import { hugeWorld, smallPages, wasHuge } from './huge-pages.ts';
import { filePage, place, thread } from './places.ts';
import type { Scenario, Variant } from './scenario.ts';

const at = place(0, 0);
const slot = filePage(0);

type Does = (k: UserKernel, cpu: Id<'cpu'>) => readonly Code[];
interface Way {
  readonly id: string;
  readonly says: string;
  readonly world: World;
  readonly setup: Setup;
  /** What the program does, or is done to it; then the kernel takes all frames that are free. */
  readonly gives: Does;
  readonly free: number;
  /** What two threads do at the same time before the kernel takes them: one of them comes second. */
  readonly both?: Does;
  /** The design makes a difference: who frees the page is the one who may owe a flush. */
  readonly deferred?: true;
}

const anonymous: Setup = {
  vmas: [{ mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'writable and dirty' }],
  cached: [],
  loaded: [0],
};
const ofFile: Setup = {
  vmas: [{ mm: 0, va: 0, file: 0, writable: true, shared: true, present: 'writable and dirty' }],
  cached: [0],
  loaded: [0],
};
/** Two threads of the process on two CPUs. */
const twice = { cached: [0], loaded: [0, 0] };
const ofPrivate = { mm: 0, va: 0, file: 0, writable: true, shared: false } as const;
const reads: Does = (k, cpu) => [load(k, { cpu, ...at })];
const stores: Does = (k, cpu) => [store(k, { cpu, ...at })];
const one: World = { cpus: 1, mms: 1, vas: 1, frames: 1, slots: 0 };
const oneOfFile: World = { ...one, slots: 1 };

const ways: readonly Way[] = [
  {
    ...{ id: 'munmap', says: 'munmap of private memory', world: one, setup: anonymous, free: 1 },
    gives: (k) => [munmap(k, at)],
  },
  {
    ...{ id: 'dontneed', says: 'MADV_DONTNEED', world: one, setup: anonymous, free: 1 },
    gives: (k) => [madvise_dontneed(k, at)],
  },
  {
    ...{ id: 'exit', says: 'the end of the process', world: one, setup: anonymous, free: 1 },
    gives: (k) => [exit_mmap(k, { mm: at.mm })],
  },
  {
    ...{ id: 'hugetlb', says: 'munmap of hugetlb memory', world: one, setup: anonymous, free: 1 },
    gives: (k) => [munmap_hugetlb(k, at)],
  },
  {
    ...{ id: 'free', says: 'MADV_FREE, and reclaim', world: one, setup: anonymous, free: 1 },
    gives: (k) => [madvise_free(k, at), shrink_lazyfree(k, {})],
    deferred: true,
  },
  {
    id: 'swap',
    says: 'a page is swapped out, used, and swapped out again, where there is one slot of swap',
    world: { ...one, swaps: 1 },
    setup: anonymous,
    gives: (k, cpu) => [swap_out(k, {}), store(k, { cpu, ...at }), swap_out(k, {})],
    free: 1,
    deferred: true,
  },
  {
    ...{ id: 'truncate', says: 'ftruncate', setup: ofFile, free: 1 },
    world: { ...oneOfFile, truncation: true },
    gives: (k) => [ftruncate(k, { slot })],
  },
  {
    ...{ id: 'invalidate', says: 'a FUSE daemon changes the file', setup: ofFile, free: 1 },
    world: oneOfFile,
    gives: (k) => [writeback(k, { slot }), fuse_notify_inval_inode(k, { slot })],
  },
  {
    ...{ id: 'reclaim', says: 'a page is written out, and reclaimed', setup: ofFile, free: 1 },
    world: oneOfFile,
    gives: (k) => [writeback(k, { slot }), ...reclaim(k)],
    deferred: true,
  },
  {
    ...{ id: 'write', says: 'a file is written with write(2), and reclaimed', free: 1 },
    world: oneOfFile,
    setup: { ...ofFile, cached: [null], vmas: [] },
    gives: (k) => [write(k, { slot }), ...reclaim(k)],
    deferred: true,
  },
  {
    ...{ id: 'pageout', says: 'MADV_PAGEOUT', world: oneOfFile, setup: ofFile, free: 1 },
    gives: (k) => [madvise_pageout(k, at)],
    deferred: true,
  },
  {
    id: 'pageout-anon',
    says: 'MADV_PAGEOUT of private memory where there is no swap, and then munmap',
    world: one,
    setup: anonymous,
    gives: (k) => [madvise_pageout(k, at), munmap(k, at)],
    free: 1,
  },
  {
    id: 'migrate',
    says: 'a page is moved, and then unmapped',
    world: { ...one, frames: 2 },
    setup: anonymous,
    gives: (k) => [
      migrate_pages(k, { reason: 'MR_COMPACTION', mode: 'MIGRATE_ASYNC' }),
      munmap(k, at),
    ],
    free: 2,
    deferred: true,
  },
  {
    id: 'fork',
    says: 'parent and child store to a page that they share, and both unmap it',
    world: { ...one, mms: 2, frames: 2 },
    setup: anonymous,
    gives: (k, cpu) => [
      fork(k, { from: at.mm, to: theId('mm', 1) }),
      store(k, { cpu, ...at }),
      munmap(k, at),
      munmap(k, place(1, 0)),
    ],
    free: 2,
  },
  {
    id: 'copy',
    says: 'a private copy of a page of a file is made and unmapped',
    world: { ...oneOfFile, frames: 2 },
    setup: { ...ofFile, vmas: [{ mm: 0, va: 0, file: 0, writable: true, shared: false }] },
    gives: (k, cpu) => [load(k, { cpu, ...at }), store(k, { cpu, ...at }), munmap(k, at)],
    free: 1,
  },
  {
    id: 'merge',
    says: 'KSM makes one page of two, and both addresses are unmapped',
    world: { ...one, vas: 2, frames: 2 },
    setup: { ...anonymous, vmas: smallPages('writable and dirty', 'writable and dirty') },
    gives: (k) => [
      ksm_merge(k, { mm: at.mm, keep: theId('va', 0), merge: theId('va', 1) }),
      munmap(k, at),
      munmap(k, place(0, 1)),
    ],
    free: 2,
  },
  {
    id: 'collapse',
    says: 'khugepaged makes one huge page of two small ones',
    world: { ...hugeWorld, cpus: 1 },
    setup: {
      vmas: smallPages('writable and dirty', 'writable and dirty'),
      cached: [],
      loaded: [0],
      huge: { frames: [2, 3] },
    },
    gives: (k) => [collapse_huge_page(k, { mm: at.mm })],
    free: 2,
  },
  {
    id: 'huge',
    says: 'a huge page is discarded',
    world: { ...hugeWorld, cpus: 1, frames: 2 },
    setup: { ...wasHuge, loaded: [0] },
    gives: (k) => [madvise_dontneed_huge(k, { mm: at.mm })],
    free: 2,
  },
  {
    id: 'collapse-file',
    says: 'khugepaged moves a page of a file',
    world: { ...oneOfFile, frames: 2 },
    setup: ofFile,
    gives: (k) => [collapse_file(k, { ...at, slot, notifies: true })],
    free: 1,
  },
  {
    id: 'two-zeroed',
    says: 'two threads fault on private memory that nobody has used',
    world: { ...one, cpus: 2, frames: 2 },
    setup: {
      vmas: [{ mm: 0, va: 0, writable: true, shared: false }],
      ...{ cached: [], loaded: [0, 0] },
    },
    gives: () => [],
    both: reads,
    free: 1,
  },
  {
    id: 'two-read-in',
    says: 'two threads fault on a page of a file that is not cached',
    world: { ...oneOfFile, cpus: 2, frames: 2 },
    setup: { vmas: [ofPrivate], cached: [null], loaded: [0, 0] },
    gives: () => [],
    both: reads,
    free: 1,
  },
  {
    id: 'two-cow-faults',
    says: 'two threads store to a private page of a file that is not mapped',
    world: { ...oneOfFile, cpus: 2, frames: 3 },
    setup: { vmas: [ofPrivate], ...twice },
    gives: () => [],
    both: stores,
    free: 1,
  },
  {
    id: 'two-copies',
    says: 'two threads store to a private page of a file that is mapped',
    world: { ...oneOfFile, cpus: 2, frames: 3 },
    setup: { vmas: [{ ...ofPrivate, present: 'read-only' }], ...twice },
    gives: () => [],
    both: stores,
    free: 1,
  },
  {
    id: 'two-swap-ins',
    says: 'two threads fault on a page in swap',
    world: { ...one, cpus: 2, frames: 2, swaps: 1 },
    setup: { ...anonymous, loaded: [0, 0] },
    gives: (k) => [swap_out(k, {})],
    both: reads,
    free: 1,
  },
];

function threadsOf({ gives, free, both }: Way): readonly ThreadSetup[] {
  const takes = (k: UserKernel): Code[] => Array.from({ length: free }, () => new_slab(k, {}));
  if (both === undefined) {
    return [thread('user', 0, (k, cpu) => [...gives(k, cpu), ...takes(k)])];
  }
  return [
    thread('user', 0, (k, cpu) => [
      ...gives(k, cpu),
      tell(k, k.thread('other')),
      ...both(k, cpu),
      hear(k, k.thread('other')),
      ...takes(k),
    ]),
    thread('other', 1, (k, cpu) => [
      hear(k, k.thread('user')),
      ...both(k, cpu),
      tell(k, k.thread('user')),
    ]),
  ];
}

const kernels: readonly Pick<Variant, 'id' | 'design'>[] = [
  { id: 'immediate', design: immediateHolds.design },
  { id: 'mainline', design: { design: mainline } },
];
const withLuf: typeof kernels = [
  ...kernels,
  { id: 'v11', design: { design: lufV11 } },
  { id: 'v12', design: { design: lufV12 } },
];

const [first] = ways as readonly [Way, ...Way[]];

export const framesComeBack: Scenario = {
  id: 'frames-come-back',
  title: 'all memory is given back in some way, and the kernel asks for it',
  provenance: {
    source: 'whoever drops the last reference to a page frees it: folio_put, and all its kin',
    where: 'mm/swap.c, mm/page_alloc.c, 6.12; found by lufcheck mutate: a lost page went unseen',
  },
  says: 'A machine has as few frames as will do. A program gives its memory back, or has it taken away; then the kernel takes every frame that should be free by now. If one of them is lost, it waits for ever.',
  world: first.world,
  setup: first.setup,
  threads: threadsOf(first),
  reaches: [
    reaches('frame.write', 'the kernel has the last frame that there is', (_, k) =>
      k.free.isEmpty(),
    ),
  ],
  variants: ways.flatMap((way) =>
    (way.deferred === true ? withLuf : kernels).map(
      ({ id, design }): Variant => ({
        id: `${way.id}-${id}`,
        says: `${way.says}; ${design.design.says}`,
        design,
        world: way.world,
        setup: way.setup,
        threads: threadsOf(way),
        expect: 'holds',
      }),
    ),
  ),
};
