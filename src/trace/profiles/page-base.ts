// Learning where the kernel keeps its `struct page` array. The rmap probes name a page by the address
// of its struct, the allocator and the page cache by its number; the two are related by
// `page = vmemmap_base + pfn * 64` (sparse vmemmap, 64-byte struct page), and the base is another one
// with every boot under KASLR. It is learned from pages that one task met under both names.

import type { TraceRecord } from '../formats/trace-record.ts';
import { hexFromWide, type Wide, wideFromHex } from '../formats/wide.ts';
import { distance, newWide } from './fields.ts';

/** Bytes of a struct page. */
export const STRUCT_PAGE = 64;
const WIDE_STRUCT_PAGE = BigInt(STRUCT_PAGE);
/** Which power of two that is. */
const STRUCT_PAGE_BITS = 6;
/**
 * arch/x86/mm/kaslr.c places vmemmap at multiples of PUD_SIZE; without KASLR it is coarser still.
 * This is what makes a wrong pair show: page and frame that do not belong together give a base
 * that is no such multiple, unless their numbers differ by a multiple of 2^24.
 */
const BELOW_ALIGNMENT = (1 << 30) - 1;
/** Numbers that a task met most recently; a fault allocates and maps within a few of them. */
const REMEMBERED = 16;
const MOST_TASKS = 1024;
const MOST_CANDIDATES = 64;
/** Different pages that must agree on a base before it is believed. */
const ENOUGH = 3;
const PLENTY = 1000;

export interface PageBase {
  readonly base: bigint;
  /** Different pages that agree on it; or the recorder has read it from the kernel. */
  readonly agreed: number | 'recorded';
}

/** What the trace gave: a base, or why not. */
export type BaseAnswer =
  | { readonly found: PageBase }
  | { readonly found: undefined; readonly why: string };

export class PageBaseLearner {
  readonly #recent = new Map<number, number[]>();
  /** Candidate bases, with the frames whose pages speak for each. */
  readonly #votes = new Map<bigint, Set<number>>();
  /** The first of them: nearly all speak for it. */
  #first: { readonly base: Wide; readonly voters: Set<number> } | undefined;
  /** So many agree, and so few do not, that more would change nothing. */
  #isSettled = false;
  #pages = 0;
  #frames = 0;

  /** Whether what it has met is enough: then more of it changes nothing. */
  get isSettled(): boolean {
    return this.#isSettled && this.#pages > 0 && this.#frames > 0;
  }

  /** The task met this frame by its number. */
  number(record: TraceRecord, pfn: number): void {
    this.#frames++;
    if (this.#isSettled) return;
    let recent = this.#recent.get(record.pid);
    if (recent === undefined) {
      recent = [];
      this.#recent.set(record.pid, recent);
      if (this.#recent.size > MOST_TASKS) {
        const oldest = this.#recent.keys().next().value;
        if (oldest !== undefined) this.#recent.delete(oldest);
      }
    }
    recent.push(pfn);
    if (recent.length > REMEMBERED) recent.shift();
  }

  /** The task met a page by the address of its struct. */
  pointer(record: TraceRecord, page: Wide): void {
    this.#pages++;
    if (this.#isSettled) return;
    const recent = this.#recent.get(record.pid);
    if (recent === undefined) return;
    for (let i = 0; i < recent.length; i++) {
      const pfn = recent[i] as number;
      // Nearly every pair fails here, on the low halves alone; what is cut off of the frame's is too high to matter.
      if (((page.low - (pfn << STRUCT_PAGE_BITS)) & BELOW_ALIGNMENT) === 0) this.#vote(page, pfn);
    }
  }

  #vote(page: Wide, pfn: number): void {
    const first = this.#first;
    if (first !== undefined && distance(page, first.base) === pfn * STRUCT_PAGE) {
      this.#speaks(first.voters, pfn);
      return;
    }
    const base = BigInt(`0x${hexFromWide(page)}`) - BigInt(pfn) * WIDE_STRUCT_PAGE;
    if (base <= 0n) return;
    const voters = this.#votes.get(base);
    if (voters !== undefined) this.#speaks(voters, pfn);
    else if (this.#votes.size < MOST_CANDIDATES) {
      const newVoters = new Set([pfn]);
      this.#votes.set(base, newVoters);
      if (first !== undefined) return;
      const halves = newWide();
      wideFromHex(base.toString(16), halves);
      this.#first = { base: halves, voters: newVoters };
    }
  }

  #speaks(voters: Set<number>, pfn: number): void {
    voters.add(pfn);
    this.#isSettled = voters.size >= PLENTY && this.#votes.size === 1;
  }

  /** One base must stand out: enough pages agree on it, and hardly any on another one. */
  answer(): BaseAnswer {
    if (this.#pages === 0) return { found: undefined, why: 'no probe names a struct page' };
    if (this.#frames === 0) {
      return { found: undefined, why: 'no allocator or page-cache event names a frame' };
    }
    const ranked = [...this.#votes].sort(([, a], [, b]) => b.size - a.size);
    const [first, second] = ranked;
    if (first === undefined || first[1].size < ENOUGH) {
      return { found: undefined, why: `fewer than ${ENOUGH} pages were seen under both names` };
    }
    if (second !== undefined && second[1].size * 10 > first[1].size) {
      return { found: undefined, why: 'the pages seen under both names do not agree' };
    }
    return { found: { base: first[0], agreed: first[1].size } };
  }
}

const MOST_FRAMES = 2 ** 40;
const MOST_SMALL = 2 ** 31;

/** The frame number of a struct page address; undefined if it is none of this array. */
export function frameAt(page: Wide, base: Wide): number | undefined {
  const offset = distance(page, base);
  // A remainder of numbers beyond 32 bits would cost more than all the rest.
  if (offset < 0 || offset >= MOST_FRAMES * STRUCT_PAGE) return undefined;
  if (((page.low - base.low) & (STRUCT_PAGE - 1)) !== 0) return undefined;
  const frame = offset / STRUCT_PAGE;
  // An integer to the engine as well: a fraction would need memory wherever it goes.
  return frame < MOST_SMALL ? frame | 0 : frame;
}

/** The same of a hexadecimal address. */
export function frameOf(page: string, base: bigint): number | undefined {
  const [address, start] = [newWide(), newWide()];
  wideFromHex(page, address);
  wideFromHex(base.toString(16), start);
  return frameAt(address, start);
}
