/* munmap(2) of the page. */
STEP at == mmap_write_lock && mmap_writer == NONE && mmap_readers == 0 ->
  mmap_writer = me;
  address_is_gone(1);
  address_is_gone(2);
  address_is_gone(3);
  vma_mapped = false;
  vma_writable = false;
  at = tlb_gather_mmu
END
STEP at == tlb_gather_mmu -> flush_pending++; at = zap_lock END
STEP at == zap_lock && ptl == NONE -> ptl = me; before_zap() END
STEP at == zap_pte_range ->
  if
  :: pte_frame != NONE ->
    if
    :: pte_dirty ->
      set_folio_dirty(pte_frame, true);
      delay_rmap(pte_frame, 1);
      zapped_dirty = true
    :: else
    fi;
    /* The gather keeps the page until the flush is done. */
    page = pte_frame;
    folio_refs[page]++;
    clear_pte()
  :: else
  fi;
  if
  /* A dirty page of a file is flushed before the lock is dropped. */
  :: zapped_dirty -> after_flush = tlb_flush_rmaps; at = inc_mm_tlb_gen
  :: else -> at = zap_unlock
  fi
END
STEP at == tlb_flush_rmaps -> delay_rmap(page, -1); at = zap_unlock END
STEP at == zap_unlock ->
  ptl = NONE;
  at = mm_tlb_flush_nested
END
STEP at == mm_tlb_flush_nested ->
  /* Nobody else gathers here: what was found empty is nobody's flush. */
  assert(flush_pending == 1);
  if
  :: page != NONE && zapped_dirty -> at = free_gathered
  :: page != NONE && !zapped_dirty -> after_flush = free_gathered; at = inc_mm_tlb_gen
  :: else -> at = dec_tlb_flush_pending
  fi
END
/* free_pages_and_swap_cache(): a page of a file stays in the cache. */
STEP at == free_gathered ->
  folio_refs[page]--;
  at = dec_tlb_flush_pending
END
STEP at == dec_tlb_flush_pending ->
  flush_pending--;
  page = NONE;
  zapped_dirty = false;
  at = mmap_write_unlock
END
STEP at == mmap_write_unlock -> mmap_writer = NONE; at = return_from_munmap END
STEP at == return_from_munmap -> next_line() END
