// Records of the page allocator and the page cache as events about frames.

import { form } from '../check/happening.ts';
import { fieldList } from '../formats/field-names.ts';
import type { TraceRecord } from '../formats/trace-record.ts';
import type { Wide } from '../formats/wide.ts';
import type { BlindSpots } from './blind-spots.ts';
import { halvesOf, numberIn, type Task } from './fields.ts';
import type { IndexedFrames } from './indexed-frames.ts';
import { probes } from './probes.ts';
import type { Telling } from './telling.ts';

const MOST_ORDER = 10;
/** 2 MB. */
const ORDER_OF_PMD = 9;

const { pfn, order } = probes.mm_page_alloc.fields;
const blockList = fieldList(pfn, order);
const cached = probes.mm_filemap_add_to_page_cache.fields;
const slotList = fieldList(cached.pfn, cached.index, cached.order, cached.device, cached.inode);
/** Places in the lists. */
const at = { pfn: 0, blockOrder: 1, index: 1, order: 2, device: 3, inode: 4 } as const;
const NEEDED = (1 << at.pfn) | (1 << at.index) | (1 << at.inode);
const halves = new Int32Array(2 * slotList.fields.length);

export class FrameEvents {
  readonly #telling: Telling;
  readonly #blind: BlindSpots;
  readonly #indexed: IndexedFrames | undefined;

  constructor(telling: Telling, blind: BlindSpots, indexed: IndexedFrames | undefined) {
    this.#telling = telling;
    this.#blind = blind;
    this.#indexed = indexed;
  }

  /** A block is handed out, or freed. */
  block(
    which: typeof form.frameAlloc | typeof form.frameFree,
    record: TraceRecord,
    place: number,
    task: Task,
  ): void {
    const telling = this.#telling;
    const present = halvesOf(record, blockList, halves);
    const first = numberIn(halves, at.pfn);
    const size = (present & (1 << at.blockOrder)) === 0 ? 0 : numberIn(halves, at.blockOrder);
    // A failed allocation has pfn -1.
    if ((present & (1 << at.pfn)) === 0 || first < 0 || size > MOST_ORDER) return;
    if (size >= ORDER_OF_PMD && !telling.isInGap) this.#blind.huge++;
    for (let frame = first, end = first + (1 << size); frame < end; frame++) {
      if (which === form.frameFree) this.#indexed?.delete(frame);
      if (telling.ignores(which, frame, 0)) continue;
      const event = telling.begin(which, record, place, task);
      event.what = which === form.frameAlloc ? 'mm_page_alloc' : 'mm_page_free';
      event.frame = frame;
      telling.tell();
    }
  }

  /** A slot of the page cache gets a frame, or loses it. */
  slot(
    which: typeof form.slotAdd | typeof form.slotRemove,
    record: TraceRecord,
    place: number,
    task: Task,
  ): void {
    const telling = this.#telling;
    const slot = telling.event.place;
    const present = halvesOf(record, slotList, halves);
    const size = (present & (1 << at.order)) === 0 ? 0 : numberIn(halves, at.order);
    if ((present & NEEDED) !== NEEDED || size > MOST_ORDER) return;
    const first = numberIn(halves, at.pfn);
    const index = numberIn(halves, at.index);
    if (first < 0 || index < 0) return;
    slot.hasDevice = (present & (1 << at.device)) !== 0;
    toWide(at.device, slot.device);
    toWide(at.inode, slot.inode);
    const isAdded = which === form.slotAdd;
    for (let i = 0, pages = 1 << size; i < pages; i++) {
      if (isAdded) this.#indexed?.add(first + i);
      slot.index = index + i;
      if (isAdded ? telling.ignoresSlot() : telling.ignores(which, first + i, 0)) continue;
      const event = telling.begin(which, record, place, task);
      event.what = isAdded ? 'added to the page cache' : 'left the page cache';
      event.frame = first + i;
      telling.tell();
    }
  }
}

function toWide(i: number, into: Wide): void {
  into.low = halves[2 * i] as number;
  into.high = halves[2 * i + 1] as number;
}
