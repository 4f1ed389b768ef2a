/*
 * The machine: one address space with one page of address, one page of one file, up to two frames
 * and three CPUs. What no step of a scenario ever looks at is not kept: a state that nobody can
 * tell from another is not another state.
 */
byte pte_frame = PTE_FRAME;
bool pte_writable = PTE_WRITABLE;
bool pte_dirty = PTE_DIRTY;
byte ptl;
/* mm->tlb_flush_pending: gathers under way. */
byte flush_pending;

byte mmap_writer;
byte mmap_readers;
bool vma_mapped = true;
bool vma_writable = VMA_WRITABLE;

byte tlb_frame[3];
#ifdef STORES
/* Rights of a TLB entry matter to stores only. */
bool tlb_writable[3];
bool tlb_dirty[3];
#endif

/* Frames are 1 and 2. At the start frame 1 is the file page's and frame 2, if there is one, free. */
byte free_frames = FREE;
byte page_cache = 1;
byte folio_lock[3];
byte folio_refs[3];
bool folio_mapping[3] = {false, true, false};
#ifdef RECLAIM
bool folio_dirty[3];
/* Entries that munmap has emptied and that count as mapping the folio until their flush. */
byte folio_delayed[3];
#endif

byte inode_lock;
bool told[4];

inline set_folio_dirty(f, yes) {
#ifdef RECLAIM
  folio_dirty[f] = yes
#else
  skip
#endif
}

inline delay_rmap(f, by) {
#ifdef RECLAIM
  folio_delayed[f] = folio_delayed[f] + by
#else
  skip
#endif
}

inline tlb_fill(c) {
  tlb_frame[c] = pte_frame;
#ifdef STORES
  tlb_writable[c] = pte_writable;
  tlb_dirty[c] = pte_dirty
#endif
}

inline tlb_drop(c) {
  tlb_frame[c] = NONE;
#ifdef STORES
  tlb_writable[c] = false;
  tlb_dirty[c] = false
#endif
}

inline clear_pte() {
  pte_frame = NONE;
  pte_writable = false;
  pte_dirty = false
}
