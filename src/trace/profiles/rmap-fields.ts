// The fields of rmap's probes, read at once: in halves, each at its place.

import { fieldList } from '../formats/field-names.ts';
import type { TraceRecord } from '../formats/trace-record.ts';
import { halvesOf, newWide } from './fields.ts';
import { probes } from './probes.ts';

const { page, mm, start, pgoff, index, flags, mapping, folio, nr, cpus } = probes.rmap_del.fields;
const { addr } = probes.rmap_add_new_anon.fields;
const list = fieldList(page, mm, start, pgoff, index, flags, mapping, folio, nr, cpus, addr);

/** Places in `halves`. */
export const at = {
  page: 0,
  mm: 1,
  start: 2,
  pgoff: 3,
  index: 4,
  flags: 5,
  mapping: 6,
  folio: 7,
  nr: 8,
  cpus: 9,
  addr: 10,
} as const;

/** Of the record that was read last. */
export const halves = new Int32Array(2 * list.fields.length);
let present = 0;

export function readRmap(record: TraceRecord): void {
  present = halvesOf(record, list, halves);
}

/** Whether the record has the field. */
export function has(field: number): boolean {
  return (present & (1 << field)) !== 0;
}

export function low(field: number): number {
  return halves[2 * field] as number;
}

export function high(field: number): number {
  return halves[2 * field + 1] as number;
}

/** Of one call: those of a page table. */
const MOST_PAGES = 512;

/** Pages that one call maps or unmaps: several of a large folio (6.8 on). */
export function pages(): number {
  return has(at.nr) && high(at.nr) === 0 && low(at.nr) >= 1 && low(at.nr) <= MOST_PAGES
    ? low(at.nr)
    : 1;
}

/** The lower half of `vm_flags`: all rights. None where the record does not tell. */
export function rights(): number {
  return has(at.flags) ? low(at.flags) : 0;
}

const wide = newWide();

/** One of them, valid until the next is asked for. */
export function wideAt(field: number): { readonly low: number; readonly high: number } {
  wide.low = low(field);
  wide.high = high(field);
  return wide;
}
