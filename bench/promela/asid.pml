/*
 * The ASID allocator of the arm64 kernel for Spin: see ../models/asid/model.ts, and asidalloc.tla of
 * kernel-tla, which both are written from. TASKS, and FIRST where allocation starts, are given by -D. One d_step for each label of the specification. An ASID with its generation is asid + 4 * generation, NULL_ASID is 0; a task is
 * stored plus one where there may be none.
 */
#define ASIDS       4
#define GENERATIONS 3
#define NULL_ASID   0
#define asid_of(x)  ((x) & 3)
#define gen_of(x)   ((x) >> 2)
#define make(a, g)  ((a) | ((g) << 2))
#define bit(i)      (1 << (i))

#define MAPPED      0
#define UNMAPPED    1
#define INVALIDATED 2

typedef per_cpu {
  byte tlb[TASKS];      /* for each task a set of ASIDs */
  byte active_task;
  byte active_asid;
  byte active_asids;
  byte reserved_asids;
  byte ret_new_context;
  bool ret_check;
  bool flush_pending;
  bool switching         /* not in sched_loop */
};
per_cpu cpu[2];
byte pte[TASKS];
byte mm_context_id[TASKS];
bool cpu_asid_lock;
byte asid_generation = 1;
byte asid_map;          /* a set of ASIDs */
byte cur_idx = FIRST;

byte i, j;              /* loop counters, zero between steps */

#define ACTIVE(t) (cpu[0].active_task == (t) + 1 || cpu[1].active_task == (t) + 1)

inline invariants() {
  for (i : 0 .. TASKS - 1) {
    for (j : 0 .. TASKS - 1) {
      assert(i == j || !(cpu[0].tlb[i] & cpu[0].tlb[j])); /* UniqueASIDPerCPU */
      assert(i == j || !(cpu[1].tlb[i] & cpu[1].tlb[j]))
    }
    /* TLBEmptyInvalPTE */
    assert(pte[i] != INVALIDATED || !ACTIVE(i) ||
           !((cpu[0].tlb[i] | cpu[1].tlb[i]) & bit(asid_of(mm_context_id[i]))))
  }
  i = 0;
  j = 0;
  /* SameASIDActiveTask */
  assert(cpu[0].switching || cpu[1].switching || cpu[0].active_task == 0 ||
         cpu[0].active_task != cpu[1].active_task || cpu[0].active_asid == cpu[1].active_asid)
}

#define TAKEN(n, from) ((from) > (n) || (asid_map & bit(n)))
#define NO_SLOT(from)  (TAKEN(1, from) && TAKEN(2, from) && TAKEN(3, from))

inline find_empty_slot(from) {
  if
  :: !TAKEN(1, from) -> asid_n = make(1, gen_of(asid_n))
  :: else ->
     if
     :: !TAKEN(2, from) -> asid_n = make(2, gen_of(asid_n))
     :: else -> asid_n = make(3, gen_of(asid_n))
     fi
  fi
}

#define ME cpu[_pid]

#define PICK(t) \
  :: d_step { ME.active_task == t + 1 -> skip }; goto sched_loop \
  :: d_step { ME.active_task != t + 1 -> task = t; ME.switching = true }

#define FLUSH_CONTEXT(c) \
  d_step { true; asid_f = cpu[c].active_asids; cpu[c].active_asids = NULL_ASID }; \
  d_step { true; \
    if \
    :: asid_f == NULL_ASID -> asid_f = cpu[c].reserved_asids \
    :: else \
    fi; \
    asid_map = asid_map | bit(asid_of(asid_f)); \
    cpu[c].reserved_asids = asid_f \
  }

#define CHECK_UPDATE(c) \
  d_step { true; \
    if \
    :: cpu[c].reserved_asids == asid_n -> ME.ret_check = true; cpu[c].reserved_asids = newasid \
    :: else \
    fi \
  }

#define LEAVE_NEW_CONTEXT asid_n = 0; newasid = 0; generation = 0; old = false

