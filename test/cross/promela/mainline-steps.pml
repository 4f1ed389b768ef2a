#ifdef RECLAIM
#ifndef WITHOUT_FLUSH_DIRTY
STEP at == ubc_writable_test ->
  if
  :: batch_dirty[me] -> flush_batch_then(pageout)
  :: else -> at = pageout
  fi
END
#endif

/* try_to_unmap_flush() */
STEP at == flush_required ->
  if
  :: batch_cpus[me] != 0 -> at = flush_tlb_multi
  :: else -> return_to(after_batch)
  fi
END
STEP at == flush_tlb_multi ->
  todo = batch_cpus[me];
  after_flush = tlbbatch_clear;
  at = flush_tlb_func
END
STEP at == tlbbatch_clear ->
  batch_cpus[me] = 0;
  set_batch_dirty(false);
  return_to(after_batch)
END
#include "pending-steps.pml"
#endif
