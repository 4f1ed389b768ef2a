// A modelled kernel: the machine's state and the design that says when translations are flushed.

import type { Bool, Id, Maybe } from '../lang/expr.ts';
import type { Ambient } from '../lang/machine.ts';
import type { Codes, Stmts } from '../lang/program.ts';
import { declareState, type KernelState } from './state.ts';
import type { TlbForm } from './tlb-form.ts';
import type { World } from './world.ts';

/**
 * Where paths meet a design. Every design answers every question; the plain answers do nothing.
 * Each is named after the kernel function at which LUF's patches (or mainline) act.
 */
export interface Hooks {
  /** Whether reclaim leaves the flush of an emptied PTE for later (`should_defer_flush`). */
  readonly defers: boolean;
  /** `try_to_unmap`, before the rmap walk. */
  try_to_unmap_start(): Codes;
  /** In `try_to_unmap_one`, entry just emptied, before `arch_tlbbatch_add_pending`. */
  before_add_pending(entry: EmptiedEntry): Codes;
  /** In `try_to_unmap_one`, page-table lock held, entry just emptied. */
  set_tlb_ubc_flush_pending(entry: EmptiedEntry): Stmts;
  /** `try_to_unmap`, after the rmap walk. */
  try_to_unmap_end(): Codes;
  /** Before dirty contents are written out. */
  try_to_unmap_flush_dirty(): Codes;
  /** A reclaimed folio, unmapped and locked, is about to leave the page cache. */
  before_remove_mapping(): Codes;
  /** The end of `shrink_folio_list`: pay or tag, then free. */
  free_reclaimed(folio: Id<'frame'>): Codes;
  /** The same end, for a folio that was unmapped, maybe lazily, and is then kept. */
  keep_reclaimed(): Codes;
  /** `migrate_pages_batch`: all is unmapped, nothing is copied yet. */
  migrate_flush(): Codes;
  /** A migrated folio's old frame is let go, or kept by memory failure. */
  migrate_folio_done(folio: Id<'frame'>, reason: MigrateReason): Codes;
  /** A path is about to act on what it sees in a page table that others may have emptied. */
  flush_tlb_batched_pending(mm: Id<'mm'>, site: PendingSite): Codes;
  /** An allocation finds the watermark too low (migrc up to v8). */
  get_page_from_freelist(): Codes;
  /** Whether the frame may leave the free lists in this context (LUF v12: `luf_takeoff_check`). */
  may_take(frame: Id<'frame'>, context: AllocContext): Bool;
  /** Part of the step that takes a frame off the free lists, under their lock. */
  rmqueue(frame: Id<'frame'>, exit: FreeListExit): Stmts;
  /** A frame taken off the free lists is about to be used. */
  prep_new_page(frame: Id<'frame'>, exit: FreeListExit): Codes;
  /** Part of the step that moves a frame from a per-CPU list to the buddy lists. */
  free_pcppages_bulk(frame: Id<'frame'>): Stmts;
  /** Two free buddies become one block: part of the step that merges them, under the lists' lock. */
  merge_buddies(head: Id<'frame'>, tail: Id<'frame'>): Stmts;
  /** A block is split: its head has just been taken, the rest goes back in the same step. */
  expand(head: Id<'frame'>, rest: Id<'frame'>): Stmts;
  /** A frame's bytes are about to be overwritten as it is freed. */
  free_pages_prepare(folio: Id<'frame'>): Codes;
  /** A point at which LUF cancels what it deferred; `scope` is what the point is about. */
  cancel(point: CancelPoint, scope: Scope): Codes;
  /** Page-table lock held: an entry is about to be set, or to become writable. */
  before_pte_change(mm: Id<'mm'>, va: Id<'va'>): Codes;
  /** A folio is about to be put into a slot of the page cache. */
  before_filemap_add(slot: Id<'slot'>): Codes;
  /** In the step that would fill the slot: whether it must not be filled yet. */
  slot_withheld(slot: Id<'slot'>): Bool;
  /** The end of a gather: flush and free. Left out: the kernel's own. */
  readonly tlb_finish_mmu?: (gather: Gather) => Codes;
  /** Whether mmap must not hand out the address yet. */
  va_withheld(mm: Id<'mm'>, va: Id<'va'>): Bool;
  /** What happens in the design by itself, at any time: scheduler ticks. */
  readonly ambient: readonly Ambient[];
}

/** Where a frame leaves the free lists. */
export type FreeListExit =
  | 'rmqueue'
  | 'isolate_freepages_block'
  | 'page_reporting_cycle'
  | '__offline_isolated_pages'
  | 'take_page_off_buddy';
/** `atomic`: interrupts are off, and nobody may be waited for. */
export type AllocContext = 'task' | 'atomic';

/** What zap_pte_range has gathered. */
export interface Gather {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
  /** An entry was emptied. */
  readonly gathered: Bool;
  /** Private memory that has no home any more. */
  readonly page: Maybe<'frame'>;
  /** The same call maps something else at the address: MAP_FIXED. */
  readonly reuse: boolean;
}

