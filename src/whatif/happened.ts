// What the recorded kernel itself did: its flushes and the interrupts they took.

import type { FieldNames } from '../trace/formats/field-names.ts';
import type { TraceRecord } from '../trace/formats/trace-record.ts';
import { hexOf } from '../trace/profiles/fields.ts';
import { probeOf, probes } from '../trace/profiles/probes.ts';

export interface FlushCount {
  flushes: number;
  /** Of those, with other CPUs in their mask. */
  shootdowns: number;
  /** Other CPUs in the masks. Lazy ones may have been left out by the kernel. */
  ipis: number;
}

export class Happened {
  /** `arch_tlbbatch_flush`: what reclaim and migration gathered. */
  readonly batched: FlushCount = { flushes: 0, shootdowns: 0, ipis: 0 };
  /** `flush_tlb_mm_range`: munmap, mprotect, faults: no design defers these. */
  readonly others: FlushCount = { flushes: 0, shootdowns: 0, ipis: 0 };
  /** Entries that reclaim emptied, and those whose mm ran on several CPUs. */
  unmapped = 0;
  unmappedShared = 0;
  from = Number.POSITIVE_INFINITY;
  until = Number.NEGATIVE_INFINITY;

  take(record: TraceRecord): void {
    this.from = Math.min(this.from, record.time);
    this.until = Math.max(this.until, record.time);
    const probe = probeOf(record.event);
    if (probe === 'batch_flush') count(this.batched, record, probes.batch_flush.fields.cpus);
    if (probe === 'flush_range') count(this.others, record, probes.flush_range.fields.cpus);
  }

  unmaps(pages: number, isShared: boolean): void {
    this.unmapped += pages;
    if (isShared) this.unmappedShared += pages;
  }
}

function count(into: FlushCount, record: TraceRecord, mask: FieldNames): void {
  let bits = BigInt(`0x${hexOf(record, mask) ?? '0'}`);
  let others = 0;
  for (let cpu = 0; bits > 0n; cpu++, bits >>= 1n) {
    if ((bits & 1n) === 1n && cpu !== record.cpu) others++;
  }
  into.flushes++;
  into.ipis += others;
  if (others > 0) into.shootdowns++;
}
