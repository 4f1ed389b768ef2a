/*
 * The lazy-flush model of ../models/luf, written again for Spin: one d_step for each of its steps.
 * What a world has is given by -D: CPUS, PAGES (page i shows slot i), WRITABLE (the last so many pages), FRAMES,
 * MAY_HOLD (else explicit TLB entries), BROKEN, how many threads there are of each kind (RECLAIMS,
 * FAULTS, WRITES), and how often each of them goes round (..._ROUNDS, 255 for ever).
 *
 * A frame, CPU or thread is stored plus one where there may be none.
 */
#define bit(i)      (1 << (i))
#define EVERY_CPU   (bit(CPUS) - 1)
#define SLOT(va)    va
#define MAY_WRITE(va) ((va) >= PAGES - WRITABLE)

#if CPUS == 2
#define SOME_CPU(M) M(0) M(1)
#else
#define SOME_CPU(M) M(0) M(1) M(2) M(3)
#endif

#if PAGES == 2
#define SOME_VA(M) M(0) M(1)
#define SOME_VA_OF(M, c) M(c, 0) M(c, 1)
#else
#define SOME_VA(M) M(0) M(1) M(2) M(3) M(4) M(5)
#define SOME_VA_OF(M, c) M(c, 0) M(c, 1) M(c, 2) M(c, 3) M(c, 4) M(c, 5)
#endif

#if PAGES == 2
#define SOME_SLOT_OF(M, f) M(0, f) M(1, f)
#else
#define SOME_SLOT_OF(M, f) M(0, f) M(1, f) M(2, f) M(3, f) M(4, f) M(5, f)
#endif

#if FRAMES == 2
#define SOME_FRAME(M) M(0) M(1)
#elif FRAMES == 3
#define SOME_FRAME(M) M(0) M(1) M(2)
#else
#define SOME_FRAME(M) M(0) M(1) M(2) M(3) M(4) M(5) M(6) M(7)
#endif

typedef percpu {
#ifdef MAY_HOLD
  byte tlb[PAGES]       /* a set of frames */
#else
  byte tlb[PAGES]       /* a frame */
#endif
};
percpu cpu[CPUS];
byte pte[PAGES];
byte ptl;
byte slot_frame[PAGES];
byte folio_lock[FRAMES];
bool in_use[FRAMES];
byte pending[FRAMES];   /* a set of CPUs */
byte content[FRAMES];   /* a slot */
bool content_version[FRAMES];
bool version[PAGES];

byte i, j, k;           /* loop counters, zero between steps */

/* Every turn of a thread takes one of these. */
#define TURN(left)      (left > 0)
#define TURN_OVER(left) if :: left != 255 -> left-- :: else fi

inline write_content(s, f) {
  version[s] = !version[s];
  content_version[f] = version[s]
}

#define WRONG(va, f) \
  (content[f] != SLOT(va) + 1 || content_version[f] != version[SLOT(va)])

#ifdef MAY_HOLD

/* The slot's content was read into the frame: nobody may hold it for another. */
inline filled(s, f) {
  for (i : 0 .. CPUS - 1) {
    for (j : 0 .. PAGES - 1) {
      assert(SLOT(j) == s || !(cpu[i].tlb[j] & bit(f)))
    }
  }
  i = 0; j = 0
}

/* The slot has a new version, in this frame only: nobody may hold another for it. */
inline written(s, f) {
  for (i : 0 .. CPUS - 1) {
    for (j : 0 .. PAGES - 1) {
      assert(SLOT(j) != s || !(cpu[i].tlb[j] & ~bit(f)))
    }
  }
  i = 0; j = 0
}

inline tlb_drop(c, f) {
  for (j : 0 .. PAGES - 1) {
    if
    :: pte[j] != f + 1 -> cpu[c].tlb[j] = cpu[c].tlb[j] & ~bit(f)
    :: else
    fi
  }
  j = 0
}

inline tlb_mapped(va, f) {
  for (i : 0 .. CPUS - 1) {
    cpu[i].tlb[va] = cpu[i].tlb[va] | bit(f)
  }
  i = 0
}

#else

#define filled(s, f)        skip
#define written(s, f)       skip
#define tlb_mapped(va, f)   skip

inline tlb_drop(c, f) {
  for (j : 0 .. PAGES - 1) {
    if
    :: cpu[c].tlb[j] == f + 1 -> cpu[c].tlb[j] = 0
    :: else
    fi
  }
  j = 0
}