active [2] proctype sched() {
  byte task;
  byte asid, old_active_asid;
  byte asid_n, newasid, generation;
  bool old;
  byte asid_f;

sched_loop:
  if
  PICK(0)
#if TASKS > 1
  PICK(1)
#endif
#if TASKS > 2
  PICK(2)
#endif
#if TASKS > 3
  PICK(3)
#endif
  fi;
  /* check_and_switch_context */
  d_step { true; asid = mm_context_id[task]; old_active_asid = ME.active_asids };
  if /* check_current_generation */
  :: d_step { old_active_asid != NULL_ASID && gen_of(asid) == asid_generation -> skip }
  :: d_step { old_active_asid == NULL_ASID || gen_of(asid) != asid_generation -> skip };
     goto slow_path
  fi;
  d_step { true; /* cmpxchg_active_asids */
    if
    :: ME.active_asids == old_active_asid -> ME.active_asids = asid
    :: else -> old_active_asid = ME.active_asids
    fi
  };
  if /* check_roll_over */
  :: d_step { old_active_asid != NULL_ASID -> skip }; goto fast_path
  :: d_step { old_active_asid == NULL_ASID -> skip }
  fi;

slow_path:
  if
  :: d_step { !cpu_asid_lock && gen_of(mm_context_id[task]) == asid_generation ->
       cpu_asid_lock = true; asid = mm_context_id[task] }; goto tlb_flush_pending
  :: d_step { !cpu_asid_lock && gen_of(mm_context_id[task]) != asid_generation ->
       cpu_asid_lock = true; asid = mm_context_id[task] }
  fi;

  if /* new_context */
  :: d_step { mm_context_id[task] == NULL_ASID -> generation = asid_generation };
     goto allocate_free_asid
  :: d_step { mm_context_id[task] != NULL_ASID ->
       asid_n = mm_context_id[task];
       generation = asid_generation;
       newasid = make(asid_of(asid_n), generation) }
  fi;
  d_step { true; ME.ret_check = false }; /* check_update_reserved_asid */
  CHECK_UPDATE(0);
  CHECK_UPDATE(1);
  d_step { true; skip };
  if
  :: d_step { ME.ret_check -> ME.ret_new_context = newasid; LEAVE_NEW_CONTEXT }; goto new_asid
  :: d_step { !ME.ret_check -> skip }
  fi;
  if
  :: d_step { (asid_map & bit(asid_of(asid_n))) -> old = true }; goto allocate_free_asid
  :: d_step { !(asid_map & bit(asid_of(asid_n))) ->
       asid_map = asid_map | bit(asid_of(asid_n)); ME.ret_new_context = newasid }
  fi;
  d_step { true; LEAVE_NEW_CONTEXT };
  goto new_asid;

allocate_free_asid:
  if
  :: d_step { !NO_SLOT(cur_idx) -> find_empty_slot(cur_idx) }; goto set_asid
  :: d_step { NO_SLOT(cur_idx) -> skip }
  fi;
out_of_asids:
  if /* where the bound is reached, a transition that leads nowhere */
  :: d_step { asid_generation == GENERATIONS -> skip }; goto out_of_asids
  :: d_step { asid_generation < GENERATIONS -> asid_generation++; generation = asid_generation }
  fi;
  d_step { true; asid_map = 0 }; /* flush_context */
  FLUSH_CONTEXT(0);
  FLUSH_CONTEXT(1);
  d_step { true; cpu[0].flush_pending = true; cpu[1].flush_pending = true; asid_f = 0 };
  d_step { true; find_empty_slot(1) };
set_asid:
  if
  :: d_step { true ->
       asid_map = asid_map | bit(asid_of(asid_n));
       cur_idx = asid_of(asid_n);
       ME.ret_new_context = make(asid_of(asid_n), generation);
       LEAVE_NEW_CONTEXT }
  fi;

new_asid:
  if
  :: d_step { true ->
       asid = ME.ret_new_context;
       mm_context_id[task] = asid;
       invariants() }
  fi;
tlb_flush_pending:
  if
  :: d_step { ME.flush_pending ->
       ME.flush_pending = false;
       for (i : 0 .. TASKS - 1) {
         if
         :: ME.active_task != i + 1 -> ME.tlb[i] = 0
         :: else
         fi
       }
       i = 0 }
  :: d_step { !ME.flush_pending -> skip }
  fi;
  d_step { true; ME.active_asids = asid; cpu_asid_lock = false };
fast_path:
  if
  :: d_step { true ->
       ME.active_task = task + 1;
       ME.active_asid = asid_of(asid);
       if
       :: pte[task] == MAPPED -> ME.tlb[task] = ME.tlb[task] | bit(asid_of(mm_context_id[task]))
       :: else
       fi;
       ME.switching = false;
       task = 0;
       asid = 0;
       old_active_asid = 0;
       invariants() }
  fi;
  goto sched_loop
}

#define UNMAP(t) :: d_step { true -> victim = t }

active proctype ttu() {
  byte victim, asid_t;

again:
  if
  UNMAP(0)
#if TASKS > 1
  UNMAP(1)
#endif
#if TASKS > 2
  UNMAP(2)
#endif
#if TASKS > 3
  UNMAP(3)
#endif
  fi;
  d_step { true; pte[victim] = UNMAPPED };
  d_step { true; asid_t = asid_of(mm_context_id[victim]) };
  d_step { true; /* tlbi */
    for (i : 0 .. TASKS - 1) {
      cpu[0].tlb[i] = cpu[0].tlb[i] & ~bit(asid_t);
      cpu[1].tlb[i] = cpu[1].tlb[i] & ~bit(asid_t)
    }
    i = 0
  };
  d_step { true; pte[victim] = INVALIDATED; victim = 0; asid_t = 0; invariants() };
  goto again
}
