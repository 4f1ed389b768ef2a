import { immediate } from '../kernel/designs/immediate.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { store } from '../kernel/paths/user.ts';
import { clear_refs, uffd_writeprotect } from '../kernel/paths/write-protect.ts';
import { asItIs } from './designs.ts';
import { keeper } from './migrate-writable.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { flushedAfterwards } from './witnesses.ts';

const world = { cpus: 3, mms: 1, vas: 1, frames: 3, slots: 0, uffd: true, reuse_by_count: true };

export const uffdWp: Scenario = {
  id: '6ce64428d620',
  title: 'a copy outruns the pending flush of a userfaultfd write-protection',
  provenance: {
    source:
      '6ce64428d620, "mm/userfaultfd: fix memory corruption due to writeprotect", Nadav Amit, 2021',
    where: "the commit's text",
  },
  says: 'One monitor write-protects a page; its flush is pending. Another one takes the protection away, which leaves the entry read-only. A thread stores, faults, and copies the page, because somebody holds a reference to it. Another CPU still has the page writable, and stores into the source of the copy.',
  world,
  setup: {
    vmas: [
      {
        mm: 0,
        va: 0,
        frame: 0,
        writable: true,
        shared: false,
        present: 'writable and dirty',
        uffd: true,
        referenced: true,
      },
    ],
    cached: [],
    loaded: [null, 0, 0],
  },
  threads: [
    thread('monitor', 0, (k) => [uffd_writeprotect(k, { ...place(0, 0), protect: true })]),
    thread('other monitor', 0, (k) => [uffd_writeprotect(k, { ...place(0, 0), protect: false })]),
    thread('faulter', 2, (k, cpu) => [store(k, { cpu, ...place(0, 0) })]),
    keeper,
  ],
  reaches: [flushedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'before the commit, when a reference was enough to make a store copy',
      design: { design: mainline, without: ['flush_tlb_page@do_wp_page'] },
      expect: 'stale-read',
    },
    { id: 'repaired', says: 'the commit', design: { design: mainline }, expect: 'holds' },
    {
      id: 'exclusive',
      says: 'without the commit, but an exclusive page is reused, as since Linux 5.19',
      design: { design: mainline, without: ['flush_tlb_page@do_wp_page'] },
      world: { ...world, reuse_by_count: false },
      expect: 'holds',
    },
    { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
    {
      id: 'immediate',
      says: 'every flush at once',
      design: { design: immediate },
      expect: 'holds',
    },
  ],
};

/** The same race with /proc/PID/clear_refs in the part of the monitor, which keeps faults out by its lock. */
export const softDirtyCopied: Scenario = {
  id: 'soft-dirty-copied',
  title: 'a thread copies a page that clear_refs has write-protected, and another one stores to it',
  provenance: {
    source:
      '29a951dfb3c3, "mm: fix clear_refs_write locking", Linus Torvalds, 2021: the flush comes before mmap_lock is dropped, and with it any fault',
    where: "the commit's text; found by hand: a flush after the lock went unseen",
  },
  says: 'clear_refs write-protects a page to which somebody holds a reference. A thread stores, faults, and copies it. Another CPU may still have the page writable; if it may store there when the copy is made, that is lost.',
  world: { ...world, uffd: false },
  setup: {
    vmas: [
      {
        ...{ mm: 0, va: 0, frame: 0, writable: true, shared: false },
        ...{ present: 'writable and dirty', referenced: true },
      },
    ],
    cached: [],
    loaded: [null, 0, 0],
  },
  threads: [
    thread('checkpoint', 0, (k) => [clear_refs(k, place(0, 0))]),
    thread('faulter', 2, (k, cpu) => [store(k, { cpu, ...place(0, 0) })]),
    keeper,
  ],
  reaches: [flushedAfterwards],
  variants: asItIs,
};
