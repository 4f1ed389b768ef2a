/* A user load: through the TLB, else by a walk, else by a fault. */
:: d_step { at == load ->
    if
    :: tlb_frame[cpu] == NONE && pte_frame != NONE -> tlb_fill(cpu)
    :: else
    fi;
    if
    :: tlb_frame[cpu] != NONE -> user_loads(tlb_frame[cpu]); next_line()
    :: else -> at = mmap_read_lock
    fi
  }

#ifdef STORES
/* A user store: anything but a writable, dirty entry makes the CPU walk first. */
:: d_step { at == store ->
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
  }
#endif

/* A message through something that both threads share already. */
:: d_step { at == tell -> send_to(LISTENER); told[LISTENER] = true; next_line() }
:: d_step { at == hear && told[me] -> receive(); told[me] = false; next_line() }
