#ifdef RECLAIM
/* shrink_folio_list() of the one folio of the file, which is isolated with a reference. */
STEP at == folio_trylock && page_cache != NONE && folio_lock[page_cache] == NONE ->
  folio_lock[page_cache] = me;
  folio_refs[page_cache]++;
  folio = page_cache;
  unmap_starts()
END

/* try_to_unmap(): the walk goes round until no entry names the folio. */
STEP at == mapped_walk && pte_frame == folio && ptl == NONE ->
  ptl = me;
  walked = true;
  at = get_and_clear
END
STEP at == mapped_walk && pte_frame != folio -> unmap_ends() END
STEP at == get_and_clear ->
  was_writable = pte_writable;
  was_dirty = pte_dirty;
  clear_pte();
  cleared()
END
STEP at == entry_cleared ->
  if
  :: was_dirty -> folio_dirty[folio] = true
  :: else
  fi;
  owe_a_flush()
END
STEP at == walk_unlock -> ptl = NONE; at = mapped_walk END

STEP at == folio_test_dirty ->
  if
  /* Mapped still: munmap has emptied an entry and not flushed it. */
  :: folio_delayed[folio] != 0 ->
    folio_lock[folio] = NONE;
    before_put_back()
  :: folio_delayed[folio] == 0 && folio_dirty[folio] -> before_pageout()
  :: else -> before_remove_mapping()
  fi
END
STEP at == pageout ->
  on_disk = version[folio];
  folio_dirty[folio] = false;
  at = folio_test_dirty
END
STEP at == remove_mapping ->
  if
  :: folio_refs[folio] != 1 || pte_frame == folio ->
    folio_lock[folio] = NONE;
    before_put_back()
  :: else ->
    page_cache = NONE;
    home = NONE;
    folio_mapping[folio] = false;
    folio_refs[folio] = 0;
    at = reclaim_unlock
  fi
END
STEP at == reclaim_unlock -> folio_lock[folio] = NONE; before_free() END
STEP at == free_reclaimed ->
  give_back(folio);
  folio = NONE;
  freed_for_good();
  next_line()
END

/* A folio that is kept stays in the page cache: this is never its last reference. */
STEP at == put_back ->
  folio_refs[folio]--;
  assert(folio_mapping[folio]);
  folio = NONE;
  next_line()
END
#endif
