// The modelled machine's state: what the kernel's structures hold, as far as a stale translation
// could depend on it. Each table names its kernel counterpart and the lock that protects it.

import { Declarations, type RefsOf } from '../lang/declare.ts';
import {
  type Bool,
  type BoolRef,
  type Id,
  type IdRef,
  type IntRef,
  type MaybeRef,
  me,
  type SetOf,
  type SetRef,
  theId,
} from '../lang/expr.ts';
import type { Stmts } from '../lang/program.ts';
import { bool, id, int, maybe, setOf } from '../lang/sorts.ts';
import { type CpuState, declareCpuState } from './cpu-state.ts';
import { declareHuge, type HugeState } from './huge-state.ts';
import type { FlushPoint } from './kernel.ts';
import {
  type Arm64Asid,
  declareArm64Asid,
  declareS390,
  declareStealTime,
  type S390Mm,
  type StealTime,
} from './lazy-flush.ts';
import { declarePageTables, type PageTables } from './page-tables.ts';
import { declareSecondMmu, type SecondMmu } from './second-mmu.ts';
import { type HeldState, heldFields, noMayHold, type TlbForm } from './tlb-form.ts';
import { declareTlbi, type TlbiState } from './tlbi-state.ts';
import { declareTsb, type TsbState } from './tsb-state.ts';
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
/**
 * `mapping->invalidate_lock` of a file: a hole puncher, or any number of readers-in. In tmpfs its
 * writer is who has set `inode->i_private`, and nobody reads.
 */
export const invalidateLockFields = { writer: maybe('thread'), readers: setOf('thread') };
/** What an NFS client notes about a file. */
export const nfsFields = {
  /** `NFS_INO_INVALID_DATA`: the cached pages are older than the attributes. */
  invalidData: bool,
  /** `NFS_INO_INVALIDATING`: somebody is dropping them, and whoever finds the flag cleared waits. */
  invalidating: bool,
  /** The server's change attribute is not the one that the client last saw. */
  changed: bool,
};
/** `struct folio` of one page. */
export const folioFields = {
  /** `mapping` and `index`: the content the folio is the home of; none once removed. */
  mapping: maybe('content'),
  /** The folio lock. */
  lock: maybe('thread'),
  /** References beyond the page cache's and the page tables'. */
  refs: int(7),
  /** Entries that a gather has emptied and still counts in `_mapcount` (`tlb_delay_rmap`). */
  delayedRmap: int(3),
  dirty: bool,
  /** Not PageAnonExclusive: a fork, or KSM, has made others look at it. */
  shared: bool,
  ksm: bool,
  /** Not swap-backed: MADV_FREE has said that reclaim may drop an anonymous folio if it is clean. */
  lazyfree: bool,
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
  /** The page-table lock: one for an mm, or, in a world that splits it, one for each address. */
  readonly ptl: (mm: Mm, va?: Va) => MaybeRef<'thread'>;
  readonly swap: (swap: Id<'swap'>) => RefsOf<typeof swapFields>;
  /** `mm->tlb_flush_pending`: changes of entries whose flush is still owed by who made them. */
  readonly tlbFlushPending: (mm: Mm) => IntRef;
  readonly vma: (mm: Mm, va: Va) => RefsOf<typeof vmaFields>;
  readonly mmapLock: (mm: Mm) => RefsOf<typeof mmapLockFields>;
  readonly mmCpumask: (mm: Mm) => SetRef<'cpu'>;
  /**
   * The entry that the CPU uses for an address of an mm. Where CPUs switch, entries are tagged with
   * an ASID, and this is the one under the ASID that the CPU has loaded: ask it of a loaded mm only.
   */
  readonly tlb: (cpu: Id<'cpu'>, mm: Mm, va: Va) => RefsOf<typeof tlbFields>;
  /** In the may-hold form, instead of `tlb` and `tlbOf`; undefined in the explicit one. */
  readonly mayTlb: HeldState | undefined;
  /** `smp_processor_id()`: the CPU a thread is pinned to. */
  readonly cpuOf: (thread: Id<'thread'>) => IdRef<'cpu'>;
  /** Interrupts are off: the CPU does not answer until they are on again. */
  readonly irqsOff: (cpu: Id<'cpu'>) => BoolRef;
  /** The entry under an ASID; only where CPUs switch. */
  readonly tlbOf: (cpu: Id<'cpu'>, asid: Id<'asid'>, va: Va) => RefsOf<typeof tlbFields>;
  /** How CPUs switch; undefined in a world where they do not. */
  readonly switching: CpuState | undefined;
  /** Invalidations that have been broadcast; undefined where CPUs are interrupted instead. */
  readonly tlbi: TlbiState | undefined;
  /** The software's own second TLB; undefined where hardware walks page tables itself. */
  readonly tsb: TsbState | undefined;
  readonly s390: S390Mm | undefined;
  /** The CPUs are virtual ones, which their host may stop; undefined where they are not. */
  readonly stealTime: StealTime | undefined;
  /** ASIDs of all CPUs that roll over; undefined where they do not. */
  readonly rollover: Arm64Asid | undefined;
  /** Page tables as pages that can be freed; undefined where they cost nothing. */
  readonly tables: PageTables | undefined;
  /** An MMU with tables of its own; undefined where there is none. */
  readonly second: SecondMmu | undefined;
  /** The PMD level; undefined in a world without huge pages. */
  readonly huge: HugeState | undefined;
  /** Walkers of CPU page tables that are no CPU of the kernel's: they hear of it by notifiers only. */
  readonly devices: SetRef<'cpu'> | undefined;
  /** The address space whose page tables the CPU walks. */
  readonly loaded: (cpu: Id<'cpu'>) => MaybeRef<'mm'>;
  readonly folio: (frame: Id<'frame'>) => RefsOf<typeof folioFields>;
  readonly free: SetRef<'frame'>;
  /** The other half of a free block of two, in the buddy lists; undefined where nothing merges. */
  readonly buddy: ((head: Id<'frame'>) => MaybeRef<'frame'>) | undefined;
  /** The xarray entry of a file page. */
  readonly cache: (slot: Id<'slot'>) => MaybeRef<'frame'>;
  /** `i_rwsem` of the slot's inode. */
  readonly inodeLock: (slot: Id<'slot'>) => MaybeRef<'thread'>;
  readonly invalidateLock: (slot: Id<'slot'>) => RefsOf<typeof invalidateLockFields>;
  /** `i_size` ends before this page. */
  readonly beyondEof: (slot: Id<'slot'>) => BoolRef;
  readonly nfs: (slot: Id<'slot'>) => RefsOf<typeof nfsFields>;
  /** The content that a file page, or the private memory at an address, is. */
  readonly contentOf: (slot: Id<'slot'>) => IdRef<'content'>;
  readonly anonOf: (mm: Mm, va: Va) => IdRef<'content'>;
}

