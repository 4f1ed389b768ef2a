/*
 * A CPU has a writable, dirty entry cached. Reclaim writes the page out and drops it, while the
 * CPU stores once more and then reads the file again.
 */
#include "names.pml"

#define THREADS 2
#define LOADED 2 /* CPU 1 */
#define FREE bit(2)
#define PTE_FRAME 1
#define PTE_WRITABLE true
#define PTE_DIRTY true
#define VMA_WRITABLE true
#define STORES
#define RECLAIM

#define KSWAPD 1
#define WRITER 2
#define LISTENER NONE
#define FIRST (me == KSWAPD -> folio_trylock : store)
#define FIRST_FRAME_FOR 0

inline next_line() {
  line++;
  at = (me == WRITER && line == 1 -> load : done)
}

#include "model.pml"
