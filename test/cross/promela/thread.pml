/*
 * Every thread has all paths. `at` is the step that comes next; a path that is called notes where
 * to go on in an `after_...`. What only one call needs is back at zero when the call is over, so
 * that no state remembers a past that cannot matter.
 */
mtype = {
  load, store, tell, hear, done,
  mmap_read_lock, handle_pte_fault, mmap_read_unlock,
  finish_fault_lock, set_pte_range, finish_fault_unlock, fault_unlock_folio,
  pte_same_lock, pte_same, folio_get, do_page_mkwrite, mkwrite_lock, finish_mkwrite_fault,
  mkwrite_unlock, mkwrite_unlock_folio, folio_put,
  filemap_lock_folio, filemap_add_folio, free_spare, filemap_read_folio,
  rmqueue, post_alloc_hook, store_to_object,
  lock_inode, copy_from_iter, write_end, unlock_inode, return_from_write,
  folio_trylock, mapped_walk, get_and_clear, entry_cleared, walk_unlock,
  folio_test_dirty, pageout, remove_mapping, reclaim_unlock, free_reclaimed,
  put_back,
  inc_mm_tlb_gen, flush_tlb_func,
  mmap_write_lock, tlb_gather_mmu, zap_lock, zap_pte_range, tlb_flush_rmaps, zap_unlock,
  mm_tlb_flush_nested, free_gathered, dec_tlb_flush_pending, mmap_write_unlock,
  return_from_munmap,
  /* mainline */
  flush_required, flush_tlb_multi, tlbbatch_clear, ubc_writable_test,
  pending_read, pending_cmpxchg,
  /* LUF v11 */
  can_luf_init, can_luf_test, can_luf_read, unmap_luf, publish, folio_ugen,
  can_luf_clear, unmap_luf_kept,
  rmap_flush_start, rmap_flush_end, check_flush_task_ugen, task_ugen_clear, luf_flush, check_ugen, luf_lock,
  luf_gen_done_write
};

#if defined(MAINLINE)
#include "mainline-hooks.pml"
#elif defined(LUF_V11)
#include "luf-v11-hooks.pml"
#else
#include "immediate-hooks.pml"
#endif

inline return_to(after) {
  at = after;
  after = 0
}

inline take(f) {
  off_the_free_list(f);
  free_frames = free_frames & ~bit(f);
  page = f;
  at = AFTER_RMQUEUE
}

inline give_back(f) {
  freed(f);
  folio_mapping[f] = false;
  free_frames = free_frames | bit(f)
}

inline flushed_on(c) {
  tlb_drop(c);
  todo = todo & ~bit(c);
  if
  :: todo == 0 -> return_to(after_flush)
  :: else
  fi
}

inline forget_walk() {
  walked = false;
  was_writable = false;
  was_dirty = false
}

active [THREADS] proctype thread() {
  mtype at = FIRST;
  byte line;
  /* Where the path that runs goes on when it is done. */
  mtype after_alloc = FIRST_FRAME_FOR;
  mtype after_find, after_flush, after_batch, after_payment;
  /* The fault. */
  byte orig;
  bool write, orig_writable, wp, gone, lost;
  /* A folio found or reclaimed, and a frame just allocated or just unmapped. */
  byte folio, page;
  /* Reclaim, and the CPUs that a flush has still to reach. */
  bool walked, was_writable, was_dirty, zapped_dirty;
  byte todo;
  /* Mainline's counter as it was read; LUF's generation, and whether the folio's flush waits. */
  byte seen, ugen;
  bool deferred;

  do
#include "user.pml"
#include "fault.pml"
#include "filemap.pml"
#include "tlb-flush.pml"
#include "reclaim.pml"
#include "munmap.pml"
#if defined(MAINLINE)
#include "mainline-steps.pml"
#elif defined(LUF_V11)
#include "luf-v11-steps.pml"
#endif
  od
}
