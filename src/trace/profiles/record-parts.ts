// What single records say, for the profile: page counts, masks, rights.

import type { FieldNames } from '../formats/field-names.ts';
import type { TraceRecord } from '../formats/trace-record.ts';
import type { Wide } from '../formats/wide.ts';
import { newWide, numberOf, wideOf } from './fields.ts';
import { probes } from './probes.ts';

const VM_WRITE = 2;
/** Of one call: those of a page table. */
const MOST_PAGES = 512;
/** 64 CPUs fit the first word of mm_cpumask; see the README of the traces. */
export const CPUS_IN_MASK = 64;

const wide = newWide();

/** _PAGE_PRESENT: hardware may use the entry. */
export function isPresent({ low }: Wide): boolean {
  return (low & 1) === 1;
}

/** Pages that one call maps or unmaps: several of a large folio (6.8 on). */
export function pagesOf(record: TraceRecord): number {
  const pages = numberOf(record, probes.rmap_del.fields.nr) ?? 1;
  return pages >= 1 && pages <= MOST_PAGES ? pages : 1;
}

/** The lower half of `vm_flags`: all rights. None where the record does not tell. */
export function flagsOf(record: TraceRecord, field: FieldNames): number {
  return wideOf(record, field, wide) ? wide.low : 0;
}

/** 1 or 0. Without flags the entry counts as read-only; no rule on traces asks yet. */
export function isWritable(flags: number): number {
  return (flags & VM_WRITE) === 0 ? 0 : 1;
}

export function isInMask(mask: Wide, cpu: number): boolean {
  if (cpu >= CPUS_IN_MASK) return false;
  return (((cpu < 32 ? mask.low : mask.high) >>> (cpu & 31)) & 1) === 1;
}
