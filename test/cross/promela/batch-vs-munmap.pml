/*
 * A writer's CPU has a writable, dirty entry cached. Reclaim empties the page-table entry and will
 * flush later; munmap meets the empty entry and tells the writer, which stores.
 */
#include "names.pml"

#define THREADS 3
#define LOADED 6 /* CPUs 1 and 2 */
#define FREE bit(2)
#define PTE_FRAME 1
#define PTE_WRITABLE true
#define PTE_DIRTY true
#define VMA_WRITABLE true
#define STORES
#define RECLAIM

#define KSWAPD 1
#define WRITER 2
#define CALLER 3
#define LISTENER WRITER
#define FIRST (me == KSWAPD -> folio_trylock : (me == WRITER -> hear : mmap_write_lock))
#define FIRST_FRAME_FOR 0

inline next_line() {
  line++;
  if
  :: me == WRITER && line == 1 -> at = store
  :: me == CALLER && line == 1 -> at = tell
  :: else -> at = done
  fi
}

#include "model.pml"
