// What a program may ask of its memory, or the kernel do to it.

import { exit_mmap } from '../kernel/paths/exit-mmap.ts';
import { fork } from '../kernel/paths/fork.ts';
import { madvise_dontneed_huge, split_huge_pmd } from '../kernel/paths/huge-memory.ts';
import { munmap_hugetlb } from '../kernel/paths/hugetlb.ts';
import { collapse_huge_page, madvise_collapse } from '../kernel/paths/khugepaged.ts';
import { ksm_merge } from '../kernel/paths/ksm.ts';
import { guest_load, virtual } from '../kernel/paths/kvm.ts';
import { madvise_dontneed, oom_reap_task_mm } from '../kernel/paths/madvise.ts';
import { madvise_free } from '../kernel/paths/madvise-free.ts';
import { mmap_fixed } from '../kernel/paths/mmap.ts';
import { mprotect } from '../kernel/paths/mprotect.ts';
import { mremap } from '../kernel/paths/mremap.ts';
import { munmap } from '../kernel/paths/munmap.ts';
import { change_prot_numa } from '../kernel/paths/numa.ts';
import { uprobe_write_opcode } from '../kernel/paths/uprobes.ts';
import { load, store } from '../kernel/paths/user.ts';
import { clear_refs, uffd_writeprotect } from '../kernel/paths/write-protect.ts';
import { reaches } from '../kernel/witness.ts';
import { smallPages } from './huge-pages.ts';
import {
  at,
  type Call,
  child,
  elsewhere,
  emptied,
  fileOf,
  huge,
  loads,
  mapped,
  memory,
  mm,
  other,
  readsIt,
  slot,
  small,
  stored,
  stores,
  storesIt,
  untouched,
  used,
  world,
} from './program-alone.ts';

/** Faults. */
export const faults: readonly Call[] = [
  { id: 'zeroed', says: 'a load of new memory', on: untouched, does: readsIt, comes: [loads] },
  { id: 'zeroed-store', says: 'a store to it', on: untouched, does: storesIt, comes: [stores] },
  {
    id: 'read-in',
    says: 'a load of a file',
    on: fileOf({}, {}, false),
    does: readsIt,
    comes: [loads],
  },
  { id: 'shared', says: 'a store to a file', on: fileOf(), does: storesIt, comes: [stores] },
  {
    ...{ id: 'mkwrite', says: 'a store to a page of a file that was read', does: storesIt },
    ...{ on: fileOf({ present: 'read-only' }), comes: [stores] },
  },
  {
    ...{ id: 'private', says: 'a store to a private mapping', does: storesIt },
    ...{ on: fileOf({ shared: false }), comes: [stores] },
  },
  {
    ...{ id: 'copy', says: 'a store to a private mapping that was read', does: storesIt },
    ...{ on: fileOf({ shared: false, present: 'read-only' }), comes: [stores] },
  },
  {
    id: 'sized',
    says: 'a load and a store of a file that may be cut',
    on: fileOf({}, { truncation: true }),
    does: (k, cpu) => [load(k, { cpu, ...at }), store(k, { cpu, ...at })],
    comes: [loads, stores],
  },
  {
    ...{ id: 'tmpfs', says: 'a load of a file in tmpfs', does: readsIt, comes: [loads] },
    on: fileOf({}, { truncation: true, tmpfs: true }),
  },
  {
    id: 'hinting',
    says: 'a load and a store behind a hinting fault',
    on: stored,
    does: (k, cpu) => [change_prot_numa(k, at), load(k, { cpu, ...at }), store(k, { cpu, ...at })],
    comes: [emptied, loads, stores],
  },
  { id: 'huge', says: 'a store to a huge page', on: huge, does: storesIt, comes: [stores] },
  {
    id: 'guest',
    says: "a guest's load",
    on: {
      world: { ...world, secondMmu: true },
      setup: { ...memory({ present: 'writable' }).setup, loaded: [0], behindSecondMmu: [0] },
    },
    does: (k, cpu) => [guest_load(virtual(k), { cpu, ...at })],
    comes: [loads],
  },
];

