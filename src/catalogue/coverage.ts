// What is on record about stale translations, and where the catalogue shows it: 63 bugs that happened,
// the scenarios in which user space would see a missing flush point of LUF, and the topics of LUF's
// review. docs/coverage.md is this list; coverage.test.ts holds it to the truth.

/** `scenario: variant variant`, as in `LUF-munmap: broken`. */
type Refs = readonly string[];

export interface Covered {
  readonly id: string;
  readonly what: string;
  /** Variants that go wrong, and variants that hold once that is repaired. */
  readonly broken?: Refs;
  readonly repaired?: Refs;
  /** What the model would need to say it, where it cannot. */
  readonly missing?: string;
  /** More about what is shown; or, with variants that hold only, why nothing goes wrong. */
  readonly note?: string;
}
/** A bug on record; `direct`: it has the mechanism or the rule of LUF, or of mainline's batches. */
export interface Case extends Covered {
  readonly direct: boolean;
}

const direct = (id: string, what: string, broken: Refs, repaired: Refs, note?: string): Case => ({
  ...shown(id, what, broken, repaired, note),
  direct: true,
});
const other = (id: string, what: string, broken: Refs, repaired: Refs, note?: string): Case => ({
  ...shown(id, what, broken, repaired, note),
  direct: false,
});
const cannot = (id: string, what: string, missing: string): Case => ({
  id,
  what,
  missing,
  direct: false,
});
function shown(id: string, what: string, broken: Refs, repaired: Refs, note?: string): Covered {
  return { id, what, broken, repaired, ...(note === undefined ? {} : { note }) };
}

