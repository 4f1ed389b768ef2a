// LUF v12 less one of the ideas it rests on, and with what would repair it. Each is a design of its
// own, so that the catalogue can hold them side by side.

export interface Luf12Options {
  /** `tlb_flush_start` takes its stamp after the flush instead of before. */
  readonly stampsAfterFlush?: boolean;
  /** A debt is stamped before its entry is emptied instead of after. */
  readonly stampsBeforeClear?: boolean;
  /** A claimed generation is not waited for: `luf_takeoff_end` without `wait_zone_ugen_done`. */
  readonly waitsForNobody?: boolean;
  /**
   * `fold_luf_batch_mm` as posted: it never sets `flush_required` of the mm's or file's debt, without
   * which `fold_batch` does not look at it.
   */
  readonly forgetsFlushRequired?: boolean;
  /** `fold_luf_batch_mm` raises `tlb_gen` and joins the mask whether or not the mask looks known. */
  readonly foldsAlways?: boolean;
}
