/* Every emptied entry is flushed before the page-table lock is dropped. */
#define AFTER_RMQUEUE post_alloc_hook

inline off_the_free_list(f) { skip }
inline unmap_starts() { at = mapped_walk }
inline unmap_ends() { forget_walk(); at = folio_test_dirty }
/* ptep_clear_flush(): the dirty bit is looked at after the flush. */
inline cleared() { after_flush = entry_cleared; at = inc_mm_tlb_gen }
inline owe_a_flush() { at = walk_unlock }
inline before_pageout() { at = pageout }
inline before_remove_mapping() { at = remove_mapping }
inline before_free() { at = free_reclaimed }
inline before_put_back() { at = put_back }
inline freed_for_good() { skip }
inline before_zap() { at = zap_pte_range }
inline after_write() { at = return_from_write }