/** Changes of rights, and of what a page is. */
export const protections: readonly Call[] = [
  {
    id: 'mprotect',
    says: 'rights are taken, and given back',
    on: stored,
    does: (k, cpu) => [
      mprotect(k, { ...at, writable: false }),
      mprotect(k, { ...at, writable: true }),
      store(k, { cpu, ...at }),
    ],
    comes: [reaches('pte.rights', 'the entry loses its right', (e) => e.writable.not()), stores],
  },
  {
    id: 'soft-dirty',
    says: 'clear_refs, and a store',
    on: stored,
    does: (k, cpu) => [clear_refs(k, at), store(k, { cpu, ...at })],
    comes: [reaches('pte.rights', 'the entry loses its right', (e) => e.writable.not()), stores],
  },
  {
    id: 'uffd',
    says: 'a range is protected by userfaultfd, and no longer, and a store',
    on: memory({ present: 'writable and dirty', uffd: true }, { uffd: true }),
    does: (k, cpu) => [
      uffd_writeprotect(k, { ...at, protect: true }),
      uffd_writeprotect(k, { ...at, protect: false }),
      store(k, { cpu, ...at }),
    ],
    comes: [reaches('pte.rights', 'the entry loses its right', (e) => e.writable.not()), stores],
  },
  {
    id: 'fork',
    says: 'fork, and a store of the child',
    on: {
      ...memory({ present: 'writable and dirty' }, { mms: 2 }),
      setup: { ...stored.setup, loaded: [1] },
    },
    does: (k, cpu) => [fork(k, { from: mm, to: other }), store(k, { cpu, ...child })],
    comes: [used(child, 'stores')],
  },
  {
    id: 'merge',
    says: 'KSM merges two pages, and a store',
    on: {
      world: { ...world, vas: 2, frames: 3 },
      setup: { ...stored.setup, vmas: smallPages('writable and dirty', 'writable and dirty') },
    },
    does: (k, cpu) => [
      ksm_merge(k, { mm, keep: elsewhere.va, merge: at.va }),
      store(k, { cpu, ...at }),
    ],
    comes: [
      reaches('pte.set', 'both addresses name one page', (e, k) =>
        e.va.is(at.va).and(k.pte(mm, elsewhere.va).frame.is(e.frame)),
      ),
      stores,
    ],
  },
  {
    ...{
      id: 'uprobe',
      says: 'a breakpoint is put into program text',
      does: (k) => [uprobe_write_opcode(k, at)],
    },
    on: fileOf({ writable: false, shared: false, present: 'read-only' }),
    comes: [
      reaches('pte.set', 'the copy takes the place of the page', (e, k) =>
        k.cache(slot).isnt(e.frame),
      ),
    ],
  },
];

/** Changes of mappings. */
export const mappings: readonly Call[] = [
  { id: 'munmap', says: 'munmap', on: mapped, does: (k) => [munmap(k, at)], comes: [emptied] },
  {
    id: 'dontneed',
    says: 'MADV_DONTNEED',
    on: stored,
    does: (k) => [madvise_dontneed(k, at)],
    comes: [emptied],
  },
  {
    id: 'reaped',
    says: 'the OOM reaper',
    on: stored,
    does: (k) => [oom_reap_task_mm(k, at)],
    comes: [emptied],
  },
  { id: 'exit', says: 'exit', on: mapped, does: (k) => [exit_mmap(k, { mm })], comes: [emptied] },
  {
    id: 'hugetlb',
    says: 'munmap of hugetlb',
    on: stored,
    does: (k) => [munmap_hugetlb(k, at)],
    comes: [emptied],
  },
  {
    ...{ id: 'dontneed-huge', says: 'MADV_DONTNEED of a huge page', on: huge, comes: [emptied] },
    does: (k) => [madvise_dontneed_huge(k, { mm })],
  },
  {
    ...{ id: 'free', says: 'MADV_FREE', on: stored, does: (k) => [madvise_free(k, at)] },
    comes: [reaches('vma.lazyfree', 'the memory may go')],
  },
  {
    id: 'remap',
    says: 'mmap over what is there, and a store',
    on: mapped,
    does: (k, cpu) => [
      mmap_fixed(k, { ...at, writable: true, shared: false }),
      store(k, { cpu, ...at }),
    ],
    comes: [emptied, stores],
  },
  {
    id: 'mremap',
    says: 'a page of a file is mapped elsewhere',
    on: fileOf({ present: 'writable and dirty' }, { vas: 2 }),
    does: (k, cpu) => [
      mremap(k, { mm, from: at.va, to: elsewhere.va }),
      load(k, { cpu, ...elsewhere }),
    ],
    comes: [
      reaches('pte.set', 'its entry goes with it', (e, k) =>
        e.va.is(elsewhere.va).and(k.mmapLock(mm).writer.isSome()),
      ),
      used(elsewhere, 'loads'),
    ],
  },
  {
    id: 'collapse',
    says: 'khugepaged makes a huge page, and a store',
    on: small,
    does: (k, cpu) => [collapse_huge_page(k, { mm }), store(k, { cpu, ...at })],
    comes: [
      reaches('tlb.use', 'the program stores to it', (e, k) =>
        e.store.and(k.huge?.pmd(e.mm).huge ?? e.store.not()),
      ),
    ],
  },
  {
    id: 'madvise-collapse',
    says: 'MADV_COLLAPSE, and what the program does where it succeeds',
    on: small,
    does: (k, cpu) => [madvise_collapse(k, { mm, onSuccess: [store(k, { cpu, ...at })] })],
    comes: [stores],
  },
  {
    id: 'split',
    says: 'a huge page is split',
    on: huge,
    does: (k, cpu) => [split_huge_pmd(k, { mm }), store(k, { cpu, ...at })],
    comes: [
      reaches('tlb.use', 'the program stores to a small page', (e, k) =>
        e.store.and(k.pte(e.mm, e.va).frame.is(e.frame)),
      ),
    ],
  },
];
