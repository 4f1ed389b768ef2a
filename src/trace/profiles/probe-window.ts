// When the probes were all on. A recording is switched on and off event by event; where the flushes
// of a CPU are no longer recorded, that none is seen proves nothing. Each switch patches kernel text
// (text_poke_bp), which borrows poking_mm through switch_mm_irqs_off(NULL, ...), and so is seen itself.

import type { TraceRecord } from '../formats/trace-record.ts';
import { isZero, newWide, wideOf } from './fields.ts';
import { type ProbeName, probes } from './probes.ts';

/** Probes whose silence is evidence. */
export const watched: ReadonlySet<ProbeName> = new Set<ProbeName>([
  'switch_mm',
  'tlb_flush',
  'flush_func',
  'unmap_one',
  'clear_flush',
  'flush_range',
]);

/** Probes that tell who asks for a flush; the first tells of the patching. */
export const asking: ReadonlySet<ProbeName> = new Set<ProbeName>([
  'switch_mm',
  'flush_range',
  'batch_flush',
]);

interface Span {
  /** The last patching before its first record: it was on from there at the latest. */
  readonly from: number;
  /** The first patching after its last record: it may have been off from there on. */
  until: number;
}

export class ProbeWindow {
  readonly #spans = new Map<ProbeName, Span>();
  #lastPatch = Number.NEGATIVE_INFINITY;

  /** To be told of those that it is about, and of `switch_mm`. */
  note(probe: ProbeName, record: TraceRecord): void {
    const span = this.#spans.get(probe);
    if (span !== undefined) span.until = Number.POSITIVE_INFINITY;
    else {
      // Before its own probe is on, patching is not seen.
      const from = probe === 'switch_mm' ? record.time : this.#lastPatch;
      this.#spans.set(probe, { from, until: Number.POSITIVE_INFINITY });
    }
    if (probe !== 'switch_mm' || !isPatching(record)) return;
    this.#lastPatch = record.time;
    for (const span of this.#spans.values()) span.until = Math.min(span.until, record.time);
  }

  /** `yet`: probes that are on and whose first record is still to come, if it is asked early. */
  result(yet: Iterable<ProbeName> = []): { from: number; until: number } {
    const spans = [...this.#spans.values()];
    const isMissed = [...yet].some((probe) => watched.has(probe) && !this.#spans.has(probe));
    return {
      from: Math.max(
        isMissed ? this.#lastPatch : Number.NEGATIVE_INFINITY,
        ...spans.map(({ from }) => from),
      ),
      until: Math.min(Number.POSITIVE_INFINITY, ...spans.map(({ until }) => until)),
    };
  }
}

/** Upper half of the addresses of the kernel's image, as a signed number. */
const KERNEL_IMAGE = -1;
const wide = newWide();

/** `prev` is NULL and `next` is no init_mm, which lies in the kernel's image. */
function isPatching(record: TraceRecord): boolean {
  const { prev, next } = probes.switch_mm.fields;
  if (!wideOf(record, prev, wide) || !isZero(wide)) return false;
  return wideOf(record, next, wide) && wide.high !== KERNEL_IMAGE;
}
