// Page-cache positions that a rule has to recognise, each by a number, as long as some subject
// remembers it. A trace names millions; almost none is asked for again.

import { type SlotPlace, slotName } from './happening.ts';

/** A position that nobody remembers: equal to none that is. */
export const UNKNOWN_SLOT = -3;

export class SlotNames {
  readonly #byName = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #uses: number[] = [];
  readonly #free: number[] = [];
  /** How many of them have this hash: most positions that are asked for are told apart by that. */
  readonly #hashes = new Map<number, number>();
  readonly #hashOf: number[] = [];

  find(place: SlotPlace): number {
    if (!this.#hashes.has(hashOf(place))) return UNKNOWN_SLOT;
    return this.#byName.get(slotName(place)) ?? UNKNOWN_SLOT;
  }

  /** Its number; a new one is not kept unless somebody takes it. */
  of(place: SlotPlace): number {
    const known = this.find(place);
    if (known !== UNKNOWN_SLOT) return known;
    const name = slotName(place);
    const slot = this.#free.pop() ?? this.#names.length;
    this.#names[slot] = name;
    const hash = hashOf(place);
    this.#hashOf[slot] = hash;
    this.#uses[slot] = 0;
    this.#byName.set(name, slot);
    this.#hashes.set(hash, (this.#hashes.get(hash) ?? 0) + 1);
    return slot;
  }

  nameOf(slot: number): string {
    return this.#names[slot] ?? '?';
  }

  take(slot: number): void {
    this.#uses[slot] = (this.#uses[slot] ?? 0) + 1;
  }

  leave(slot: number): void {
    this.#uses[slot] = (this.#uses[slot] ?? 1) - 1;
    this.dropUnused(slot);
  }

  dropUnused(slot: number): void {
    if (this.#uses[slot] !== 0) return;
    const hash = this.#hashOf[slot] as number;
    const left = (this.#hashes.get(hash) ?? 1) - 1;
    if (left === 0) this.#hashes.delete(hash);
    else this.#hashes.set(hash, left);
    this.#byName.delete(this.nameOf(slot));
    this.#uses[slot] = -1;
    this.#free.push(slot);
  }
}

function hashOf({ inode, index }: SlotPlace): number {
  return inode.low + index * 2 ** 32;
}