#endif

#ifdef BROKEN
#define paid(c, f)  skip
#else
#define paid(c, f)  tlb_drop(c, f)
#endif

/* ------------------------------------------------------------------ reclaim */

#if RECLAIMS > 0

#if PAGES == 2
#define CACHED(f) (slot_frame[0] == f + 1 || slot_frame[1] == f + 1)
#else
#define CACHED(f) (slot_frame[0] == f + 1 || slot_frame[1] == f + 1 || \
                   slot_frame[2] == f + 1 || slot_frame[3] == f + 1 || \
                   slot_frame[4] == f + 1 || slot_frame[5] == f + 1)
#endif
#if PAGES == 2
#define MAPPED(f) (pte[0] == f + 1 || pte[1] == f + 1)
#else
#define MAPPED(f) (pte[0] == f + 1 || pte[1] == f + 1 || pte[2] == f + 1 || pte[3] == f + 1 || \
                   pte[4] == f + 1 || pte[5] == f + 1)
#endif

#define FOLIO_TRYLOCK(x) \
  :: d_step { TURN(left) && CACHED(x) && folio_lock[x] == 0 -> folio_lock[x] = _pid + 1; f = x }

#define PTEP_GET_AND_CLEAR(x) \
  :: d_step { pte[x] == f + 1 -> \
       pte[x] = 0; \
       if \
       :: MAY_WRITE(x) -> urgent = EVERY_CPU \
       :: else -> pending[f] = EVERY_CPU \
       fi \
     }; goto rmap_walk

#define TRY_TO_UNMAP_FLUSH(c) \
  :: d_step { (urgent & bit(c)) -> tlb_drop(c, f); urgent = urgent & ~bit(c) }; goto flush

active [RECLAIMS] proctype shrink_folio_list() {
  byte left = RECLAIM_ROUNDS;
  byte f, urgent;

again:
  if
  SOME_FRAME(FOLIO_TRYLOCK)
  fi;
  d_step { ptl == 0 -> ptl = _pid + 1 };
rmap_walk:
  if
  SOME_VA(PTEP_GET_AND_CLEAR)
  :: d_step { !MAPPED(f) -> ptl = 0 }
  fi;
flush:
  if
  SOME_CPU(TRY_TO_UNMAP_FLUSH)
  :: d_step { urgent == 0 -> skip }
  fi;
  d_step { /* __remove_mapping */
    true;
    for (i : 0 .. PAGES - 1) {
      if
      :: slot_frame[i] == f + 1 -> slot_frame[i] = 0
      :: else
      fi
    }
    i = 0
  };
  d_step { /* free_unref_folio */
    true;
    folio_lock[f] = 0;
    in_use[f] = false;
    f = 0;
    TURN_OVER(left)
  };
  goto again
}

#endif

/* -------------------------------------------------------------------- fault */

#if FAULTS > 0

#define HANDLE_MM_FAULT(x) \
  :: d_step { TURN(left) && pte[x] == 0 -> va = x }

#define RMQUEUE(x) \
  :: d_step { !in_use[x] -> in_use[x] = true; folio_lock[x] = _pid + 1; f = x }

#define PREP_NEW_PAGE(c) \
  :: d_step { (pending[f] & bit(c)) -> paid(c, f); pending[f] = pending[f] & ~bit(c) }; goto pay

active [FAULTS] proctype handle_mm_fault() {
  byte left = FAULT_ROUNDS;
  byte va, f;

again:
  if
  SOME_VA(HANDLE_MM_FAULT)
  fi;
retry:
  if
  :: d_step { slot_frame[SLOT(va)] != 0 -> f = slot_frame[SLOT(va)] - 1 }; goto cached
  :: d_step { slot_frame[SLOT(va)] == 0 -> skip }
  fi;
  if
  SOME_FRAME(RMQUEUE)
  fi;
pay:
  if
  SOME_CPU(PREP_NEW_PAGE)
  :: d_step { pending[f] == 0 -> skip }
  fi;
  if /* filemap_add_folio */
  :: d_step { slot_frame[SLOT(va)] != 0 -> in_use[f] = false; folio_lock[f] = 0 }; goto retry
  :: d_step { slot_frame[SLOT(va)] == 0 ->
       slot_frame[SLOT(va)] = f + 1;
       content[f] = SLOT(va) + 1;
       content_version[f] = version[SLOT(va)];
       filled(SLOT(va), f)
     }; goto map
  fi;
cached:
  if /* folio_lock */
  :: d_step { folio_lock[f] == 0 && slot_frame[SLOT(va)] != f + 1 -> skip }; goto retry
  :: d_step { folio_lock[f] == 0 && slot_frame[SLOT(va)] == f + 1 -> folio_lock[f] = _pid + 1 }
  fi;
map: /* a jump may lead to an if, not to a d_step */
  if
  :: d_step { ptl == 0 -> ptl = _pid + 1 }
  fi;
  d_step { /* set_pte_at */
    true;
    if
    :: pte[va] == 0 -> pte[va] = f + 1; tlb_mapped(va, f)
    :: else
    fi
  };
  d_step { true; ptl = 0 };
  d_step { /* folio_unlock */
    true;
    folio_lock[f] = 0;
    f = 0;
    va = 0;
    TURN_OVER(left)
  };
  goto again
}

