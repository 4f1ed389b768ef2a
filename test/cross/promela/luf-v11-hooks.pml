/*
 * LUF v11: what was mapped read-only is freed unflushed. The debt is the whole machine's, has a
 * generation, and is paid when a task that has taken a frame with one is about to use it, or when
 * write(2) ends.
 */
#ifdef WITHOUT_PREP_NEW_PAGE
#define AFTER_RMQUEUE post_alloc_hook
#else
#define AFTER_RMQUEUE check_flush_task_ugen
#endif

byte batch_cpus[4];
#ifndef WITHOUT_FLUSH_DIRTY
bool batch_dirty[4];
#endif
byte pending;
#ifdef ASKS_PENDING
byte flushed;
#endif

byte ro_cpus[4];
bool ro_dirty[4];
byte luf_cpus[4];
bool luf_dirty[4];
bool can_luf[4];

byte luf_ubc;
byte luf_gen;
/* One less than the kernel's, which starts at 1. */
byte luf_gen_next;
byte luf_gen_done;
byte on_flushing;
bool luf_on_flushing;
byte tag[3];
/* current->ugen: the newest generation of the frames that the task has taken. */
byte task_ugen[4];

inline off_the_free_list(f) {
  if
  :: task_ugen[me] < tag[f] -> task_ugen[me] = tag[f]
  :: else
  fi;
  tag[f] = 0
}

inline set_batch_dirty(yes) {
#ifndef WITHOUT_FLUSH_DIRTY
  batch_dirty[me] = yes
#else
  skip
#endif
}

inline flush_batch_then(after) { after_batch = after; at = flush_required }
inline pay_all_then(after) { after_payment = after; at = luf_flush }

inline unmap_starts() { at = can_luf_init }
inline unmap_ends() { at = can_luf_test }

inline cleared() { at = entry_cleared }
inline owe_a_flush() {
  pending++;
  if
  :: was_writable ->
    batch_cpus[me] = batch_cpus[me] | LOADED;
    if
    :: was_dirty -> set_batch_dirty(true)
    :: else
    fi;
    can_luf[me] = false
  :: else ->
    ro_cpus[me] = ro_cpus[me] | LOADED;
    ro_dirty[me] = ro_dirty[me] || was_dirty
  fi;
  at = walk_unlock
}

/* The batch takes over what this task may defer, or what it may no longer defer. */
inline fold_into_batch(cpus, dirty) {
  batch_cpus[me] = batch_cpus[me] | cpus;
  if
  :: dirty -> set_batch_dirty(true)
  :: else
  fi
}
inline fold_luf_into_batch() {
  fold_into_batch(luf_cpus[me], luf_dirty[me]);
  luf_cpus[me] = 0;
  luf_dirty[me] = false
}

/* try_to_unmap_luf(): everybody's debt from now on, unless a flush runs that may have missed it. */
inline try_to_unmap_luf() {
  if
  :: on_flushing != 0 || luf_on_flushing -> fold_luf_into_batch(); ugen = 0
  :: else ->
    luf_ubc = luf_ubc | luf_cpus[me];
    luf_gen = luf_gen_next + 1;
    ugen = luf_gen_next + 1;
    luf_cpus[me] = 0;
    luf_dirty[me] = false
  fi
}

inline before_pageout() {
#ifdef WITHOUT_FLUSH_DIRTY
  at = pageout
#else
  at = ubc_writable_test
#endif
}

inline before_remove_mapping() {
#ifdef WITH_PUBLISH
  at = publish
#else
  at = remove_mapping
#endif
}

inline before_free() { at = can_luf_read }
inline before_put_back() { at = can_luf_clear }
inline freed_for_good() { deferred = false; ugen = 0 }

inline flush_before_free() {
#ifdef WITHOUT_FLUSH
  at = folio_ugen
#else
  flush_batch_then(folio_ugen)
#endif
}

inline flush_before_put_back() {
#ifdef WITHOUT_FLUSH
  at = put_back
#else
  flush_batch_then(put_back)
#endif
}

inline before_zap() {
#ifdef ASKS_PENDING
  at = pending_read
#else
  at = zap_pte_range
#endif
}

inline after_write() {
#ifdef WITHOUT_FILE_END_WRITE
  at = return_from_write
#else
  pay_all_then(return_from_write)
#endif
}
