/* munmap(2) of the page. */
:: d_step { at == mmap_write_lock && mmap_writer == NONE && mmap_readers == 0 ->
    mmap_writer = me;
    address_is_gone(1);
    address_is_gone(2);
    address_is_gone(3);
    vma_mapped = false;
    vma_writable = false;
    at = zap_lock
  }
:: d_step { at == zap_lock && ptl == NONE -> ptl = me; before_zap() }
:: d_step { at == zap_pte_range ->
    if
    :: pte_frame != NONE ->
      gathered = true;
      if
      :: pte_dirty -> set_folio_dirty(pte_frame, true)
      :: else
      fi;
      clear_pte()
    :: else
    fi;
    at = zap_unlock
  }
:: d_step { at == zap_unlock ->
    ptl = NONE;
    if
    :: gathered -> gathered = false; after_flush = mmap_write_unlock; at = inc_mm_tlb_gen
    :: else -> at = mmap_write_unlock
    fi
  }
:: d_step { at == mmap_write_unlock -> mmap_writer = NONE; at = return_from_munmap }
:: d_step { at == return_from_munmap -> next_line() }
