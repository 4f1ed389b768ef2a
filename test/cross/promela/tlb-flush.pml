/* flush_tlb_mm_range(): every CPU that may use the address space, in any order. */
STEP at == inc_mm_tlb_gen -> todo = LOADED; at = flush_tlb_func END
STEP at == flush_tlb_func && (todo & bit(0)) -> flushed_on(0) END
STEP at == flush_tlb_func && (todo & bit(1)) -> flushed_on(1) END
STEP at == flush_tlb_func && (todo & bit(2)) -> flushed_on(2) END
