// What a user's own path or scenario is written with: `import { path, step, ... } from 'lufcheck'`.
// See docs/writing-paths.md.

export { Problem } from './base/problem.ts';
export type { CampaignSpec } from './campaign/spec.ts';
export { filePage, kswapd, place, sleep, switching, thread, wake } from './catalogue/places.ts';
export type { Provenance, Scenario, Variant } from './catalogue/scenario.ts';
export { emit } from './events/emit.ts';
export { type EventKind, vocabulary } from './events/vocabulary.ts';
export { replayStory, type StoryRequest } from './explain/replay-story.ts';
export type { Story } from './explain/story.ts';
export { designs } from './kernel/designs/all.ts';
export { immediate } from './kernel/designs/immediate.ts';
export { lufV11 } from './kernel/designs/luf-v11.ts';
export { lufV12 } from './kernel/designs/luf-v12/design.ts';
export { mainline } from './kernel/designs/mainline.ts';
export type { Design, DesignChoice, FlushPoint, Kernel } from './kernel/kernel.ts';
export {
  lock,
  mmap_read_lock,
  mmap_read_unlock,
  mmap_write_lock,
  mmap_write_unlock,
  spin_lock_ptl,
  spin_unlock_ptl,
  unlock,
} from './kernel/locks.ts';
export { alloc_pages, free_unref_folio } from './kernel/paths/alloc.ts';
export {
  leave_mm,
  switch_to_kernel_thread,
  switch_to_user,
} from './kernel/paths/context-switch.ts';
export { direct_write } from './kernel/paths/direct-io.ts';
export { handle_mm_fault } from './kernel/paths/fault.ts';
export { filemap_get_folio, folio_unlock } from './kernel/paths/filemap.ts';
export { folio_mapped, folio_put } from './kernel/paths/folio.ts';
export { fork } from './kernel/paths/fork.ts';
export { invalidate_inode_pages2_range } from './kernel/paths/invalidate.ts';
export { ksm_merge } from './kernel/paths/ksm.ts';
export { shrink_lazyfree } from './kernel/paths/lazyfree.ts';
export { madvise_dontneed } from './kernel/paths/madvise.ts';
export { madvise_free } from './kernel/paths/madvise-free.ts';
export { madvise_cold, madvise_pageout } from './kernel/paths/madvise-pageout.ts';
export { hear, tell } from './kernel/paths/message.ts';
export { migrate_pages } from './kernel/paths/migrate.ts';
export { mmap_fixed } from './kernel/paths/mmap.ts';
export { tlb_finish_mmu, tlb_gather_mmu } from './kernel/paths/mmu-gather.ts';
export { mprotect } from './kernel/paths/mprotect.ts';
export { mremap } from './kernel/paths/mremap.ts';
export { munmap, unmap_region } from './kernel/paths/munmap.ts';
export { change_prot_numa } from './kernel/paths/numa.ts';
export { read } from './kernel/paths/read.ts';
export { reclaim, shrink_folio_list } from './kernel/paths/reclaim.ts';
export { rmap_walk } from './kernel/paths/rmap-walk.ts';
export { new_slab } from './kernel/paths/slab.ts';
export { swap_out } from './kernel/paths/swap-out.ts';
export { arch_tlbbatch_flush, flush_tlb_mm_range } from './kernel/paths/tlb-flush.ts';
export { ftruncate, punch_hole } from './kernel/paths/truncate.ts';
export { unmap_mapping_range } from './kernel/paths/unmap-mapping.ts';
export {
  __replace_page,
  type ReplacePage,
  type ReplacePageArgs,
  set_breakpoint_pte,
  uprobe_write_opcode,
} from './kernel/paths/uprobes.ts';
export { load, store } from './kernel/paths/user.ts';
export { write } from './kernel/paths/write.ts';
export { clear_refs, uffd_writeprotect } from './kernel/paths/write-protect.ts';
export { writeback } from './kernel/paths/writeback.ts';
export { startsAnew, zap_page_range_single, zap_pte_range, zapLocals } from './kernel/paths/zap.ts';
export { pte_set_writable, ptep_get_and_clear, set_pte_at } from './kernel/pte.ts';
export { folio_test_anon, pte_none } from './kernel/pte-kinds.ts';
export type { Setup, ThreadSetup, VmaSetup } from './kernel/scenario.ts';
export type { UserKernel } from './kernel/user-kernel.ts';
export { detach_vma } from './kernel/vma.ts';
export { reaches, type Witness } from './kernel/witness.ts';
export { describeWorld, type World } from './kernel/world.ts';
export {
  all,
  Bool,
  type BoolRef,
  emptySet,
  exists,
  Id,
  Int,
  Maybe,
  me,
  no,
  none,
  SetOf,
  some,
  theId,
  yes,
} from './lang/expr.ts';
export type { Code, Stmt } from './lang/nodes.ts';
export {
  again,
  block,
  branch,
  type Codes,
  each,
  leave,
  loop,
  loopWhile,
  path,
  pickStep,
  type Stmts,
  step,
  waitStep,
  when,
} from './lang/program.ts';
export {
  type BoolSort,
  bool,
  type IdSort,
  type IntSort,
  id,
  int,
  type MaybeSort,
  maybe,
  type SetSort,
  setOf,
} from './lang/sorts.ts';
