// What single records say, for the profile: page counts, masks, rights.

import type { Wide } from '../formats/wide.ts';

const VM_WRITE = 2;
/** 64 CPUs fit the first word of mm_cpumask; see the README of the traces. */
export const CPUS_IN_MASK = 64;

/** _PAGE_PRESENT: hardware may use the entry. */
export function isPresent({ low }: Wide): boolean {
  return (low & 1) === 1;
}

/** 1 or 0. Without flags the entry counts as read-only; no rule on traces asks yet. */
export function isWritable(flags: number): number {
  return (flags & VM_WRITE) === 0 ? 0 : 1;
}

export function isInMask(mask: Wide, cpu: number): boolean {
  if (cpu >= CPUS_IN_MASK) return false;
  return (((cpu < 32 ? mask.low : mask.high) >>> (cpu & 31)) & 1) === 1;
}
