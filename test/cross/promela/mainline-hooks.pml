/*
 * Reclaim notes in its batch what it emptied, flushes once, and only then frees. Others ask the
 * address space's two counters whether something is pending.
 */
#define AFTER_RMQUEUE post_alloc_hook

#ifdef RECLAIM
byte batch_cpus[4];
byte pending;
#ifndef WITHOUT_FLUSH_DIRTY
/* Only the flush before write-out asks. */
bool batch_dirty[4];
#endif
#ifdef ASKS_PENDING
byte flushed;
#endif
#endif

inline set_batch_dirty(yes) {
#if defined(RECLAIM) && !defined(WITHOUT_FLUSH_DIRTY)
  batch_dirty[me] = yes
#else
  skip
#endif
}

inline note_pending() {
  batch_cpus[me] = batch_cpus[me] | LOADED;
  if
  :: was_dirty -> set_batch_dirty(true)
  :: else
  fi;
  pending++
}

inline flush_batch_then(after) { after_batch = after; at = flush_required }

inline unmap_starts() { at = mapped_walk }
inline unmap_ends() { forget_walk(); at = folio_test_dirty }
inline cleared() { at = entry_cleared }
inline owe_a_flush() { note_pending(); at = walk_unlock }

inline before_pageout() {
#ifdef WITHOUT_FLUSH_DIRTY
  at = pageout
#else
  at = ubc_writable_test
#endif
}

inline before_remove_mapping() {
#ifdef WITH_PUBLISH
  flush_batch_then(remove_mapping)
#else
  at = remove_mapping
#endif
}

inline before_free() {
#ifdef WITHOUT_FLUSH
  at = free_reclaimed
#else
  flush_batch_then(free_reclaimed)
#endif
}

inline before_put_back() {
#ifdef WITHOUT_FLUSH
  at = put_back
#else
  flush_batch_then(put_back)
#endif
}

inline freed_for_good() { skip }
inline off_the_free_list(f) { skip }

inline before_zap() {
#ifdef ASKS_PENDING
  at = pending_read
#else
  at = zap_pte_range
#endif
}

inline after_write() { at = return_from_write }
