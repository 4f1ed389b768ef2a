/* __filemap_get_folio(): the file page's folio, locked, read in if it was not there. */
:: d_step { at == filemap_lock_folio && (page_cache == NONE || folio_lock[page_cache] == NONE) ->
    if
    :: page_cache != NONE ->
      folio_lock[page_cache] = me;
      folio = page_cache;
      page = NONE;
      return_to(after_find)
    :: else -> after_alloc = filemap_add_folio; at = rmqueue
    fi
  }
:: d_step { at == filemap_add_folio ->
    if
    :: page_cache == NONE ->
      page_cache = page;
      home = page;
      folio_mapping[page] = true;
      folio_lock[page] = me;
      at = filemap_read_folio
    :: else -> at = free_spare
    fi
  }
:: d_step { at == free_spare -> give_back(page); at = filemap_lock_folio }
:: d_step { at == filemap_read_folio ->
    read_in(page);
    folio = page;
    page = NONE;
    return_to(after_find)
  }

/* alloc_pages(): any free frame. */
:: d_step { at == rmqueue && (free_frames & bit(1)) -> take(1) }
:: d_step { at == rmqueue && (free_frames & bit(2)) -> take(2) }
:: d_step { at == post_alloc_hook -> set_folio_dirty(page, false); return_to(after_alloc) }

/* new_slab(): the kernel takes a page for itself and writes it. */
:: d_step { at == store_to_object -> overwritten(page); page = NONE; next_line() }

/* write(2) of the whole file page. */
:: d_step { at == lock_inode && inode_lock == NONE ->
    inode_lock = me;
    after_find = copy_from_iter;
    at = filemap_lock_folio
  }
:: d_step { at == copy_from_iter -> new_version(folio); at = write_end }
:: d_step { at == write_end ->
    set_folio_dirty(folio, true);
    folio_lock[folio] = NONE;
    at = unlock_inode
  }
:: d_step { at == unlock_inode -> inode_lock = NONE; after_write() }
:: d_step { at == return_from_write -> folio = NONE; next_line() }
