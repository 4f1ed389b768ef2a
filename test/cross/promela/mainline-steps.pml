#ifdef RECLAIM
#ifndef WITHOUT_FLUSH_DIRTY
:: d_step { at == ubc_writable_test ->
    if
    :: batch_dirty[me] -> flush_batch_then(pageout)
    :: else -> at = pageout
    fi
  }
#endif

/* try_to_unmap_flush() */
:: d_step { at == flush_required ->
    if
    :: batch_cpus[me] != 0 -> at = flush_tlb_multi
    :: else -> return_to(after_batch)
    fi
  }
:: d_step { at == flush_tlb_multi ->
    todo = batch_cpus[me];
    after_flush = tlbbatch_clear;
    at = flush_tlb_func
  }
:: d_step { at == tlbbatch_clear ->
    batch_cpus[me] = 0;
    set_batch_dirty(false);
    return_to(after_batch)
  }
#include "pending-steps.pml"
#endif
