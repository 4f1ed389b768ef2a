/*
 * A CPU has a writable, clean entry cached. The page is reclaimed, unmapped or both, while the CPU
 * stores for the first time.
 */
#include "names.pml"

#define THREADS 3
#define LOADED 6 /* CPUs 1 and 2 */
#define FREE bit(2)
#define PTE_FRAME 1
#define PTE_WRITABLE true
#define PTE_DIRTY false
#define VMA_WRITABLE true
#define STORES
#define RECLAIM

#define KSWAPD 1
#define WRITER 2
#define CALLER 3
#define LISTENER NONE
#define FIRST (me == KSWAPD -> folio_trylock : (me == WRITER -> store : mmap_write_lock))
#define FIRST_FRAME_FOR 0

inline next_line() { at = done }

#include "model.pml"