#endif

/* ----------------------------------------------------------------- write(2) */

#if WRITES > 0

#if FRAMES == 2
#define OWED (pending[0] | pending[1])
#elif FRAMES == 3
#define OWED (pending[0] | pending[1] | pending[2])
#else
#define OWED (pending[0] | pending[1] | pending[2] | pending[3] | pending[4] | pending[5] | \
              pending[6] | pending[7])
#endif

#define FILEMAP_LOCK_FOLIO(s, x) \
  :: d_step { TURN(left) && slot_frame[s] == x + 1 && folio_lock[x] == 0 -> \
       folio_lock[x] = _pid + 1; slot = s; f = x }
#define FILEMAP_LOCK(x) SOME_SLOT_OF(FILEMAP_LOCK_FOLIO, x)

#define LUF_FLUSH(c) \
  :: d_step { (OWED & bit(c)) -> \
       for (i : 0 .. FRAMES - 1) { \
         if \
         :: (pending[i] & bit(c)) -> paid(c, i); pending[i] = pending[i] & ~bit(c) \
         :: else \
         fi \
       } \
       i = 0 \
     }; goto pay

active [WRITES] proctype generic_perform_write() {
  byte left = WRITE_ROUNDS;
  byte slot, f;

again:
  if
  SOME_FRAME(FILEMAP_LOCK)
  fi;
pay:
  if
  SOME_CPU(LUF_FLUSH)
  :: d_step { OWED == 0 -> skip }
  fi;
  d_step { true; write_content(slot, f); written(slot, f) };
  d_step { /* folio_unlock */
    true;
    folio_lock[f] = 0;
    f = 0;
    slot = 0;
    TURN_OVER(left)
  };
  goto again
}

#endif

/* ----------------------------------------------------------------- hardware */

#ifdef MAY_HOLD

#define STORE_TO(c, v, x) \
  :: d_step { MAY_WRITE(v) && (cpu[c].tlb[v] & bit(x)) -> \
       assert(slot_frame[SLOT(v)] == x + 1); \
       write_content(SLOT(v), x); \
       written(SLOT(v), x) }
#if FRAMES == 2
#define USES(c, v) STORE_TO(c, v, 0) STORE_TO(c, v, 1)
#elif FRAMES == 3
#define USES(c, v) STORE_TO(c, v, 0) STORE_TO(c, v, 1) STORE_TO(c, v, 2)
#else
#define USES(c, v) STORE_TO(c, v, 0) STORE_TO(c, v, 1) STORE_TO(c, v, 2) STORE_TO(c, v, 3) \
                   STORE_TO(c, v, 4) STORE_TO(c, v, 5) STORE_TO(c, v, 6) STORE_TO(c, v, 7)
#endif

#else

#define USES(c, v) \
  :: d_step { pte[v] != 0 && cpu[c].tlb[v] == 0 -> cpu[c].tlb[v] = pte[v] } \
  :: d_step { cpu[c].tlb[v] != 0 -> cpu[c].tlb[v] = 0 } \
  :: d_step { cpu[c].tlb[v] != 0 -> assert(!WRONG(v, cpu[c].tlb[v] - 1)) } \
  :: d_step { MAY_WRITE(v) && cpu[c].tlb[v] != 0 -> \
       assert(slot_frame[SLOT(v)] == cpu[c].tlb[v]); \
       write_content(SLOT(v), cpu[c].tlb[v] - 1) }

#endif

#define OF_CPU(c) SOME_VA_OF(USES, c)

active proctype hardware() {
  do
  SOME_CPU(OF_CPU)
  od
}
