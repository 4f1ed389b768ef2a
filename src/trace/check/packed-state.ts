// The state of one rule's subjects, in words and names as packed-code.ts lays it out.

import { NONE, type Packing } from './packed-code.ts';
import { NOBODY } from './subject-table.ts';

export class PackedState {
  /** By subject, then by place: sets and flags, and names. */
  words = new Int32Array(0);
  names = new Float64Array(0);
  readonly #packing: Packing;

  constructor(packing: Packing) {
    this.#packing = packing;
  }

  nameOf(id: number, at: number): number {
    return this.names[id * this.#packing.names + at] as number;
  }

  clear(id: number): void {
    const { words, names } = this.#packing;
    // A call of fill() costs more than the few words.
    for (let at = id * words, end = at + words; at < end; at++) this.words[at] = 0;
    for (let at = id * names, end = at + names; at < end; at++) this.names[at] = NONE;
  }

  /** The state of nobody becomes that of a new subject. */
  move(id: number): void {
    const { words, names } = this.#packing;
    for (let i = 0; i < words; i++) this.words[id * words + i] = this.words[i] as number;
    for (let i = 0; i < names; i++) this.names[id * names + i] = this.names[i] as number;
    this.clear(NOBODY);
  }

  grow(room: number): void {
    const { words, names } = this.#packing;
    this.words = grown(this.words, new Int32Array(room * words));
    this.names = grown(this.names, new Float64Array(room * names).fill(NONE));
  }
}

/** The larger one, with what was in the old one. */
export function grown<T extends Int32Array | Float64Array | Uint8Array>(old: T, room: T): T {
  room.set(old);
  return room;
}