/** What was in an entry that reclaim has emptied. */
export interface EmptiedEntry {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
  readonly folio: Id<'frame'>;
  readonly writable: Bool;
  readonly dirty: Bool;
  /** The folio's slot: its `mapping`; none if it is anonymous. */
  readonly slot: Maybe<'slot'>;
}

/** Why a folio migrates. What memory failure migrates away never reaches the free lists. */
export type MigrateReason = 'MR_COMPACTION' | 'MR_NUMA_MISPLACED' | 'MR_MEMORY_FAILURE';

/** The address space and the file that a flush point is about; the file may be none. */
export interface Scope {
  readonly mm?: Id<'mm'>;
  readonly file?: Maybe<'slot'>;
}

export type PendingSite =
  | 'zap_pte_range'
  | 'change_pte_range'
  | 'move_ptes'
  | 'madvise_free_pte_range'
  | 'madvise_cold_or_pageout_pte_range';
export type CancelPoint =
  | 'file_end_write'
  | 'mapping_write_begin'
  | 'tlb_end_vma'
  | 'ptep_clear_flush'
  | 'handle_mm_fault'
  | 'set_pte_range'
  | 'finish_fault'
  | 'do_anonymous_page'
  | 'wp_page_copy'
  | 'finish_mkwrite_fault'
  | 'handle_pte_fault'
  | 'folio_mkclean'
  | 'folio_invalidate'
  | 'truncate_inode_folio'
  | 'truncate_inode_pages_range'
  | 'mapping_evict_folio'
  | 'mapping_try_invalidate'
  | 'invalidate_inode_pages2_range'
  | 'remove_mapping'
  | 'filemap_add_folio'
  | 'iomap_write_begin'
  | 'kiocb_end_write'
  | 'nfs_sync_mapping'
  | 'shmem_undo_range'
  | 'do_wp_page'
  | 'do_mmap'
  | 'finish_task_switch';

/** Every named place where some design pays, and the question it answers to. */
export const flushPoints = {
  try_to_unmap_flush: 'reclaim flushes its batch before it frees the folios',
  shrink_folio_list: 'reclaim that keeps a folio it has unmapped lazily pays (LUF v12)',
  try_to_unmap_flush_dirty: 'reclaim flushes its batch before dirty contents are written out',
  'flush_tlb_batched_pending@zap_pte_range': 'munmap flushes what reclaim left pending in the mm',
  'flush_tlb_batched_pending@change_pte_range':
    'mprotect flushes what reclaim left pending in the mm',
  'flush_tlb_batched_pending@move_ptes': 'mremap flushes what reclaim left pending in the mm',
  'flush_tlb_batched_pending@madvise_free_pte_range':
    'MADV_FREE flushes what reclaim left pending in the mm',
  'flush_tlb_batched_pending@madvise_cold_or_pageout_pte_range':
    'MADV_COLD and MADV_PAGEOUT flush what reclaim left pending in the mm',
  'try_to_unmap_flush@migrate_pages_batch': 'migration flushes its batch before it copies',
  'try_to_unmap_flush_dirty@migrate_pages_batch':
    'migration defers nothing that has a dirty entry in it (in no kernel)',
  migrate_folio_done: 'memory failure pays for a page that never reaches the free lists (LUF)',
  prep_new_page: 'the allocator pays before a frame gets a new owner (LUF v9 to v11)',
  luf_takeoff: 'the allocator pays for what it takes off the free lists (LUF v12)',
  free_pages_prepare: 'the allocator pays before poison or zeroes overwrite a freed frame',
  file_end_write: 'write(2) pays before it returns (LUF v11)',
  mapping_write_begin: 'write(2) pays for the file before it copies (LUF v12)',
  tlb_end_vma: 'munmap and mprotect pay for the mm, and for a shared file (LUF v12)',
  finish_fault: 'a fault that finds the entry already set, now writable, pays',
  do_anonymous_page: 'an anonymous fault that finds the entry already set, now writable, pays',
  wp_page_copy: 'a copy-on-write that finds the entry already changed, now writable, pays',
  finish_mkwrite_fault:
    'a shared write fault that finds the entry already changed, now writable, pays',
  handle_pte_fault: 'a fault that finds the entry changed before it began, now writable, pays',
  finish_task_switch:
    'a CPU that kept an address space lazily pays for it when it switches away (LUF v12)',
  handle_mm_fault: 'every fault that may have made an entry writable pays at its end (LUF v12)',
  set_pte_range:
    'the fault that installs a writable entry pays after the page-table lock (in no kernel)',
  __remove_mapping:
    'reclaim publishes its own debt before a folio leaves the page cache (in no kernel)',
  folio_mkclean: 'write-protecting a folio for writeback pays for the file (LUF v12)',
  folio_invalidate: 'a folio with private data that is cut off pays for the file (LUF v12)',
  truncate_inode_folio: 'a folio that truncation found locked pays for the file (LUF v12)',
  truncate_inode_pages_range:
    'truncation and hole punching pay for the file, cached or not (LUF v12)',
  mapping_evict_folio: 'each folio that is dropped on request pays for the file (LUF v12)',
  mapping_try_invalidate: 'dropping the unused folios of a file pays for the file (LUF v12)',
  invalidate_inode_pages2_range: "invalidating a file's cache pays for it, even if empty (LUF v12)",
  remove_mapping: 'taking a folio out of the cache on request pays for the file (LUF v12)',
  filemap_add_folio: 'a folio that fills a slot pays for the file first (in no kernel)',
  iomap_write_begin: 'write(2) by iomap pays for the file before it copies (in no kernel)',
  kiocb_end_write: 'a write by io_uring or aio pays when it completes (in no kernel)',
  shmem_undo_range: 'truncation in tmpfs pays for the file, cached or not (in no kernel)',
  nfs_sync_mapping: 'an NFS lock pays for the file, cached or not (in no kernel)',
  'flush_tlb_mm@dup_mmap': 'fork flushes the parent it has write-protected before it returns',
  'mm_tlb_flush_nested@tlb_finish_mmu':
    'who gathers while another one does flushes everything, even if it found nothing',
  'flush_tlb_page@do_wp_page':
    'a write fault in a userfaultfd range flushes before it copies, while some flush is pending',
  ptep_clear_flush: 'clearing an entry that is not present pays instead of skipping (LUF v12)',
  do_wp_page:
    'a store to a present, read-only entry pays before the entry changes (migrc to LUF v10)',
  do_mmap: 'mmap(2) of something writable pays (LUF v10)',
  isolate_freepages_block: 'compaction pays for the free frames it takes',
  page_reporting_cycle: 'free frames are paid for before the host is told that it may discard them',
  __offline_isolated_pages: 'free frames are paid for before their memory is unplugged',
  take_page_off_buddy: 'a free frame that has failed is paid for before it is set aside',
  set_pte:
    "Hansen's first rule: an entry whose old translation is unflushed is flushed before it is set",
  __filemap_add_folio:
    "Hansen's second rule: a slot whose old folio is unflushed is flushed before it gets another one",
  pte_gen: 'whoever changes an entry pays first, by the generation of its page table (Amit)',
  get_page_from_freelist:
    'an allocation below the watermark pays, and frees what is held (migrc to v8)',
  interrupt_context:
    'an interrupt that frees pages leaves the tag of the task it interrupted alone (in no kernel)',
  CONFIG_LAZY_MEM_FREE: 'frames are withheld until every CPU has swept (LATR)',
  get_unmapped_area: 'addresses are withheld until every CPU has swept (LATR)',
} as const;
export type FlushPoint = keyof typeof flushPoints;

