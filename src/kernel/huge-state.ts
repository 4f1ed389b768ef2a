// The PMD level of a page table, and huge entries in the TLB. Only in worlds with huge pages; all
// pages of an address space are then one PMD range, which is as large as one huge page. Paths that
// look at a PTE without asking for the level above (munmap, mprotect, mremap, fork, KSM, write-out,
// and zaps of single pages) are not for such a world while the range is mapped huge.

import type { Declarations, RefsOf } from '../lang/declare.ts';
import type { BoolRef, Id, IdRef, MaybeRef } from '../lang/expr.ts';
import { bool, id, maybe, setOf } from '../lang/sorts.ts';

/** `pmd_t`. With neither `none` nor `huge` it has the page table in which the PTEs are. */
export const pmdFields = {
  none: bool,
  /** A leaf that maps the huge page. Its page table is deposited: hardware does not walk it. */
  huge: bool,
  /** `pmd_mkinvalid`: still the kernel's, hardware does not walk it. */
  invalid: bool,
  writable: bool,
};
/** What a CPU holds for the whole range, made from a huge entry; beside what it holds for pages. */
export const hugeTlbFields = { present: bool, writable: bool, dirty: bool };

export interface HugeState {
  readonly pmd: (mm: Id<'mm'>) => RefsOf<typeof pmdFields>;
  /** Its dirty bit apart, since hardware sets it with no lock. */
  readonly pmdDirty: (mm: Id<'mm'>) => { readonly bit: BoolRef };
  /** `pmd_lock`: not the page-table lock of the PTEs below. */
  readonly pmdLock: (mm: Id<'mm'>) => MaybeRef<'thread'>;
  /** `anon_vma->root->rwsem`: rmap walks read it, collapse writes. */
  readonly anonVma: RefsOf<typeof anonVmaFields>;
  /** The page of the huge page that an address shows, if it is mapped huge: `folio_page(folio, n)`. */
  readonly part: (va: Id<'va'>) => IdRef<'frame'>;
  readonly tlb: (cpu: Id<'cpu'>, mm: Id<'mm'>) => RefsOf<typeof hugeTlbFields>;
}
const anonVmaFields = { writer: maybe('thread'), readers: setOf('thread') };

/** Like all that few worlds have, no path must declare it but those that declare some of it. */
export function declareHuge(d: Declarations): HugeState {
  const owner = d.owner;
  d.owner = 'huge';
  const pmdLock = d.column('pmd_lock', ['mm'], maybe('thread'));
  const state: HugeState = {
    pmd: d.table('pmd', ['mm'], pmdFields),
    pmdDirty: d.table('pmd_dirty', ['mm'], { bit: bool }),
    pmdLock,
    anonVma: d.table('anon_vma', [], anonVmaFields)(),
    part: d.column('huge_page', ['va'], id('frame')),
    tlb: d.table('huge_tlb', ['cpu', 'mm'], hugeTlbFields),
  };
  d.owner = owner;
  return state;
}
