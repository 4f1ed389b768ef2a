// What is on record about stale translations, and where the catalogue shows it: 63 bugs that happened,
// the scenarios in which user space would see a missing flush point of LUF, and the topics of LUF's
// review. docs/coverage.md is this list; coverage.test.ts holds it to the truth.

import { type Covered, shown } from './coverage-entry.ts';

export { cases } from './coverage-cases.ts';

/** What user space sees if one flush point is missing: numbered as in the notes it was taken from. */
export const missingPoints: readonly Covered[] = [
  shown('1', 'munmap or MAP_FIXED over it', ['LUF-munmap: broken'], ['LUF-munmap: repaired v12']),
  shown(
    '2',
    'munmap, then a signal is expected',
    ['LUF-munmap: broken-segv', '3ea277194daa-munmap: broken'],
    ['LUF-munmap: repaired', '3ea277194daa-munmap: repaired'],
  ),
  shown('3', 'write(2) by another process', ['LUF-write2: broken'], ['LUF-write2: repaired v12']),
  shown(
    '4',
    'a shared writable mapping elsewhere',
    ['LUF-rwalias: v11 nadav-gen-other-mm'],
    ['LUF-rwalias: v12-other-mm'],
  ),
  shown(
    '5',
    'read-only and writable alias in one process',
    ['LUF-rwalias: broken'],
    ['LUF-rwalias: repaired'],
  ),
  shown(
    '6',
    'the frame is reused',
    [
      'LUF-buddy: broken broken-other-file v12-broken',
      'LUF-exits: compaction-luf-v12-broken drained-luf-v12-broken',
      'LUF-buddy-split: v11',
    ],
    [
      'LUF-buddy: repaired repaired-other-file v12',
      'LUF-exits: compaction-luf-v12 drained-luf-v12',
      'LUF-buddy-split: v12',
    ],
    'capture, bulk, CMA and highatomic take pages by the same two doors: off a per-CPU list or off the buddy lists',
  ),
  shown(
    '7',
    'a write fault after migration',
    ['LUF-migrate-write: broken v11'],
    ['LUF-migrate-write: repaired'],
    'with two writers v12 fails, too: `LUF-migrate-write: v12-two-writers`',
  ),
  shown(
    '9',
    'mprotect to writable after migration',
    ['LUF-migrate-mprotect-rw: v11-unordered'],
    ['LUF-migrate-mprotect-rw: v12'],
    'the point itself is not what saves v12: `LUF-migrate-mprotect-rw: v12-without-mprotect` holds',
  ),
  shown(
    '11',
    'a store after swap-in',
    ['LUF-swap-write: broken v11'],
    ['LUF-swap-write: repaired'],
  ),
  shown(
    '12',
    'MADV_DONTNEED, then zeroes',
    ['LUF-dontneed: broken v12-broken'],
    ['LUF-dontneed: repaired v12'],
  ),
  shown(
    '13',
    'truncation and hole punching',
    ['LUF-truncate: broken', 'LUF-hole-punch: broken', 'LUF-tmpfs-hole-punch: v12'],
    ['LUF-truncate: repaired', 'LUF-hole-punch: repaired', 'LUF-tmpfs-hole-punch: repaired'],
  ),
  shown(
    '14',
    "a server's change and an empty cache",
    ['LUF-remote: broken', 'LUF-nfs-lock: v12', 'LUF-nfs-read: v12'],
    ['LUF-remote: repaired', 'LUF-nfs-lock: repaired', 'LUF-nfs-read: repaired'],
  ),
  shown('15', 'a direct write', ['LUF-direct-write: v12'], ['LUF-direct-write: repaired']),
  shown(
    '16',
    'a file system without write_begin',
    ['LUF-iomap-write: v12'],
    ['LUF-iomap-write: repaired v12-write_begin'],
  ),
  shown(
    '17',
    'overwritten as it is freed',
    ['LUF-buddy: broken-zeroing v10-zeroing'],
    ['LUF-buddy: repaired-zeroing v12-zeroing'],
  ),
  shown(
    '18',
    'a stamp taken at the wrong time',
    ['LUF-debt-vs-flush: v12-late-stamp v12-early-stamp'],
    ['LUF-debt-vs-flush: v12'],
  ),
  shown(
    '19',
    'a debt against a flush, and two payers',
    ['LUF-debt-vs-flush: v11-no-refusal', 'LUF-two-payers: v11-no-wait v12-no-wait'],
    ['LUF-debt-vs-flush: v11', 'LUF-two-payers: v11 v12'],
  ),
  shown(
    '20',
    'generations of a zone out of order',
    ['LUF-two-payers: v12-no-wait'],
    ['LUF-two-payers: v12'],
  ),
  shown(
    '23',
    'KSM unmerges for a write',
    [],
    ['LUF-ksm: v11 v12-without'],
    "refuted: a store to a page of KSM's copies it by ptep_clear_flush, which pays for the address whatever LUF does",
  ),
  shown('24', 'uprobes', ['LUF-replacepage: broken v12-broken'], ['LUF-replacepage: repaired v11']),
  shown(
    '25',
    'two frames for one location',
    ['LUF-refault: v12'],
    ['LUF-refault: repaired unwritten'],
  ),
  shown(
    '26',
    'free pages reported to the host',
    ['LUF-exits: reporting-luf-v11-broken reporting-luf-v12-broken'],
    ['LUF-exits: reporting-luf-v11 reporting-luf-v12'],
  ),
  shown(
    '27',
    'memory that goes offline, or has failed',
    ['LUF-exits: offline-luf-v12-broken hwpoison-luf-v12-broken', 'LUF-memory-failure: v12-broken'],
    ['LUF-exits: offline-luf-v12 hwpoison-luf-v12', 'LUF-memory-failure: v12'],
  ),
  shown(
    '28',
    'lazy TLB, exit, tags used again',
    ['LUF-lazy-tlb: unchecked', 'LUF-pcid: not-bumped', 'dying-mm: broken'],
    ['LUF-lazy-tlb: v12', 'LUF-pcid: v12', 'dying-mm: v12'],
  ),
  shown(
    '29',
    'a dirty read-only page and its write-out',
    ['dirty-writeout: broken v11-broken'],
    ['dirty-writeout: repaired v11'],
  ),
  shown(
    '30',
    'a folio that reclaim keeps',
    ['LUF-kept: broken', 'LUF-kept-folio: v11'],
    ['LUF-kept: repaired v12', 'LUF-kept-folio: repaired'],
  ),
];

