/*
 * Two-phase commit for Spin, with N resource managers: see ../models/two-phase.ts. One process, since
 * every action can happen at any time; messages are never lost, so a bit for each is enough.
 */
#define bit(i)   (1 << (i))
#define EVERYONE (bit(N) - 1)

mtype = { committed, prepared, working, aborted };

mtype rm_state[N] = working;
bool decided;
short tm_prepared;    /* a set of managers */
short prepared_sent;
bool commit_sent, abort_sent;

#define MANAGER(i) \
  :: d_step { !decided && (prepared_sent & bit(i)) -> tm_prepared = tm_prepared | bit(i) } \
  :: d_step { rm_state[i] == working -> \
       rm_state[i] = prepared; prepared_sent = prepared_sent | bit(i) } \
  :: d_step { rm_state[i] == working -> rm_state[i] = aborted } \
  :: d_step { commit_sent -> rm_state[i] = committed } \
  :: d_step { abort_sent -> rm_state[i] = aborted }

active proctype two_phase_commit() {
  do
  :: d_step { !decided && tm_prepared == EVERYONE -> decided = true; commit_sent = true }
  :: d_step { !decided -> decided = true; abort_sent = true }
  MANAGER(0)
  MANAGER(1)
  MANAGER(2)
#if N > 3
  MANAGER(3)
  MANAGER(4)
#endif
#if N > 5
  MANAGER(5)
  MANAGER(6)
  MANAGER(7)
#endif
#if N > 8
  MANAGER(8)
#endif
#if N > 9
  MANAGER(9)
#endif
  od
}
