import { immediate } from '../kernel/designs/immediate.ts';
import { latr } from '../kernel/designs/latr.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { hear, tell } from '../kernel/paths/message.ts';
import { mmap_fixed } from '../kernel/paths/mmap.ts';
import { mmap_anywhere } from '../kernel/paths/mmap-anywhere.ts';
import { munmap } from '../kernel/paths/munmap.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { load, store } from '../kernel/paths/user.ts';
import type { ThreadSetup } from '../kernel/scenario.ts';
import type { UserKernel } from '../kernel/user-kernel.ts';
import { theId } from '../lang/expr.ts';
import type { Code } from '../lang/nodes.ts';
import { path, pickStep } from '../lang/program.ts';
import { maybe } from '../lang/sorts.ts';
import { filePage, place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { flushedAfterwards, usedAfterwards } from './witnesses.ts';

const provenance = {
  source: 'LATR: Lazy Translation Coherence, ASPLOS 2018, section 4: when a flush may be lazy',
  where: 'doi 10.1145/3173162.3173198; in its patch CONFIG_LAZY_MEM_FREE is off by default',
};

export const latrFrame: Scenario = {
  id: 'LATR-frame',
  title: 'a lazily freed frame is reused before every CPU has swept its TLB',
  provenance,
  says: "A thread has private memory; another one unmaps it. LATR leaves the flush of the first thread's CPU to its next tick. The frame goes to the kernel. The first thread, which was not told, looks once more.",
  world: { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 0 },
  setup: {
    vmas: [{ mm: 0, va: 0, writable: true, shared: false }],
    cached: [],
    loaded: [null, 0, 0],
  },
  threads: [
    thread('slab', 0, (k) => [new_slab(k, {})]),
    thread('user', 1, (k, cpu) => [
      store(k, { cpu, ...place(0, 0) }),
      tell(k, k.thread('caller')),
      load(k, { cpu, ...place(0, 0) }),
    ]),
    thread('caller', 2, (k) => [hear(k, k.thread('user')), munmap(k, place(0, 0))]),
  ],
  reaches: [usedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'LATR that frees the frame at once, as its patch does by default',
      design: { design: latr, without: ['CONFIG_LAZY_MEM_FREE'] },
      expect: 'leak',
    },
    {
      id: 'repaired',
      says: 'LATR that withholds the frame until all have swept',
      design: { design: latr },
      expect: 'holds',
    },
    {
      id: 'two-sweep',
      says: 'the same with a third CPU, which may sweep first',
      design: { design: latr },
      world: { cpus: 4, mms: 1, vas: 1, frames: 2, slots: 0 },
      setup: {
        vmas: [{ mm: 0, va: 0, writable: true, shared: false }],
        cached: [],
        loaded: [null, 0, 0, 0],
      },
      expect: 'holds',
    },
    { id: 'mainline', says: 'no LATR', design: { design: mainline }, expect: 'holds' },
    {
      id: 'immediate',
      says: 'every flush at once',
      design: { design: immediate },
      expect: 'holds',
    },
  ],
};

/** Takes the address from the message: the one that is mapped now. */
const load_told: (k: UserKernel, args: { cpu: number }) => Code = path(
  {
    name: 'load at the address told',
    source: 'a user program',
    leavesOut: "the message's bytes: the reader is told the only address that is mapped",
    reads: ['vma'],
    writes: [],
    locals: { va: maybe('va') },
  },
  (k, { cpu }, l) => [
    pickStep('the address told', {
      pick: ['va'],
      among: ({ va }) => k.vma(theId('mm', 0), va).mapped,
      does: ({ va }) => [l.va.set(va)],
    }),
    load(k, { cpu: theId('cpu', cpu), mm: theId('mm', 0), va: l.va.the() }),
  ],
);

/** mmap(2), and tells of the address. */
const mmap_and_tell: (k: UserKernel, args: Record<never, never>) => Code = path(
  {
    name: 'map and tell',
    source: 'a user program',
    leavesOut: 'nothing',
    reads: [],
    writes: ['told'],
    locals: { at: maybe('va') },
  },
  (k, _, l) => [
    munmap(k, place(0, 0)),
    mmap_anywhere(k, { mm: theId('mm', 0), file: filePage(1), at: l.at }),
    tell(k, k.thread('reader')),
  ],
);

const listener = thread('reader', 1, (k, cpu) => [
  hear(k, k.thread('mapper')),
  load(k, { cpu, ...place(0, 0) }),
]);
const mapsOther = (k: UserKernel): Code =>
  mmap_fixed(k, { ...place(0, 0), file: filePage(1), writable: false, shared: true });
const fixed: readonly ThreadSetup[] = [
  listener,
  thread('mapper', 2, (k) => [munmap(k, place(0, 0)), mapsOther(k), tell(k, k.thread('reader'))]),
];

export const latrAddress: Scenario = {
  id: 'LATR-address',
  title: 'an unmapped address is handed out again before every CPU has swept its TLB',
  provenance,
  says: "A file page is mapped and cached by a reader's CPU. Another thread unmaps it and maps another file; mmap chooses the address. The reader, told of it, looks.",
  world: { cpus: 3, mms: 1, vas: 2, frames: 2, slots: 2 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
    cached: [0, null],
    loaded: [null, 0, 0],
  },
  threads: [
    thread('reader', 1, (k) => [hear(k, k.thread('mapper')), load_told(k, { cpu: 1 })]),
    thread('mapper', 2, (k) => [mmap_and_tell(k, {})]),
  ],
  reaches: [flushedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'LATR that hands out the address at once',
      design: { design: latr, without: ['get_unmapped_area'] },
      expect: 'stale-read',
    },
    {
      id: 'repaired',
      says: 'LATR that withholds the address until all have swept',
      design: { design: latr },
      expect: 'holds',
    },
    {
      id: 'fixed',
      says: 'the same, and the caller names the address itself (MAP_FIXED): nobody is asked',
      design: { design: latr },
      threads: fixed,
      expect: 'stale-read',
    },
    {
      id: 'over',
      says: 'one mapping in the place of another, in one call: LATR flushes at once',
      design: { design: latr },
      threads: [listener, thread('mapper', 2, (k) => [mapsOther(k), tell(k, k.thread('reader'))])],
      expect: 'holds',
    },
    {
      id: 'fixed-mainline',
      says: 'the same without LATR',
      design: { design: mainline },
      threads: fixed,
      expect: 'holds',
    },
    { id: 'mainline', says: 'no LATR', design: { design: mainline }, expect: 'holds' },
    {
      id: 'immediate',
      says: 'every flush at once',
      design: { design: immediate },
      expect: 'holds',
    },
  ],
};