export const cases: readonly Case[] = [
  direct(
    'LUF-munmap',
    'munmap meets an entry that is empty already',
    ['LUF-munmap: broken broken-segv'],
    ['LUF-munmap: repaired v12'],
  ),
  direct(
    'LUF-write2',
    'write(2) while an old read-only entry survives',
    ['LUF-write2: broken'],
    ['LUF-write2: repaired v12'],
  ),
  direct(
    'LUF-rwalias',
    'a writable mapping of the same file',
    ['LUF-rwalias: broken v11'],
    ['LUF-rwalias: repaired v12'],
  ),
  direct(
    'LUF-pcreplace',
    'a slot gets another folio before the flush',
    ['LUF-pcreplace: v11-broken v12-broken'],
    ['LUF-pcreplace: v11 v12'],
  ),
  direct(
    'LUF-remote',
    'content changes with no local write',
    ['LUF-remote: broken v11', 'LUF-nfs-lock: v12'],
    ['LUF-remote: repaired', 'LUF-nfs-lock: repaired'],
  ),
  direct(
    'LUF-replacepage',
    'uprobes or KSM put another page at an address',
    ['LUF-replacepage: broken v12-broken'],
    ['LUF-replacepage: repaired v11'],
  ),
  direct(
    'LUF-buddy',
    'the bytes of a free page change before the flush',
    ['LUF-buddy: broken broken-zeroing', 'LUF-buddy-split: v11', 'LUF-buddy-order: as-posted'],
    [
      'LUF-buddy: repaired repaired-zeroing',
      'LUF-buddy-split: repaired v12',
      'LUF-buddy-order: repaired',
    ],
  ),
  direct(
    '3ea277194daa',
    'a batch of reclaim against mprotect, munmap, mremap, madvise',
    ['3ea277194daa-mprotect: broken', '3ea277194daa-munmap: broken', '3ea277194daa-mremap: broken'],
    [
      '3ea277194daa-mprotect: repaired',
      '3ea277194daa-munmap: repaired',
      '3ea277194daa-mremap: repaired',
    ],
  ),
  direct(
    '5ee2fa2f0636',
    'the pending flag is cleared with what came meanwhile',
    ['5ee2fa2f0636: broken'],
    ['5ee2fa2f0636: repaired'],
  ),
  direct(
    'arm64-batch-dsb',
    'a barrier on the wrong CPU',
    ['arm64-batch-dsb: broken'],
    ['arm64-batch-dsb: repaired'],
  ),
  direct(
    '99baac21e458',
    'the second of two zaps flushes nothing',
    ['99baac21e458: broken'],
    ['99baac21e458: repaired'],
    'MADV_DONTNEED; the form with MADV_FREE, where the entry is cleaned and not emptied, is not modelled',
  ),
  direct(
    '16af97dc5a89+a9b802500ebb',
    'one flag for two pending changes',
    ['16af97dc5a89: broken'],
    ['16af97dc5a89: repaired'],
  ),
  direct(
    '7066f0f933a1',
    'a device that walks CPU page tables stores while NUMA balancing copies',
    ['7066f0f933a1: broken'],
    ['7066f0f933a1: repaired mainline'],
    'one small page stands for the huge one',
  ),
  direct(
    '1cf35d47712d',
    'a dirty page counts as clean before its CPUs stop writing',
    ['1cf35d47712d: broken rmap-first'],
    ['1cf35d47712d: repaired'],
  ),
  other(
    '5d1904204c99+a2ce2666aa8d',
    'mremap moves a dirty entry and flushes too late',
    ['5d1904204c99: broken'],
    ['5d1904204c99: repaired'],
    'the flush; that the dirty bit was sampled before the entry was taken is not shown apart',
  ),
  other(
    'CVE-2018-18281',
    'mremap flushes the old address too late',
    ['CVE-2018-18281: broken'],
    ['CVE-2018-18281: repaired'],
  ),
  other(
    'CVE-2017-18202',
    'the OOM reaper frees without a flush',
    ['CVE-2017-18202: broken'],
    ['CVE-2017-18202: repaired'],
  ),
  other(
    '29eb77825cc7',
    'one CPU: pages go free before the flush',
    ['29eb77825cc7: broken'],
    ['29eb77825cc7: repaired'],
  ),
  other(
    '0ed1325967ab',
    'no page for a batch: a table goes free unflushed',
    ['0ed1325967ab: broken'],
    ['0ed1325967ab: repaired batched'],
  ),
  other(
    'd86564a2f085+a6f572084fbe+fd1102f0aade',
    'tables of a process with one user go free at once',
    ['a6f572084fbe: broken'],
    ['a6f572084fbe: repaired'],
    'the shortcut for one user; not the order of the notifiers',
  ),
  cannot(
    '1013af4f585f',
    'hugetlb unshares a table that GUP-fast walks',
    'walkers that hold no lock and have interrupts off, and tables that two address spaces share',
  ),
  cannot(
    '70cbc3cc78a9+2ba99c5e0881',
    'collapse against GUP-fast',
    'walkers that hold no lock and look at the entry above again',
  ),
  other(
    'CVE-2025-22045',
    'a lazy CPU is not told that a table goes',
    ['CVE-2025-22045: broken'],
    ['CVE-2025-22045: repaired'],
  ),
  cannot('6a6ac72fd6ea', 'a flush for the wrong page size', 'entries of several sizes'),
  cannot(
    'd52605d7cb30',
    'a huge entry is invalidated in two steps',
    'huge entries, and an invalidation that reads and writes apart',
  ),
  other(
    '0c5f83c23ca7',
    'an entry is rewritten for hinting without a flush',
    ['0c5f83c23ca7: broken'],
    ['0c5f83c23ca7: repaired'],
  ),
  cannot(
    'rmap-cont-hugetlb',
    'one of n contiguous entries is removed',
    'contiguous entries that one translation covers',
  ),
  other(
    '23a01138efe2',
    'the table that refills the TLB is flushed after it',
    ['23a01138efe2: broken'],
    ['23a01138efe2: repaired'],
  ),
  other(
    'f268f6cf875f',
    'khugepaged does not tell secondary MMUs',
    ['f268f6cf875f: broken'],
    ['f268f6cf875f: repaired'],
    'one small page stands for all',
  ),
  other(
    'CVE-2016-2069',
    'mask and page tables unordered in switch_mm',
    ['CVE-2016-2069: broken'],
    ['CVE-2016-2069: repaired'],
  ),
  other(
    'CVE-2025-37964',
    'a CPU between two address spaces is left out',
    ['CVE-2025-37964: broken'],
    ['CVE-2025-37964: repaired'],
  ),
  cannot(
    '94a17f2dc90b',
    'a bitmap of tags is too small',
    'the user half of page tables (PTI) and its own tags',
  ),
  direct(
    '5e10f9887ed8',
    'an invalidation by an identifier that is being replaced',
    ['5e10f9887ed8: broken'],
    ['5e10f9887ed8: repaired'],
  ),
  other(
    'ARM-8299/1 (8e648066)',
    'an identifier in use is handed out again',
    ['asid-reuse: broken', 'dying-mm: broken'],
    ['asid-reuse: repaired two-tags', 'dying-mm: mainline'],
    'as it would be with the tags of x86',
  ),
  other(
    'riscv-pgdir-2024',
    'a flush of leaves where tables go',
    ['riscv-pgdir-2024: broken'],
    ['riscv-pgdir-2024: repaired'],
  ),
  cannot(
    'abee7c494d8c',
    'text_poke reloads an address space that is being torn down',
    'page tables that the hypervisor has pinned: on bare hardware the reload finds the directory empty and its mask bit set again before the flush',
  ),
  other(
    'lazy-tlb-hotplug',
    'a CPU out of the mask with the mm still loaded',
    ['lazy-tlb-hotplug: broken'],
    ['lazy-tlb-hotplug: repaired'],
  ),
  direct(
    's390-lazy-flush',
    'the note that a flush is owed comes before the change',
    ['s390-lazy-flush: broken'],
    ['s390-lazy-flush: repaired'],
  ),
  other(
    'XSA-292',
    'a reload with the bit that keeps entries',
    ['asid-reuse: keep-bit', 'LUF-pcid: keep-bit'],
    ['asid-reuse: repaired', 'LUF-pcid: mainline'],
  ),
  cannot(
    'XSA-294',
    'another root under the same tag',
    'shadow page tables: an address space has one root for good',
  ),
  cannot(
    'xen-svm-asid',
    'the wrap of the tags flushes one of them',
    'tags that count up and wrap; that a tag changes hands with its entries is `asid-reuse: broken`',
  ),
  cannot(
    'CVE-2026-89932',
    'a tag given back and taken again',
    'memory of the last tag; that a tag changes hands with its entries is `asid-reuse: broken`',
  ),
  cannot(
    'CVE-2026-89930',
    'a queued flush is dropped on an error exit',
    'nested guests, whose translations change with no page table of the host changing',
  ),
  other(
    'CVE-2019-3016',
    'the request of a flush is overwritten',
    ['CVE-2019-3016: broken'],
    ['CVE-2019-3016: repaired'],
  ),
  cannot(
    'CVE-2025-71078',
    'a shadow of the SLB drifts',
    'a lookaside that software loads, in which two entries for one address are an error',
  ),
  other(
    '565f3be21746',
    'KVM flushes after its lock',
    ['565f3be21746: broken'],
    ['565f3be21746: repaired'],
  ),
  other(
    '315f02c60d9e+048f49809c52+33a3164161fc',
    'KVM forgets that a flush is owed',
    ['315f02c60d9e: broken broken-yield'],
    ['315f02c60d9e: repaired'],
  ),
  cannot(
    '91546356d0e5',
    'a shadow entry is overwritten with another frame',
    "the guest's own page tables: here an address of a guest is one of its process; an entry overwritten in an IOMMU is `XSA-275: broken`",
  ),
  cannot(
    '77bbbc0cf848',
    'a wrong idea of which threads share a TLB',
    'TLBs that several hardware threads share',
  ),
  direct(
    '6bbd42e2df8f',
    'batches are not forwarded to secondary TLBs',
    ['6bbd42e2df8f: broken at-batch-flush'],
    ['6bbd42e2df8f: repaired'],
    'the frame; that a device faults for ever on a right it already has is no wrong access',
  ),
  other(
    'CVE-2025-71202',
    'an IOMMU walks freed tables of the kernel',
    ['CVE-2025-71202: broken'],
    ['CVE-2025-71202: repaired'],
    "the kernel's half of the tables is the one table of the process",
  ),
  other(
    'CVE-2022-4139',
    'a flush that does nothing',
    ['CVE-2022-4139: broken'],
    ['CVE-2022-4139: repaired'],
  ),
  other(
    'CVE-2026-89811',
    'GPU queues evicted without a flush',
    ['CVE-2026-89811: broken'],
    ['CVE-2026-89811: repaired'],
  ),
  other('XSA-480', 'a flush that looked redundant', ['XSA-480: broken'], ['XSA-480: repaired']),
  direct(
    'XSA-241',
    'a stale time stamp on a free page',
    ['XSA-241: broken', 'LUF-debt-vs-flush: v12-early-stamp'],
    ['XSA-241: repaired', 'LUF-debt-vs-flush: v12'],
    "Xen's clock beside Linux's mappings; which CPU misses the flush is a reconstruction",
  ),
  other(
    'XSA-373',
    'a flush that is given up counts as done',
    ['XSA-373: broken'],
    ['XSA-373: repaired'],
  ),
  other(
    'XSA-275',
    'the wrong part of an entry is compared',
    ['XSA-275: broken'],
    ['XSA-275: repaired'],
  ),
  cannot(
    'CVE-2025-10263 / XSA-493',
    'an invalidation is done before a store through the entry',
    'stores that are translated and not yet visible: here both are one step',
  ),
  cannot(
    'CVE-2026-89918',
    'the end of a range wraps to zero',
    'arithmetic on addresses: they have no order',
  ),
  cannot(
    '785a19f9d1dd+5e0fb5df2ee8',
    'a table under a huge mapping of the kernel',
    'entries of several sizes; a table of the kernel that goes free unflushed is `CVE-2025-71202: broken`',
  ),
  cannot(
    'f25785f9b088',
    'the end of a range past an array',
    'arithmetic on addresses, and kernel mappings',
  ),
  cannot(
    'f154f290855b',
    'global entries survive bring-up',
    'global entries, which no load of CR3 drops',
  ),
  cannot('freebsd-r312954', 'promotion leaves small entries', 'entries of several sizes'),
];

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
    ['LUF-exits: offline-luf-v12-broken', 'LUF-memory-failure: v12-broken'],
    ['LUF-exits: offline-luf-v12', 'LUF-memory-failure: v12'],
    'a free page that has failed (take_page_off_buddy) leaves by the same door as one that goes offline',
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
      'LUF-munmap: broken',
      'LUF-dontneed: broken',
    ],
    [
      '3ea277194daa-mprotect: v11',
      '3ea277194daa-mremap: v11 v12',
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

/** `LUF-munmap: broken broken-segv` as pairs of scenario and variant. */
export function refsOf(refs: Refs | undefined): readonly (readonly [string, string])[] {
  return (refs ?? []).flatMap((ref) => {
    const [id = '', variants = ''] = ref.split(': ');
    return variants.split(' ').map((variant) => [id, variant] as const);
  });
}
