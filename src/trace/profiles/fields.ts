// Reading addresses and page numbers out of records. Kernel addresses do not fit a double, so they
// stay hexadecimal names; page numbers fit and are numbers.

import type { TraceRecord } from '../formats/trace-record.ts';

export const PAGE = 4096;

/** The first of the names that the record has. */
export function hexOf(record: TraceRecord, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = record.hex(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

export function numberOf(record: TraceRecord, names: readonly string[]): number | undefined {
  for (const name of names) {
    const value = record.number(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Page number of a hexadecimal address. */
export function pageOf(hex: string): number {
  return hex.length <= 3 ? 0 : Number.parseInt(hex.slice(0, -3), 16);
}

/** The page-aligned address as a number: exact, since its low 12 bits are zero. */
export function pageAddress(hex: string): number {
  return pageOf(hex) * PAGE;
}

/** TLB_FLUSH_ALL, and what -1 looks like in 64 bits. */
export const ALL_ONES = 'ffffffffffffffff';

/** Who ran: name and pid, as stories show it. */
export function taskOf(record: TraceRecord): string {
  return `${record.task}/${record.pid}`;
}

/**
 * Kernel threads that work on other tasks' page tables while they merely borrow an mm (migration,
 * khugepaged, ksm, asynchronous faults of KVM and IOMMU in kworkers): that one of them maps a page
 * says nothing about the CPU being in that mm. A user task of such a name loses us evidence, no more.
 */
const BORROWERS =
  /^(?:kworker\/|kcompactd|khugepaged|ksmd|kswapd|kdamond|kdemote|migration\/|rcu_|rcu[a-z]+\/|ksoftirqd\/|idle_inject|kthreadd|oom_reaper|jbd2\/|irq\/|vhost-|<)/;

/** Whether the task is, by its name, none of those; it takes more to prove that it is a user task. */
export function mayBeUser(record: TraceRecord): boolean {
  return record.pid > 0 && !BORROWERS.test(record.task);
}
