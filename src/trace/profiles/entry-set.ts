// A set of page-table entries, each by the number of its address space and its page: open addressing in
// one typed array. Millions come and go, and leave nothing to collect.

import { PAGE } from './fields.ts';

const TWO_32 = 2 ** 32;
/** Words of a slot: address space, page in two halves. */
const WIDTH = 3;
/** No address space. */
const FREE = -1;
const SMALLEST = 1 << 12;

export class EntrySet {
  #slots = new Int32Array(SMALLEST * WIDTH).fill(FREE);
  #mask = SMALLEST - 1;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Slots that may hold an entry: what walking over all of them costs. */
  get room(): number {
    return this.#mask + 1;
  }

  /** False if it was there. */
  add(mm: number, va: number): boolean {
    const page = va / PAGE;
    const [low, high] = [page | 0, (page / TWO_32) | 0];
    let slot = this.#find(mm, low, high);
    if (this.#slots[slot * WIDTH] !== FREE) return false;
    // Half full at most, so that what is looked for is near where it should be.
    if (this.#size * 2 >= this.room) {
      this.#grow();
      slot = this.#find(mm, low, high);
    }
    this.#put(slot, mm, low, high);
    this.#size++;
    return true;
  }

  /** False if it was not there. */
  delete(mm: number, va: number): boolean {
    const page = va / PAGE;
    const slot = this.#find(mm, page | 0, (page / TWO_32) | 0);
    if (this.#slots[slot * WIDTH] === FREE) return false;
    this.#free(slot);
    return true;
  }

  /** Takes out those of `mm` from `start` on, `end` not included. */
  deleteRange(mm: number, start: number, end: number): void {
    if (this.#size === 0) return;
    if ((end - start) / PAGE <= this.room) {
      for (let va = start; va < end; va += PAGE) this.delete(mm, va);
      return;
    }
    const gone: number[] = [];
    for (let slot = 0; slot < this.room; slot++) {
      const at = slot * WIDTH;
      if (this.#slots[at] !== mm) continue;
      const page =
        ((this.#slots[at + 1] as number) >>> 0) + (this.#slots[at + 2] as number) * TWO_32;
      if (page * PAGE >= start && page * PAGE < end) gone.push(page * PAGE);
    }
    for (const va of gone) this.delete(mm, va);
  }

  clear(): void {
    if (this.#size === 0) return;
    this.#slots = new Int32Array(SMALLEST * WIDTH).fill(FREE);
    this.#mask = SMALLEST - 1;
    this.#size = 0;
  }

  /** The slot where it is, or where it would be put. */
  #find(mm: number, low: number, high: number): number {
    const slots = this.#slots;
    let slot = this.#home(mm, low, high);
    for (;;) {
      const at = slot * WIDTH;
      const here = slots[at];
      if (here === FREE) return slot;
      if (here === mm && slots[at + 1] === low && slots[at + 2] === high) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }

  /** Pages that follow each other lie next to each other: they come in runs. */
  #home(mm: number, low: number, high: number): number {
    return (low + Math.imul(mm ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1)) & this.#mask;
  }

  #put(slot: number, mm: number, low: number, high: number): void {
    const at = slot * WIDTH;
    this.#slots[at] = mm;
    this.#slots[at + 1] = low;
    this.#slots[at + 2] = high;
  }

  /** What stands behind, and would have stood here, moves up. */
  #free(gone: number): void {
    const slots = this.#slots;
    let hole = gone;
    for (let slot = (gone + 1) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * WIDTH;
      const mm = slots[at] as number;
      if (mm === FREE) break;
      const home = this.#home(mm, slots[at + 1] as number, slots[at + 2] as number);
      if (((slot - home) & this.#mask) < ((slot - hole) & this.#mask)) continue;
      slots.copyWithin(hole * WIDTH, at, at + WIDTH);
      hole = slot;
    }
    slots[hole * WIDTH] = FREE;
    this.#size--;
  }

  #grow(): void {
    const old = this.#slots;
    const room = this.room * 2;
    this.#slots = new Int32Array(room * WIDTH).fill(FREE);
    this.#mask = room - 1;
    for (let at = 0; at < old.length; at += WIDTH) {
      const mm = old[at] as number;
      if (mm === FREE) continue;
      const [low, high] = [old[at + 1] as number, old[at + 2] as number];
      this.#put(this.#find(mm, low, high), mm, low, high);
    }
  }
}
