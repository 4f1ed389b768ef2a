// Page-cache positions that a rule has to recognise, each by a number, as long as some subject
// remembers it. A trace names millions; almost none is asked for again, so they are told apart without
// making text of them.

import { CountFilter } from './count-filter.ts';
import { newPlace, type SlotPlace, slotName } from './happening.ts';

/** A position that nobody remembers: equal to none that is. */
export const UNKNOWN_SLOT = -3;

/** The end of a chain. */
const NONE = -1;

interface Kept {
  readonly place: SlotPlace;
  hash: number;
  /** The next one of its chain. */
  next: number;
  uses: number;
}

export class SlotNames {
  readonly #kept: Kept[] = [];
  readonly #free: number[] = [];
  /** The first of each chain, by hash. */
  #heads = new Int32Array(1 << 10).fill(NONE);
  #count = 0;
  readonly #filter = new CountFilter();

  find(place: SlotPlace): number {
    const hash = hashOf(place);
    return this.#filter.mayHave(hash) ? this.#findIn(place, hash) : UNKNOWN_SLOT;
  }

  /** False: nobody remembers it. */
  mayKnow(place: SlotPlace): boolean {
    return this.#filter.mayHave(hashOf(place));
  }

  /** Its number; whoever asks takes it, as a new one is nobody's. */
  of(place: SlotPlace): number {
    const known = this.find(place);
    if (known !== UNKNOWN_SLOT) return known;
    const hash = hashOf(place);
    if (this.#count >= this.#heads.length) this.#rehash();
    const bucket = hash & (this.#heads.length - 1);
    const slot = this.#free.pop() ?? this.#kept.length;
    const kept = this.#keptFor(slot);
    copy(place, kept.place);
    kept.hash = hash;
    kept.next = this.#heads[bucket] as number;
    kept.uses = 0;
    this.#heads[bucket] = slot;
    this.#filter.add(hash);
    this.#count++;
    return slot;
  }

  /** Of a number that was given up, the object is used again. */
  #keptFor(slot: number): Kept {
    const known = this.#kept[slot];
    if (known !== undefined) return known;
    const kept = { place: newPlace(), hash: 0, next: NONE, uses: 0 };
    this.#kept[slot] = kept;
    return kept;
  }

  nameOf(slot: number): string {
    const kept = this.#kept[slot];
    return kept === undefined ? '?' : slotName(kept.place);
  }

  take(slot: number): void {
    const kept = this.#kept[slot];
    if (kept !== undefined) kept.uses++;
  }

  leave(slot: number): void {
    const kept = this.#kept[slot];
    if (kept === undefined) return;
    kept.uses--;
    if (kept.uses === 0) this.#drop(slot, kept);
  }

  #drop(slot: number, kept: Kept): void {
    const bucket = kept.hash & (this.#heads.length - 1);
    let before: Kept | undefined;
    for (let one = this.#heads[bucket] as number; one !== slot; one = before.next) {
      before = this.#kept[one] as Kept;
    }
    if (before === undefined) this.#heads[bucket] = kept.next;
    else before.next = kept.next;
    this.#filter.remove(kept.hash);
    kept.uses = -1;
    this.#count--;
    this.#free.push(slot);
  }

  #findIn(place: SlotPlace, hash: number): number {
    let slot = this.#heads[hash & (this.#heads.length - 1)] as number;
    while (slot !== NONE) {
      const kept = this.#kept[slot] as Kept;
      if (kept.hash === hash && isSame(kept.place, place)) return slot;
      slot = kept.next;
    }
    return UNKNOWN_SLOT;
  }

  #rehash(): void {
    this.#heads = new Int32Array(this.#heads.length * 2).fill(NONE);
    this.#kept.forEach((kept, slot) => {
      if (kept.uses < 0) return;
      const bucket = kept.hash & (this.#heads.length - 1);
      kept.next = this.#heads[bucket] as number;
      this.#heads[bucket] = slot;
    });
  }
}

/** Files follow each other by inode, pages of a file by index: both are spread. */
function hashOf({ inode, index }: SlotPlace): number {
  const mixed = Math.imul(inode.low, 0x9e3779b1) ^ Math.imul(index | 0, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

function copy(from: SlotPlace, into: SlotPlace): void {
  into.hasDevice = from.hasDevice;
  into.device.low = from.device.low;
  into.device.high = from.device.high;
  into.inode.low = from.inode.low;
  into.inode.high = from.inode.high;
  into.index = from.index;
}

function isSame(a: SlotPlace, b: SlotPlace): boolean {
  if (a.index !== b.index || a.hasDevice !== b.hasDevice) return false;
  if (a.inode.low !== b.inode.low || a.inode.high !== b.inode.high) return false;
  return !a.hasDevice || (a.device.low === b.device.low && a.device.high === b.device.high);
}
