#ifdef ASKS_PENDING
/* flush_tlb_batched_pending(), page-table lock held */
STEP at == pending_read ->
  if
  :: pending != flushed -> seen = pending; after_flush = pending_cmpxchg; at = inc_mm_tlb_gen
  :: else -> at = zap_pte_range
  fi
END
STEP at == pending_cmpxchg ->
  if
  :: pending == seen -> flushed = seen
  :: else
  fi;
  seen = 0;
  at = zap_pte_range
END
#endif
