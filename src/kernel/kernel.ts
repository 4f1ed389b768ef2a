// A modelled kernel: the machine's state and the design that says when translations are flushed.

import type { Bool, Id, Maybe } from '../lang/expr.ts';
import type { Codes, Stmts } from '../lang/program.ts';
import { declareState, type KernelState } from './state.ts';
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
  /** A path is about to act on what it sees in a page table that others may have emptied. */
  flush_tlb_batched_pending(mm: Id<'mm'>, site: PendingSite): Codes;
  /** Part of the step that takes a frame off the free lists, under their lock. */
  rmqueue(frame: Id<'frame'>): Stmts;
  /** A frame taken off the free lists is about to get an owner. */
  prep_new_page(frame: Id<'frame'>): Codes;
  /** A frame's bytes are about to be overwritten as it is freed. */
  free_pages_prepare(): Codes;
  /** A point at which LUF cancels what it deferred; `scope` is what the point is about. */
  cancel(point: CancelPoint, scope: Scope): Codes;
}

/** What was in an entry that reclaim has emptied. */
export interface EmptiedEntry {
  readonly mm: Id<'mm'>;
  readonly writable: Bool;
  readonly dirty: Bool;
  /** The folio's slot: its `mapping`. */
  readonly slot: Id<'slot'>;
}

/** The address space and the file that a flush point is about; the file may be none. */
export interface Scope {
  readonly mm?: Id<'mm'>;
  readonly file?: Maybe<'slot'>;
}

export type PendingSite = 'zap_pte_range' | 'change_pte_range';
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
  | 'finish_task_switch';

/** Every named place where some design pays, and the question it answers to. */
export const flushPoints = {
  try_to_unmap_flush: 'reclaim flushes its batch before it frees the folios',
  try_to_unmap_flush_dirty: 'reclaim flushes its batch before dirty contents are written out',
  'flush_tlb_batched_pending@zap_pte_range': 'munmap flushes what reclaim left pending in the mm',
  'flush_tlb_batched_pending@change_pte_range':
    'mprotect flushes what reclaim left pending in the mm',
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
  ptep_clear_flush: 'clearing an entry that is not present pays instead of skipping (LUF v12)',
} as const;
export type FlushPoint = keyof typeof flushPoints;

export interface Design {
  readonly id: string;
  readonly says: string;
  readonly source: string;
  /** The flush points it has as posted. */
  readonly points: readonly FlushPoint[];
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

export function buildKernel(world: World, choice: DesignChoice): Kernel {
  const state = declareState(world);
  const points = new Set<FlushPoint>([...choice.design.points, ...(choice.plus ?? [])]);
  for (const point of choice.without ?? []) points.delete(point);
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
