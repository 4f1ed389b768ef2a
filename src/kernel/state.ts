// The modelled machine's state: what the kernel's structures hold, as far as a stale translation
// could depend on it. Each table names its kernel counterpart and the lock that protects it.

import { Declarations, type RefsOf } from '../lang/declare.ts';
import {
  type Id,
  type IdRef,
  type IntRef,
  type MaybeRef,
  me,
  type SetRef,
  theId,
} from '../lang/expr.ts';
import type { Stmts } from '../lang/program.ts';
import { bool, id, int, maybe, setOf } from '../lang/sorts.ts';
import type { FlushPoint } from './kernel.ts';
import type { World } from './world.ts';

type Mm = Id<'mm'>;
type Va = Id<'va'>;

/**
 * `pte_t`: hardware walks it exactly when it names a `frame`. Other entries: see `pte-kinds.ts`.
 */
export const pteFields = {
  frame: maybe('frame'),
  /** The write bit; in a migration entry, whether the entry was writable. */
  writable: bool,
  /** The frame of an entry that hardware does not walk: a migration entry, or a hinting one. */
  target: maybe('frame'),
  /** The entry with a `target` is PROT_NONE, armed for a NUMA hinting fault. */
  hint: bool,
  /** The entry names a swap slot. */
  swap: maybe('swap'),
  /** userfaultfd's write-protect bit, in entries of every kind. */
  uffd_wp: bool,
};
/** A swap slot: its page in the swap cache, and whether a fork shares it. */
export const swapFields = { cache: maybe('frame'), shared: bool };
/** What a CPU's TLB holds for a location: a copy of the PTE as it was when it was walked. */
export const tlbFields = { frame: maybe('frame'), writable: bool, dirty: bool };
/** `struct vm_area_struct`, one per page of address space. */
export const vmaFields = {
  mapped: bool,
  file: maybe('slot'),
  shared: bool,
  writable: bool,
  /** Registered with userfaultfd for write-protect faults. */
  uffd: bool,
};
/** `mm->mmap_lock`: one writer, or any number of readers. */
export const mmapLockFields = { writer: maybe('thread'), readers: setOf('thread') };
/** `struct folio` of one page. */
export const folioFields = {
  /** `mapping` and `index`: the content the folio is the home of; none once removed. */
  mapping: maybe('content'),
  /** The folio lock. */
  lock: maybe('thread'),
  /** References beyond the page cache's and the page tables'. */
  refs: int(3),
  dirty: bool,
  /** Not PageAnonExclusive: a fork, or KSM, has made others look at it. */
  shared: bool,
  ksm: bool,
  /** The swap slot of a folio in the swap cache. */
  swap: maybe('swap'),
};

export interface KernelState {
  readonly world: World;
  /** Whether a named flush point is in place. */
  readonly has: (point: FlushPoint) => boolean;
  readonly declarations: Declarations;
  readonly pte: (mm: Mm, va: Va) => RefsOf<typeof pteFields>;
  /** The PTE's dirty bit apart, since hardware sets it with no lock. */
  readonly pteDirty: (mm: Mm, va: Va) => RefsOf<{ bit: typeof bool }>;
  readonly ptl: (mm: Mm) => MaybeRef<'thread'>;
  readonly swap: (swap: Id<'swap'>) => RefsOf<typeof swapFields>;
  /** `mm->tlb_flush_pending`: changes of entries whose flush is still owed by who made them. */
  readonly tlbFlushPending: (mm: Mm) => IntRef;
  readonly vma: (mm: Mm, va: Va) => RefsOf<typeof vmaFields>;
  readonly mmapLock: (mm: Mm) => RefsOf<typeof mmapLockFields>;
  readonly mmCpumask: (mm: Mm) => SetRef<'cpu'>;
  readonly tlb: (cpu: Id<'cpu'>, mm: Mm, va: Va) => RefsOf<typeof tlbFields>;
  /** The address space whose page tables the CPU walks. */
  readonly loaded: (cpu: Id<'cpu'>) => MaybeRef<'mm'>;
  readonly folio: (frame: Id<'frame'>) => RefsOf<typeof folioFields>;
  readonly free: SetRef<'frame'>;
  /** The xarray entry of a file page. */
  readonly cache: (slot: Id<'slot'>) => MaybeRef<'frame'>;
  /** `i_rwsem` of the slot's inode. */
  readonly inodeLock: (slot: Id<'slot'>) => MaybeRef<'thread'>;
  /** The content that a file page, or the private memory at an address, is. */
  readonly contentOf: (slot: Id<'slot'>) => IdRef<'content'>;
  readonly anonOf: (mm: Mm, va: Va) => IdRef<'content'>;
}

export function declareState(world: World, has: (point: FlushPoint) => boolean): KernelState {
  const d = new Declarations();
  const ptl = d.column('ptl', ['mm'], maybe('thread'));
  const mmapLock = d.table('mmap_lock', ['mm'], mmapLockFields);
  const underPtl = (mm: Mm): { held: ReturnType<Id['is']>; lock: string } => ({
    held: ptl(mm).is(me),
    lock: 'ptl',
  });
  return {
    world,
    has,
    declarations: d,
    ptl,
    mmapLock,
    pte: d.table('pte', ['mm', 'va'], pteFields, underPtl),
    pteDirty: d.table('pte_dirty', ['mm', 'va'], { bit: bool }),
    swap: d.table('swap', ['swap'], swapFields),
    tlbFlushPending: d.column('tlb_flush_pending', ['mm'], int(3)),
    vma: d.table('vma', ['mm', 'va'], vmaFields, (mm) => ({
      held: mmapLock(mm).writer.is(me),
      lock: 'mmap_lock for writing',
    })),
    mmCpumask: d.column('mm_cpumask', ['mm'], setOf('cpu')),
    tlb: d.table('tlb', ['cpu', 'mm', 'va'], tlbFields),
    loaded: d.column('loaded_mm', ['cpu'], maybe('mm')),
    folio: d.table('folio', ['frame'], folioFields),
    free: d.scalar('free', setOf('frame')),
    cache: d.column('page_cache', ['slot'], maybe('frame')),
    inodeLock: d.column('inode_lock', ['slot'], maybe('thread')),
    contentOf: d.column('content_of_slot', ['slot'], id('content')),
    anonOf: d.column('content_of_anon', ['mm', 'va'], id('content')),
  };
}

/** The numbering of contents: file pages first, then the private memory of each address. */
export function contentInit(k: KernelState): Stmts {
  const { slots, mms, vas } = k.world;
  const stmts: Stmts[] = [];
  for (let s = 0; s < slots; s++) {
    stmts.push([k.contentOf(theId('slot', s)).set(theId('content', s))]);
  }
  for (let m = 0; m < mms; m++) {
    for (let v = 0; v < vas; v++) {
      const content = theId('content', slots + m * vas + v);
      stmts.push([k.anonOf(theId('mm', m), theId('va', v)).set(content)]);
    }
  }
  return stmts;
}
