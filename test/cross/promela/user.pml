/* A user load: through the TLB, else by a walk, else by a fault. */
STEP at == load ->
  if
  :: tlb_frame[cpu] == NONE && pte_frame != NONE -> tlb_fill(cpu)
  :: else
  fi;
  if
  :: tlb_frame[cpu] != NONE -> user_loads(tlb_frame[cpu]); next_line()
  :: else -> at = mmap_read_lock
  fi
END

#ifdef STORES
/* A user store: anything but a writable, dirty entry makes the CPU walk first. */
STEP at == store ->
  if
  :: tlb_frame[cpu] != NONE && tlb_writable[cpu] && tlb_dirty[cpu] -> skip
  :: else ->
    tlb_drop(cpu);
    if
    :: pte_frame != NONE && pte_writable -> pte_dirty = true; tlb_fill(cpu)
    :: else
    fi
  fi;
  if
  :: tlb_frame[cpu] != NONE -> user_stores(tlb_frame[cpu]); next_line()
  :: else -> write = true; at = mmap_read_lock
  fi
END
#endif

/* A message through something that both threads share already. */
STEP at == tell -> send_to(LISTENER); told[LISTENER] = true; next_line() END
STEP at == hear && told[me] -> receive(); told[me] = false; next_line() END