/** Points that belong to no design: every kernel of today has them. */
export const kernelPoints: readonly FlushPoint[] = [
  'flush_tlb_mm@dup_mmap',
  'mm_tlb_flush_nested@tlb_finish_mmu',
  'flush_tlb_page@do_wp_page',
];

export interface Design {
  readonly id: string;
  readonly says: string;
  readonly source: string;
  /** The flush points it has as posted. */
  readonly points: readonly FlushPoint[];
  /** The paths in which it leaves a flush for later, by name; left out: everywhere or nowhere. */
  readonly defersIn?: readonly string[];
  /**
   * Its system calls return before CPUs were flushed, and that is meant: why it is allowed. Rules about
   * what a return promises do not fit it.
   */
  readonly returnsEarly?: string;
  build(k: KernelState, has: (point: FlushPoint) => boolean): Hooks;
}

export interface Kernel extends KernelState {
  readonly hooks: Hooks;
  readonly design: Design;
}

/** A design with some flush points taken away or added. */
export interface DesignChoice {
  readonly design: Design;
  readonly without?: readonly FlushPoint[];
  readonly plus?: readonly FlushPoint[];
}

export function buildKernel(world: World, choice: DesignChoice, tlb?: TlbForm): Kernel {
  const points = new Set<FlushPoint>([
    ...kernelPoints,
    ...choice.design.points,
    ...(choice.plus ?? []),
  ]);
  for (const point of choice.without ?? []) points.delete(point);
  const state = declareState(world, (point) => points.has(point), tlb);
  state.declarations.owner = 'design';
  const hooks = choice.design.build(state, (point) => points.has(point));
  state.declarations.owner = 'kernel';
  return { ...state, hooks, design: choice.design };
}

/** `luf-v11-file_end_write+folio_unlock`: how a design choice is written. */
export function nameOfChoice(choice: DesignChoice): string {
  const without = (choice.without ?? []).map((point) => `-${point}`).join('');
  const plus = (choice.plus ?? []).map((point) => `+${point}`).join('');
  return `${choice.design.id}${without}${plus}`;
}
