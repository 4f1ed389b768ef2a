/* __filemap_get_folio(): the file page's folio, locked, read in if it was not there. */
STEP at == filemap_lock_folio && (page_cache == NONE || folio_lock[page_cache] == NONE) ->
  if
  :: page_cache != NONE ->
    folio_lock[page_cache] = me;
    folio = page_cache;
    page = NONE;
    return_to(after_find)
  :: else -> after_alloc = filemap_add_folio; at = rmqueue
  fi
END
STEP at == filemap_add_folio ->
  if
  :: page_cache == NONE ->
    page_cache = page;
    home = page;
    folio_mapping[page] = true;
    folio_lock[page] = me;
    at = filemap_read_folio
  :: else -> at = free_spare
  fi
END
STEP at == free_spare -> give_back(page); at = filemap_lock_folio END
STEP at == filemap_read_folio ->
  read_in(page);
  folio = page;
  page = NONE;
  return_to(after_find)
END

/* alloc_pages(): any free frame. */
STEP at == rmqueue && (free_frames & bit(1)) -> take(1) END
STEP at == rmqueue && (free_frames & bit(2)) -> take(2) END
STEP at == post_alloc_hook -> set_folio_dirty(page, false); return_to(after_alloc) END

/* new_slab(): the kernel takes a page for itself and writes it. */
STEP at == store_to_object -> overwritten(page); page = NONE; next_line() END

/* write(2) of the whole file page. */
STEP at == lock_inode && inode_lock == NONE ->
  inode_lock = me;
  after_find = copy_from_iter;
  at = filemap_lock_folio
END
STEP at == copy_from_iter -> new_version(folio); at = write_end END
STEP at == write_end ->
  set_folio_dirty(folio, true);
  folio_lock[folio] = NONE;
  at = unlock_inode
END
STEP at == unlock_inode -> inode_lock = NONE; after_write() END
STEP at == return_from_write -> folio = NONE; next_line() END
