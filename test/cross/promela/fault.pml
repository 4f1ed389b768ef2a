/* handle_mm_fault() of an address that maps a file page shared. */
STEP at == mmap_read_lock && mmap_writer == NONE ->
  if
  :: vma_mapped && (!write || vma_writable) ->
    mmap_readers = mmap_readers | bit(me);
    at = handle_pte_fault
  :: else -> write = false; next_line() /* SIGSEGV */
  fi
END
STEP at == handle_pte_fault ->
  orig = pte_frame;
  orig_writable = pte_writable;
  if
  :: orig == NONE -> after_find = finish_fault_lock; at = filemap_lock_folio
  :: else -> at = pte_same_lock
  fi
END

/* No entry: do_read_fault(), do_shared_fault(), finish_fault(). */
STEP at == finish_fault_lock && ptl == NONE -> ptl = me; at = set_pte_range END
STEP at == set_pte_range ->
  if
  :: pte_frame == NONE -> pte_frame = folio; pte_writable = write; pte_dirty = write
  :: else -> lost = true; assert(!pte_writable) /* LUF's hook for it is not written here */
  fi;
  at = finish_fault_unlock
END
STEP at == finish_fault_unlock -> ptl = NONE; at = fault_unlock_folio END
STEP at == fault_unlock_folio ->
  if
  :: write && !lost -> set_folio_dirty(folio, true)
  :: else
  fi;
  folio_lock[folio] = NONE;
  folio = NONE;
  lost = false;
  at = mmap_read_unlock
END

/* An entry is there. */
STEP at == pte_same_lock && ptl == NONE -> ptl = me; at = pte_same END
STEP at == pte_same ->
  if
  :: pte_frame == orig && pte_writable == orig_writable && write && !pte_writable ->
    wp = true;
    at = folio_get
  :: else ->
    assert(pte_frame == NONE || !pte_writable || orig_writable); /* as above */
    ptl = NONE;
    at = mmap_read_unlock
  fi
END

/* wp_page_shared(): the entry becomes writable, with no flush. */
STEP at == folio_get -> folio_refs[orig]++; ptl = NONE; at = do_page_mkwrite END
STEP at == do_page_mkwrite && (folio_lock[orig] == NONE || !folio_mapping[orig]) ->
  if
  :: folio_mapping[orig] -> folio_lock[orig] = me; at = mkwrite_lock
  :: else -> gone = true; at = folio_put
  fi
END
STEP at == mkwrite_lock && ptl == NONE -> ptl = me; at = finish_mkwrite_fault END
STEP at == finish_mkwrite_fault ->
  if
  :: pte_frame == orig && !pte_writable ->
    pte_writable = true;
    pte_dirty = true;
    set_folio_dirty(orig, true)
  :: else -> assert(pte_frame == NONE || !pte_writable) /* as above */
  fi;
  at = mkwrite_unlock
END
STEP at == mkwrite_unlock -> ptl = NONE; at = mkwrite_unlock_folio END
STEP at == mkwrite_unlock_folio -> folio_lock[orig] = NONE; at = folio_put END
STEP at == folio_put -> folio_refs[orig]--; gone = false; at = mmap_read_unlock END

/* Back to the instruction, which is tried again. */
STEP at == mmap_read_unlock ->
  mmap_readers = mmap_readers & ~bit(me);
  at = (write -> store : load);
  orig = NONE;
  orig_writable = false;
  wp = false;
  write = false
END
