import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { guest_load, virtual } from '../kernel/paths/kvm.ts';
import { madvise_dontneed } from '../kernel/paths/madvise.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import type { Setup, ThreadSetup } from '../kernel/scenario.ts';
import { reaches } from '../kernel/witness.ts';
import type { Mistake, World } from '../kernel/world.ts';
import { no } from '../lang/expr.ts';
import { immediateHolds } from './designs.ts';
import { place, thread } from './places.ts';
import type { Scenario, Variant } from './scenario.ts';
import { usedBehindAfterwards } from './witnesses.ts';

const world: World = { cpus: 4, mms: 1, vas: 1, frames: 2, slots: 0, secondMmu: true };
const wrong = (...mistakes: Mistake[]): World => ({ ...world, mistakes });
const setup: Setup = {
  vmas: [{ mm: 0, va: 0, frame: 0, writable: true, shared: false, present: 'writable' }],
  cached: [],
  loaded: [null, null, null, 0],
  behindSecondMmu: [3],
  secondMapped: [{ mm: 0, va: 0 }],
};
const discard = (name: string, cpu: number): ThreadSetup =>
  thread(name, cpu, (k) => [madvise_dontneed(k, place(0, 0))]);
const slab = thread('slab', 2, (k) => [new_slab(k, {})]);
const guest = thread('guest', 3, (k, cpu) => [guest_load(virtual(k), { cpu, ...place(0, 0) })]);
const luf: readonly Variant[] = [
  { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
  { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
  immediateHolds,
];

export const kvmFlushAfterLock: Scenario = {
  id: '565f3be21746',
  title:
    'the second of two invalidations finds nothing and does not wait for the flush of the first',
  provenance: {
    source: '565f3be21746, 2012: KVM flushes before it releases mmu_lock, not after',
    where: "the commit's text",
  },
  says: "Two threads discard the same page of guest memory. The first notifier zaps KVM's entry and drops the lock before it flushes. The second finds no entry and skips its flush; its caller frees the page, which gets a new owner. The guest reads it.",
  world,
  setup,
  threads: [discard('first', 0), discard('second', 1), slab, guest],
  reaches: [usedBehindAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'flush after the lock',
      design: { design: mainline },
      world: wrong('second-flush-after-lock'),
      expect: 'leak',
    },
    {
      id: 'repaired',
      says: 'flush under the lock',
      design: { design: mainline },
      expect: 'holds',
    },
    immediateHolds,
  ],
};

export const kvmFlushLost: Scenario = {
  id: '315f02c60d9e',
  title: 'KVM forgets between two of its parts that a flush is owed',
  provenance: {
    source:
      '315f02c60d9e, 048f49809c52 and 33a3164161fc, 2021: the flush that the zapping of KVM x86 owes',
    where: "the commits' texts",
  },
  says: 'A page of guest memory is discarded. One part of KVM zaps its entry; what is to be told of that is lost on the way to the end of the notifier. The page goes free unflushed, and the guest reads what its new owner wrote.',
  world,
  setup,
  threads: [discard('first', 0), slab, guest],
  reaches: [usedBehindAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'the second part has zapped nothing, and its answer replaces that of the first',
      design: { design: mainline },
      world: wrong('second-flush-overwritten'),
      expect: 'leak',
    },
    {
      id: 'broken-yield',
      says: 'the lock is dropped half-way for others, and the answer begins anew',
      design: { design: mainline },
      world: wrong('second-flush-lost-in-yield'),
      expect: 'leak',
    },
    {
      id: 'repaired',
      says: 'the answers are or-ed',
      design: { design: mainline },
      expect: 'holds',
    },
    ...luf,
  ],
};

export const kvmRetry: Scenario = {
  id: 'kvm-fault-retry',
  title: 'a guest fault maps a page that was invalidated while it looked for it',
  provenance: {
    source: 'why KVM counts invalidations: mmu_invalidate_retry',
    where: 'virt/kvm/kvm_main.c, Documentation/virt/kvm/locking.rst',
  },
  says: "A guest faults; KVM finds the process's page. Before it enters it into its own tables, the page is discarded: the notifier finds no entry yet. KVM then maps the page that is free by now.",
  world,
  setup: { ...setup, secondMapped: [] },
  threads: [
    discard('first', 0),
    slab,
    thread('guest', 3, (k, cpu) => [
      guest_load(virtual(k), { cpu, ...place(0, 0) }),
      guest_load(virtual(k), { cpu, ...place(0, 0) }),
    ]),
  ],
  reaches: [
    reaches('tlb.use', 'the guest reads a page that is mapped after an invalidation', (e, k) =>
      k.second === undefined
        ? no
        : k.second.seq.isnt(0).and(k.second.pte(e.mm, e.va).frame.is(e.frame)),
    ),
  ],
  variants: [
    {
      id: 'broken',
      says: 'nobody counts invalidations',
      design: { design: mainline },
      world: wrong('second-retry-unchecked'),
      expect: 'leak',
    },
    {
      id: 'repaired',
      says: 'the fault tries again',
      design: { design: mainline },
      expect: 'holds',
    },
    immediateHolds,
  ],
};
