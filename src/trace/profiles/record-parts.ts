// What single records say, for the profile: page counts, masks, rights.

import type { TraceRecord } from '../formats/trace-record.ts';
import { ALL_ONES, numberOf, taskOf } from './fields.ts';
import { probes } from './probes.ts';

const VM_WRITE = 2n;
/** Of one call: those of a page table. */
const MOST_PAGES = 512;
/** 64 CPUs fit the first word of mm_cpumask; see the README of the traces. */
export const CPUS_IN_MASK = 64;

/** _PAGE_PRESENT: hardware may use the entry. */
export function isPresent(entry: string): boolean {
  return (Number.parseInt(entry.slice(-1), 16) & 1) === 1;
}

/** Pages that one call maps or unmaps: several of a large folio (6.8 on). */
export function pagesOf(record: TraceRecord): number {
  const pages = numberOf(record, probes.rmap_del.fields.nr) ?? 1;
  return pages >= 1 && pages <= MOST_PAGES ? pages : 1;
}

/** When, where and who. */
export function moment(record: TraceRecord): { at: number; cpu: number; by: string } {
  return { at: record.time, cpu: record.cpu, by: taskOf(record) };
}

/** Without flags the entry counts as read-only; no rule on traces asks yet. */
export function isWritable(flags: string | undefined): boolean {
  return flags !== undefined && (BigInt(`0x${flags}`) & VM_WRITE) !== 0n;
}

/** CPUs of a mask in hex. */
export function cpusOf(mask: string): number[] {
  if (mask === ALL_ONES) return Array.from({ length: CPUS_IN_MASK }, (_, cpu) => cpu);
  const bits = BigInt(`0x${mask}`);
  const cpus: number[] = [];
  for (let cpu = 0; cpu < CPUS_IN_MASK; cpu++) {
    if ((bits >> BigInt(cpu)) & 1n) cpus.push(cpu);
  }
  return cpus;
}
