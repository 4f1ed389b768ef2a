/* A CPU that has the address space loaded fills and drops its TLB entry whenever it likes. */
#define HARDWARE(c) \
  :: d_step { (LOADED & bit(c)) && pte_frame != NONE && tlb_frame[c] == NONE -> tlb_fill(c) } \
  :: d_step { (LOADED & bit(c)) && tlb_frame[c] != NONE -> tlb_drop(c) }

active proctype hardware() {
  do
  HARDWARE(0)
  HARDWARE(1)
  HARDWARE(2)
  od
}
