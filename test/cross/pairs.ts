// Which Promela model stands for which variant. The flags say the same as the variant's design.

export interface Pair {
  /** `scenario:variant` of the catalogue. */
  readonly variant: string;
  readonly file: string;
  readonly flags: readonly string[];
}

function pair(variant: string, file: string, ...flags: string[]): Pair {
  return { variant, file: `${file}.pml`, flags: flags.map((flag) => `-D${flag}`) };
}

export const pairs: readonly Pair[] = [
  pair('upgrade-to-writable:mainline', 'upgrade-to-writable', 'MAINLINE'),
  pair('upgrade-to-writable:luf-v11', 'upgrade-to-writable', 'LUF_V11'),

  pair('reclaim-writable:immediate', 'reclaim-writable', 'IMMEDIATE'),
  pair('reclaim-writable:repaired', 'reclaim-writable', 'MAINLINE'),
  pair('reclaim-writable:broken', 'reclaim-writable', 'MAINLINE', 'WITHOUT_FLUSH'),
  pair('reclaim-writable:v11', 'reclaim-writable', 'LUF_V11'),
  pair('reclaim-writable:v11-broken', 'reclaim-writable', 'LUF_V11', 'WITHOUT_FLUSH'),

  pair('LUF-buddy:mainline', 'reclaim-writable', 'MAINLINE', 'READ_ONLY'),
  pair('LUF-buddy:repaired', 'reclaim-writable', 'LUF_V11', 'READ_ONLY'),
  pair('LUF-buddy:broken', 'reclaim-writable', 'LUF_V11', 'READ_ONLY', 'WITHOUT_PREP_NEW_PAGE'),

  pair('3ea277194daa-munmap:immediate', 'batch-vs-munmap', 'IMMEDIATE'),
  pair('3ea277194daa-munmap:repaired', 'batch-vs-munmap', 'MAINLINE', 'ASKS_PENDING'),
  pair('3ea277194daa-munmap:broken', 'batch-vs-munmap', 'MAINLINE'),
  pair('3ea277194daa-munmap:v11', 'batch-vs-munmap', 'LUF_V11', 'ASKS_PENDING'),

  pair('LUF-write2:immediate', 'write2', 'IMMEDIATE'),
  pair('LUF-write2:mainline', 'write2', 'MAINLINE'),
  pair('LUF-write2:mainline-repaired', 'write2', 'MAINLINE', 'WITH_PUBLISH'),
  pair('LUF-write2:v11', 'write2', 'LUF_V11'),
  pair('LUF-write2:repaired', 'write2', 'LUF_V11', 'WITH_PUBLISH'),
  pair('LUF-write2:broken', 'write2', 'LUF_V11', 'WITH_PUBLISH', 'WITHOUT_FILE_END_WRITE'),

  pair('dirty-writeout:immediate', 'dirty-writeout', 'IMMEDIATE'),
  pair('dirty-writeout:repaired', 'dirty-writeout', 'MAINLINE'),
  pair('dirty-writeout:broken', 'dirty-writeout', 'MAINLINE', 'WITHOUT_FLUSH_DIRTY'),
  pair('dirty-writeout:v11', 'dirty-writeout', 'LUF_V11'),
  pair('dirty-writeout:v11-broken', 'dirty-writeout', 'LUF_V11', 'WITHOUT_FLUSH_DIRTY'),

  pair('clean-entry:immediate', 'clean-entry', 'IMMEDIATE'),
  pair('clean-entry:mainline', 'clean-entry', 'MAINLINE', 'ASKS_PENDING'),
  pair('clean-entry:luf-v11', 'clean-entry', 'LUF_V11', 'ASKS_PENDING'),
];
