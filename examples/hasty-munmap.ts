// The example of docs/writing-paths.md: a munmap that forgets to ask what reclaim left pending.

import {
  bool,
  branch,
  detach_vma,
  flush_tlb_mm_range,
  hear,
  type Id,
  type Kernel,
  kswapd,
  load,
  lufV11,
  lufV12,
  mainline,
  mmap_write_lock,
  mmap_write_unlock,
  path,
  place,
  ptep_get_and_clear,
  reaches,
  type Scenario,
  spin_lock_ptl,
  spin_unlock_ptl,
  step,
  tell,
  thread,
  when,
} from 'lufcheck';

const hasty_munmap = path<Kernel, { mm: Id<'mm'>; va: Id<'va'> }, { gathered: typeof bool }>(
  {
    name: 'hasty_munmap',
    source: 'mine',
    leavesOut: 'everything but one page',
    reads: ['mm_cpumask'],
    writes: ['mmap_lock', 'vma', 'ptl', 'pte', 'pte_dirty'],
    locals: { gathered: bool },
  },
  (k, { mm, va }, l) => [
    mmap_write_lock(k, mm, detach_vma(k, mm, va)),
    spin_lock_ptl(k, mm),
    step(
      'zap_pte_range',
      when(k.pte(mm, va).frame.isSome(), [l.gathered.set(true), ptep_get_and_clear(k, mm, va)]),
    ),
    spin_unlock_ptl(k, mm),
    branch(l.gathered, [flush_tlb_mm_range(k, { mm, va })]),
    mmap_write_unlock(k, mm),
  ],
);

export const hasty: Scenario = {
  id: 'hasty-munmap',
  title: 'munmap that skips its flush when it finds nothing',
  provenance: { source: 'docs/writing-paths.md', where: 'this file' },
  says: 'A page is unmapped by reclaim and then by munmap, and a thread that was told loads from it.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 2, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' }],
    cached: [0],
    loaded: [null, 0, 0],
  },
  threads: [
    kswapd,
    thread('reader', 1, (k, cpu) => [
      hear(k, k.thread('caller')),
      load(k, { cpu, ...place(0, 0) }),
    ]),
    thread('caller', 2, (k) => [hasty_munmap(k, place(0, 0)), tell(k, k.thread('reader'))]),
  ],
  reaches: [
    reaches('tlb.use', 'a load through a translation that the page table has left', (e, k) =>
      k.pte(e.mm, e.va).frame.isnt(e.frame),
    ),
  ],
  variants: [mainline, lufV11, lufV12].map((design) => ({
    id: design.id,
    says: design.says,
    design: { design },
    expect: 'stale-permission',
  })),
};
