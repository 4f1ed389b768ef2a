/* Every emptied entry is flushed before the page-table lock is dropped. */
#define AFTER_RMQUEUE post_alloc_hook

inline off_the_free_list(f) { skip }
inline unmap_starts() { at = mapped_walk }
inline unmap_ends() { forget_walk(); at = folio_test_dirty }
inline owe_a_flush() { after_flush = walk_unlock; at = inc_mm_tlb_gen }
inline before_pageout() { at = pageout }
inline before_remove_mapping() { at = remove_mapping }
inline before_free() { at = free_reclaimed }
inline before_put_back() { at = put_back }
inline freed_for_good() { skip }
inline before_zap() { at = zap_pte_range }
inline after_write() { at = return_from_write }
