/** What could not be followed, by kind: the blind spots of a verdict. */
export interface BlindSpots {
  /** Pages unmapped at an address that the probes do not tell (huge, KSM, inserted by drivers). */
  unplaced: number;
  /** Pages unmapped where probes were missing or not all on, or next to a gap. */
  severed: number;
  /** Pages unmapped without a mask while it was not known what every CPU had loaded. */
  unheld: number;
  /** Pages unmapped whose entry hardware may not have been able to use, so that it owed nothing. */
  unusable: number;
  /** Blocks handed out or freed that are large enough for a huge entry: those are not followed. */
  huge: number;
  /** Ranges too large to be looked through for entries that were empty when their addresses went. */
  wide: number;
  /** Struct page addresses outside of the learned array. */
  foreign: number;
}

export function noBlindSpots(): BlindSpots {
  return { unplaced: 0, severed: 0, unheld: 0, unusable: 0, huge: 0, wide: 0, foreign: 0 };
}
