/* flush_tlb_mm_range(): every CPU that may use the address space, in any order. */
:: d_step { at == inc_mm_tlb_gen -> todo = LOADED; at = flush_tlb_func }
:: d_step { at == flush_tlb_func && (todo & bit(0)) -> flushed_on(0) }
:: d_step { at == flush_tlb_func && (todo & bit(1)) -> flushed_on(1) }
:: d_step { at == flush_tlb_func && (todo & bit(2)) -> flushed_on(2) }
