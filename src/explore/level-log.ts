// The keys of every level of a search, for finding the way to a violation afterwards.

import type { Sweep } from './sweep.ts';

export class LevelLog {
  readonly #most: number;
  #bytes = 0;
  #complete = true;
  #levels: Int32Array[] = [];
  #arena: Int32Array = new Int32Array(0);

  /** Gives up, and lets everything go, beyond so many bytes. */
  constructor(most: number) {
    this.#most = most;
  }

  get complete(): boolean {
    return this.#complete;
  }
  get bytes(): number {
    return this.#bytes;
  }
  /** Keys by level, the initial state's first. */
  get levels(): readonly Int32Array[] {
    return this.#levels;
  }
  /** What the keys refer to. */
  get arena(): Int32Array {
    return this.#arena;
  }

  /** Keeps the level that is about to be expanded. */
  keep({ space }: Sweep): void {
    if (!this.#complete) return;
    const bytes = space.frontier * space.plan.key * 4;
    if (this.#bytes + bytes > this.#most) {
      this.#complete = false;
      this.#levels = [];
      this.#bytes = 0;
      return;
    }
    this.#bytes += bytes;
    this.#levels.push(space.keysOfLevel());
    this.#arena = space.buffers.arena;
  }
}