/** The topics of LUF's review. */
export const topics: readonly Covered[] = [
  shown(
    'uprobes',
    '__replace_page',
    ['LUF-replacepage: broken v12-broken'],
    ['LUF-replacepage: repaired v11'],
  ),
  shown(
    'NFS',
    'and other network file systems',
    ['LUF-nfs-lock: v12 v11', 'LUF-nfs-read: v12 v11'],
    ['LUF-nfs-lock: repaired', 'LUF-nfs-read: repaired'],
  ),
  shown('FUSE', 'and cluster file systems', ['LUF-remote: broken v11'], ['LUF-remote: repaired']),
  shown(
    'block devices',
    'that change beneath a file system',
    ['LUF-block-device: v12 v11'],
    ['LUF-block-device: repaired'],
  ),
  shown(
    'direct I/O',
    'and its gate on nrpages',
    ['LUF-direct-write: v12'],
    ['LUF-direct-write: repaired'],
  ),
  shown(
    'GUP and DMA',
    'a device stores into a page',
    ['device-store: broken'],
    ['device-store: repaired v12'],
  ),
  shown(
    'secondary TLBs',
    'IOMMU and KVM',
    ['6bbd42e2df8f: broken', '565f3be21746: broken'],
    ['6bbd42e2df8f: v11 v12', '565f3be21746: repaired'],
  ),
  shown(
    'zeroing and poison',
    'of free pages',
    ['LUF-buddy: broken-zeroing'],
    ['LUF-buddy: repaired-zeroing v12-zeroing'],
  ),
  shown(
    'KSM',
    'pages that LUF lets pass',
    [],
    ['LUF-ksm: v11 v12-without'],
    'safe, as inferred: pages of KSM do not change, and who leaves one flushes',
  ),
  shown(
    'COW',
    'copies by a write fault',
    ['LUF-migrate-write: broken', '6ce64428d620: broken'],
    ['LUF-migrate-write: repaired', '6ce64428d620: repaired v12'],
  ),
  shown(
    'mprotect, munmap, mremap, madvise',
    'closed by flush_tlb_batched_pending',
    [
      '3ea277194daa-mprotect: v11-broken',
      '3ea277194daa-mremap: v11-broken',
      '3ea277194daa-madvise: v11-broken v12-broken',
      'LUF-munmap: broken',
      'LUF-dontneed: broken',
    ],
    [
      '3ea277194daa-mprotect: v11',
      '3ea277194daa-mremap: v11 v12',
      '3ea277194daa-madvise: v11 v12',
      'LUF-munmap: repaired v12',
      'LUF-dontneed: repaired v12',
    ],
  ),
  shown(
    'truncation',
    'and hole punching',
    ['LUF-truncate: broken', 'LUF-truncate-extend: broken', 'LUF-hole-punch: broken'],
    ['LUF-truncate: repaired', 'LUF-truncate-extend: repaired', 'LUF-hole-punch: repaired'],
  ),
  shown(
    'atomic contexts',
    'that may not interrupt',
    ['LUF-atomic: v11', 'LUF-interrupt: v11'],
    ['LUF-atomic: v12', 'LUF-interrupt: repaired v12'],
  ),
  shown(
    'write protection not flushed yet',
    'fork, userfaultfd, soft-dirty, mprotect, NUMA hinting',
    [
      'LUF-migrate-mprotect: v12',
      'LUF-migrate-fork: v12',
      'LUF-migrate-uffd: v12',
      'LUF-migrate-soft-dirty: v12',
      'LUF-migrate-numa: v12',
    ],
    [
      'LUF-migrate-mprotect: luf-v12-repaired',
      'LUF-migrate-fork: luf-v12-repaired',
      'LUF-migrate-uffd: luf-v12-repaired',
      'LUF-migrate-soft-dirty: luf-v12-repaired',
      'LUF-migrate-numa: luf-v12-repaired',
    ],
  ),
];

/** Bugs that are on no such list, written against the public API by way of trial. */
export const more: readonly Covered[] = [
  shown(
    '60bae7370896',
    'a page is collected for a device, and flushed after the page-table lock',
    ['60bae7370896: broken'],
    ['60bae7370896: repaired'],
  ),
  shown(
    'CVE-2021-4002',
    'hugetlb gives up a shared table and does not flush',
    ['CVE-2021-4002: broken'],
    ['CVE-2021-4002: repaired'],
    'the other process is left out: the call that unshares drops the page',
  ),
  shown(
    '854e9ed09ded',
    'an entry that MADV_FREE has made clean needs a flush',
    ['madvise-free: broken'],
    ['madvise-free: repaired v11 v12'],
  ),
];
