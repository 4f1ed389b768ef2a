/*
 * Two threads have a file page mapped read-only. One stores, which makes the entry writable with
 * no flush, and tells the other one, which then reads and stores through what it still holds.
 */
#include "names.pml"

#define THREADS 2
#define LOADED 3 /* CPUs 0 and 1 */
#define FREE 0
#define PTE_FRAME 1
#define PTE_WRITABLE false
#define PTE_DIRTY false
#define VMA_WRITABLE true
#define STORES

#define WRITER 1
#define OTHER 2
#define LISTENER OTHER
#define FIRST (me == WRITER -> store : load)
#define FIRST_FRAME_FOR 0

inline next_line() {
  line++;
  if
  :: me == WRITER -> at = (line == 1 -> tell : done)
  :: me == OTHER && line == 1 -> at = hear
  :: me == OTHER && line == 2 -> at = load
  :: me == OTHER && line == 3 -> at = store
  :: else -> at = done
  fi
}

#include "model.pml"