export function declareState(
  world: World,
  has: (point: FlushPoint) => boolean,
  form: TlbForm = 'explicit',
): KernelState {
  const d = new Declarations();
  const ptl = declarePtl(d, world);
  const mmapLock = d.table('mmap_lock', ['mm'], mmapLockFields);
  const inodeLock = d.column('inode_lock', ['slot'], maybe('thread'));
  if (world.huge === true && world.switching !== undefined) {
    throw new Error('huge entries of the TLB are not tagged: no huge pages where CPUs switch');
  }
  if (world.huge === true && form === 'may') {
    throw noMayHold('what becomes of huge entries depends on which small ones are there');
  }
  const huge = world.huge === true ? declareHuge(d) : undefined;
  const underPtl = (mm: Mm, va: Va): { held: Bool; lock: string } => ({
    held: huge === undefined ? ptl(mm, va).is(me) : ptl(mm, va).is(me).or(ownTable(huge, mm)),
    lock: 'ptl',
  });
  const tlb = declareTlb(d, world, form);
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
    cpuOf: d.column('cpu_of', ['thread'], id('cpu')),
    irqsOff: d.column('irqs_off', ['cpu'], bool),
    ...tlb,
    stealTime: world.paravirt === true ? declareStealTime(d) : undefined,
    s390: world.arch === 's390' ? declareS390(d) : undefined,
    rollover: world.rollover === true ? declareArm64Asid(d) : undefined,
    tables: world.tables === true ? declarePageTables(d, tlb.switching) : undefined,
    tsb: world.arch === 'sparc64' ? declareTsb(d) : undefined,
    second: world.secondMmu === true ? declareSecondMmu(d) : undefined,
    huge,
    devices: declareDevices(d, world),
    loaded: d.column('loaded_mm', ['cpu'], maybe('mm')),
    folio: d.table('folio', ['frame'], folioFields),
    free: d.scalar('free', setOf('frame')),
    buddy: world.blocks === true ? d.column('buddy', ['frame'], maybe('frame')) : undefined,
    cache: d.column('page_cache', ['slot'], maybe('frame')),
    inodeLock,
    invalidateLock: d.table('invalidate_lock', ['slot'], invalidateLockFields),
    beyondEof: d.column('beyond_i_size', ['slot'], bool, (slot) => ({
      held: inodeLock(slot).is(me),
      lock: 'inode lock',
    })),
    nfs: d.table('nfs_inode', ['slot'], nfsFields),
    contentOf: d.column('content_of_slot', ['slot'], id('content')),
    anonOf: d.column('content_of_anon', ['mm', 'va'], id('content')),
  };
}

