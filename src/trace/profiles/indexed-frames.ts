// Frames with an index that means their place. Every allocation, every page of a file goes through here:
// bits, which leave nothing to collect.

import { EntrySet } from './entry-set.ts';
import { PAGE } from './fields.ts';

export class IndexedFrames {
  /** By physical address, in the one space there is of those. */
  readonly #frames = new EntrySet();

  add(frame: number): void {
    this.#frames.add(0, frame * PAGE);
  }

  delete(frame: number): void {
    this.#frames.delete(0, frame * PAGE);
  }

  has(frame: number): boolean {
    return this.#frames.has(0, frame * PAGE);
  }
}
