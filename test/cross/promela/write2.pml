/*
 * A reader has a file page mapped. Reclaim takes the page away, a writer writes the file by
 * write(2) and tells the reader, which looks.
 */
#include "names.pml"

#define THREADS 3
#define LOADED 2 /* CPU 1 */
#define FREE bit(2)
#define PTE_FRAME 1
#define PTE_WRITABLE false
#define PTE_DIRTY false
#define VMA_WRITABLE false
#define RECLAIM

#define KSWAPD 1
#define READER 2
#define WRITER 3
#define LISTENER READER
#define FIRST (me == KSWAPD -> folio_trylock : (me == READER -> hear : lock_inode))
#define FIRST_FRAME_FOR 0

inline next_line() {
  line++;
  if
  :: me == READER && line == 1 -> at = load
  :: me == WRITER && line == 1 -> at = tell
  :: else -> at = done
  fi
}

#include "model.pml"
