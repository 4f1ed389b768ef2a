/* try_to_unmap() */
STEP at == can_luf_init -> can_luf[me] = true; at = mapped_walk END
STEP at == can_luf_test ->
  if
  :: can_luf[me] && ro_cpus[me] != 0 ->
    luf_cpus[me] = luf_cpus[me] | ro_cpus[me];
    luf_dirty[me] = luf_dirty[me] || ro_dirty[me]
  :: else -> can_luf[me] = false; fold_into_batch(ro_cpus[me], ro_dirty[me])
  fi;
  ro_cpus[me] = 0;
  ro_dirty[me] = false;
  forget_walk();
  at = folio_test_dirty
END

#ifndef WITHOUT_FLUSH_DIRTY
STEP at == ubc_writable_test ->
  if
  :: batch_dirty[me] || luf_dirty[me] -> flush_batch_then(pageout)
  :: else -> at = pageout
  fi
END
#endif

/* The repair: a debt that can be deferred is everybody's before the folio leaves the cache. */
STEP at == publish ->
  if
  :: on_flushing != 0 || luf_on_flushing || batch_cpus[me] != 0 ->
    flush_batch_then(remove_mapping)
  :: else ->
    luf_ubc = luf_ubc | luf_cpus[me];
    luf_gen = luf_gen_next + 1;
    at = remove_mapping
  fi
END

/* The end of shrink_folio_list() */
STEP at == can_luf_read ->
  deferred = can_luf[me];
  can_luf[me] = false;
  if
  :: deferred -> at = unmap_luf
  :: else -> flush_before_free()
  fi
END
STEP at == unmap_luf -> try_to_unmap_luf(); flush_before_free() END
STEP at == folio_ugen -> tag[folio] = ugen; at = free_reclaimed END

/* The same for a folio that is kept, which gets no generation. */
STEP at == can_luf_clear -> can_luf[me] = false; at = unmap_luf_kept END
STEP at == unmap_luf_kept -> try_to_unmap_luf(); ugen = 0; flush_before_put_back() END

/* try_to_unmap_flush() */
STEP at == flush_required ->
  fold_luf_into_batch();
  if
  :: batch_cpus[me] != 0 -> at = rmap_flush_start
  :: else -> return_to(after_batch)
  fi
END
STEP at == rmap_flush_start -> on_flushing++; at = flush_tlb_multi END
STEP at == flush_tlb_multi ->
  todo = batch_cpus[me];
  after_flush = rmap_flush_end;
  at = flush_tlb_func
END
STEP at == rmap_flush_end ->
  luf_ubc = luf_ubc & ~batch_cpus[me];
  on_flushing--;
  batch_cpus[me] = 0;
  set_batch_dirty(false);
  return_to(after_batch)
END

/* Who pays: the allocator by the task's generation, write(2) for everything. */
STEP at == check_flush_task_ugen ->
  ugen = task_ugen[me];
  if
  :: ugen == 0 -> at = task_ugen_clear
  :: else -> after_payment = task_ugen_clear; at = luf_lock
  fi
END
STEP at == task_ugen_clear -> task_ugen[me] = 0; at = post_alloc_hook END
STEP at == luf_flush -> ugen = luf_gen; at = check_ugen END

/* check_luf_flush() */
STEP at == check_ugen ->
  if
  :: ugen == 0 -> return_to(after_payment)
  :: else -> at = luf_lock
  fi
END
STEP at == luf_lock && !(luf_gen_done + 1 == ugen && luf_on_flushing) ->
  if
  :: luf_gen_done + 1 == ugen && luf_ubc != 0 ->
    batch_cpus[me] = batch_cpus[me] | luf_ubc;
    luf_ubc = 0;
    luf_gen_next = luf_gen;
    luf_on_flushing = true;
    flush_batch_then(luf_gen_done_write)
  :: else -> ugen = 0; return_to(after_payment)
  fi
END
STEP at == luf_gen_done_write ->
  luf_on_flushing = false;
  luf_gen_done = ugen;
  ugen = 0;
  return_to(after_payment)
END
#include "pending-steps.pml"
