// How large a modelled machine is. Everything the explorer says holds for the world it was asked
// about, so every verdict prints it.

import type { Sizes } from '../lang/sorts.ts';

export interface World {
  readonly cpus: number;
  /** Address spaces. */
  readonly mms: number;
  /** Pages of address space in each. */
  readonly vas: number;
  /** Physical pages. */
  readonly frames: number;
  /** Pages of files; each stands for a file of its own. */
  readonly slots: number;
  /** Swap slots; none if left out. */
  readonly swaps?: number;
  /** Newest version a content can reach: how often it is written. */
  readonly versions?: number;
  /** Largest value of a design's generation counters. */
  readonly generations?: number;
  /** Largest value of LUF v12's logical time. */
  readonly ugens?: number;
  /** Keys under which LUF v12 keeps debts; the kernel has 65535. */
  readonly keys?: number;
  /** The pages of address space lie in page tables of their own, each with its own lock. */
  readonly splitPtl?: boolean;
  /** Whether files are truncated or punched: faults then look at i_size and invalidate_lock. */
  readonly truncation?: boolean;
  /** The files are in tmpfs: what is not cached is in swap. */
  readonly tmpfs?: boolean;
  /** Any two free frames may be buddies, and merge into a block of two. */
  readonly blocks?: boolean;
  /** Debugging options of the modelled kernel. */
  readonly init_on_free?: boolean;
  /**
   * How translations are made and invalidated; if left out, hardware walks page tables, and interrupts
   * each drop what they name. sparc64 has a second TLB in memory between the two; s390 may leave a flush
   * to whoever attaches the mm next.
   */
  readonly arch?: 'arm64' | 'sparc64' | 's390';
  /** The kernel is a guest: a virtual CPU that its host has stopped is asked to flush when it runs again. */
  readonly paravirt?: boolean;
  /** Identifiers of address spaces run out and are replaced while in use, as on arm64. */
  readonly rollover?: boolean;
  /** CPUs switch between address spaces, as on x86. Left out, each keeps what it starts with. */
  readonly switching?: Switching;
  /** Some of the CPUs are devices that walk CPU page tables; `setup.devices` says which. */
  readonly devices?: boolean;
  /** Page tables are pages, which go free, and CPUs cache where they are. */
  readonly tables?: boolean;
  /** Some of the CPUs translate through an MMU with tables of its own: `setup.behindSecondMmu`. */
  readonly secondMmu?: boolean;
  /** Mistakes of the past that this machine's kernel still makes. */
  readonly mistakes?: readonly Mistake[];
  /**
   * A store to a private page copies it whenever anybody holds a reference, as before Linux 5.19;
   * since then a page that is exclusive is reused.
   */
  readonly reuse_by_count?: boolean;
  /** Some range is registered with userfaultfd for write-protect faults. */
  readonly uffd?: boolean;
  /** Each address space is one PMD range, and may be mapped by one huge page; `setup.huge` has its frames. */
  readonly huge?: boolean;
}

export interface Switching {
  /** `TLB_NR_DYN_ASIDS`: how many address spaces a CPU's TLB tells apart; 6 in the kernel. */
  readonly asids: number;
  /** Largest value of an address space's `tlb_gen`. */
  readonly tlbGens?: number;
  /** As since 6.14: a CPU that leaves an mm stays in its mm_cpumask until an interrupt finds it gone. */
  readonly lazyMask?: boolean;
}

/** What a modelled kernel may get wrong where it flushes and switches; each was a bug once. */
export const mistakes = {
  'mask-after-cr3': 'switch_mm loads the page tables before its bit in mm_cpumask is seen',
  'generation-before-mask': 'switch_mm reads tlb_gen before it starts to receive interrupts',
  'lazy-return-unchecked': 'leaving lazy mode does not compare generations',
  'lazy-checked-too-early': 'leaving lazy mode compares generations while still marked lazy',
  'asid-reused-unflushed': 'an ASID goes to another address space with its old entries',
  'keep-bit': 'a load of CR3 that should flush has the bit that keeps the entries',
  'generation-not-bumped': 'arch_tlbbatch_add_pending does not raise tlb_gen',
  'loaded-mm-filter':
    'no interrupt is sent to a CPU between two address spaces (6.14 before fea4e317f9e7)',
  'pending-is-dsb': "flush_tlb_batched_pending only waits for its own CPU's invalidations",
  'notifier-at-batch-flush': 'secondary TLBs hear of a batch when it is flushed, mm unknown',
  'tsb-flushed-last': 'the TLB is flushed before the table in memory that refills it (sparc64)',
  'second-flush-after-lock': 'KVM flushes what it has zapped after it has dropped mmu_lock',
  'second-flush-overwritten':
    'the part of KVM that zaps nothing says so, and overwrites that a flush is owed',
  'second-flush-lost-in-yield':
    'KVM drops mmu_lock in the middle of zapping and forgets what it owes so far',
  'second-unflushed': 'a GPU loses its mapping and its queues, and its TLB is not flushed',
  'steal-time-plain-store': 'the host clears the shared word of a virtual CPU with a plain store',
  'second-retry-unchecked': 'KVM maps a page without asking whether it was invalidated meanwhile',
  'notifier-missing': "reclaim's batches are not forwarded to secondary TLBs at all",
} as const;
export type Mistake = keyof typeof mistakes;

export function makes(world: World, mistake: Mistake): boolean {
  return world.mistakes?.includes(mistake) ?? false;
}

export function sizesOf(world: World, threads: number): Sizes {
  return {
    cpu: world.cpus,
    mm: world.mms,
    va: world.vas,
    frame: world.frames,
    slot: world.slots,
    swap: world.swaps ?? 0,
    content: world.slots + world.mms * world.vas,
    thread: threads,
    key: world.keys ?? 1,
    ...(world.switching === undefined ? {} : { asid: world.switching.asids }),
    // For what the kernel may do either way, whatever the model knows.
    way: 2,
  };
}

/** `3 CPUs, 2 frames, 1 page of one file, ...`: the bound a verdict carries. */
export function describeWorld(world: World): string {
  const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
  return [
    count(world.cpus, 'CPU', 'CPUs'),
    count(world.mms, 'mm', 'mms'),
    count(world.vas, 'page of address space', 'pages of address space'),
    count(world.frames, 'frame', 'frames'),
    count(world.slots, 'file page', 'file pages'),
  ].join(', ');
}
