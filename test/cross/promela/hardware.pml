/* A CPU that has the address space loaded fills and drops its TLB entry whenever it likes. */
#define WHENEVER_IT_LIKES(c) \
  STEP (LOADED & bit(c)) && pte_frame != NONE && tlb_frame[c] == NONE -> tlb_fill(c) END \
  STEP (LOADED & bit(c)) && tlb_frame[c] != NONE -> tlb_drop(c) END

active proctype hardware() {
  do
  WHENEVER_IT_LIKES(0)
  WHENEVER_IT_LIKES(1)
  WHENEVER_IT_LIKES(2)
  od
}
