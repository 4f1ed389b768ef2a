/*
 * Fails where no thread can go on though one is not done. TLB fills and drops go on in such a
 * state, so that Spin's own search for invalid end states would miss it.
 */
#define cannot_move(n) (!enabled(n))
#if THREADS == 2
#define ALL_STOPPED (cannot_move(0) && cannot_move(1))
#define ALL_DONE (thread[0]:at == done && thread[1]:at == done)
#else
#define ALL_STOPPED (cannot_move(0) && cannot_move(1) && cannot_move(2))
#define ALL_DONE (thread[0]:at == done && thread[1]:at == done && thread[2]:at == done)
#endif

never {
  do
  :: ALL_STOPPED && !ALL_DONE -> break
  :: else
  od
}