/** `USE_SPLIT_PTE_PTLOCKS`: the addresses of a world that splits are far apart, in tables of their own. */
function declarePtl(d: Declarations, world: World): KernelState['ptl'] {
  if (world.splitPtl !== true) {
    const one = d.column('ptl', ['mm'], maybe('thread'));
    return (mm) => one(mm);
  }
  const split = d.column('ptl', ['mm', 'va'], maybe('thread'));
  return (mm, va) => {
    if (va === undefined) throw new Error('in this world every page table has a lock of its own');
    return split(mm, va);
  };
}

/** A deposited page table belongs to whoever holds the lock of the huge entry above it. */
function ownTable(huge: HugeState, mm: Mm): Bool {
  return huge.pmd(mm).huge.and(huge.pmdLock(mm).is(me));
}

/** Like all that hangs on the architecture, it is no path's business to declare. */
function declareDevices(d: Declarations, world: World): SetRef<'cpu'> | undefined {
  if (world.devices !== true) return undefined;
  const owner = d.owner;
  d.owner = 'arch';
  const devices = d.scalar('devices', setOf('cpu'));
  d.owner = owner;
  return devices;
}

/** The TLB, tagged by address space or by ASID, and what goes with it. */
function declareTlb(
  d: Declarations,
  world: World,
  form: TlbForm,
): Pick<KernelState, 'tlb' | 'tlbOf' | 'mayTlb' | 'switching' | 'tlbi'> {
  const tlbi = world.arch === 'arm64' ? declareTlbi(d) : undefined;
  if (world.switching === undefined) {
    const under = absent('only a world whose CPUs switch has ASIDs');
    if (form === 'may') {
      const of = d.table('tlb', ['cpu', 'mm', 'va'], heldFields);
      return {
        tlb: noEntries,
        tlbOf: noEntries,
        mayTlb: { of, under },
        switching: undefined,
        tlbi,
      };
    }
    const tlb = d.table('tlb', ['cpu', 'mm', 'va'], tlbFields);
    return { tlb, tlbOf: under, mayTlb: undefined, switching: undefined, tlbi };
  }
  const switching = declareCpuState(d, world.switching);
  if (form === 'may') {
    const under = d.table('tlb', ['cpu', 'asid', 'va'], heldFields);
    const of: HeldState['of'] = (cpu, _, va) => under(cpu, switching.tlbstate(cpu).asid, va);
    return { tlb: noEntries, tlbOf: noEntries, mayTlb: { of, under }, switching, tlbi };
  }
  const tlbOf = d.table('tlb', ['cpu', 'asid', 'va'], tlbFields);
  return {
    tlb: (cpu, _, va) => tlbOf(cpu, switching.tlbstate(cpu).asid, va),
    tlbOf,
    mayTlb: undefined,
    switching,
    tlbi,
  };
}

function absent(why: string): () => never {
  return () => {
    throw new Error(why);
  };
}
const noEntries = (): never => {
  throw noMayHold('a path asks for a single entry of a TLB');
};

/** Who may hold a translation of an mm: its CPUs, and devices that walk its page tables. */
export function mayHold(k: KernelState, mm: Mm): SetOf<'cpu'> {
  return k.devices === undefined ? k.mmCpumask(mm) : k.mmCpumask(mm).union(k.devices);
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
