/*
 * A page of a file is reclaimed while a reader looks and the kernel takes a frame for itself.
 * READ_ONLY: mapped read-only, as in LUF-buddy; otherwise writable, as in reclaim-writable.
 */
#include "names.pml"

#define THREADS 3
#define LOADED 2 /* CPU 1 */
#define FREE bit(2)
#define PTE_FRAME 1
#ifdef READ_ONLY
#define PTE_WRITABLE false
#else
#define PTE_WRITABLE true
#endif
#define PTE_DIRTY false
#define VMA_WRITABLE PTE_WRITABLE
#define RECLAIM
#define LISTENER 0

#define KSWAPD 1
#define READER 2
#define SLAB 3
#define FIRST (me == KSWAPD -> folio_trylock : (me == READER -> load : rmqueue))
#define FIRST_FRAME_FOR (me == SLAB -> store_to_object : 0)

inline next_line() { at = done }

#include "model.pml"
