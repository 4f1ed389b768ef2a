// When each task last asked for a flush of each address space. Bounded: what was forgotten may have
// been asked.

import { NO_MM } from '../profiles/names.ts';

const MOST = 1 << 14;

export class Asked {
  readonly #last = new Map<string, number>();
  #forgottenUntil = Number.NEGATIVE_INFINITY;

  /** `mm`: `NO_MM` for all that the task owes. */
  note(task: number, mm: number, at: number): void {
    const key = `${task} ${mm}`;
    this.#last.delete(key);
    this.#last.set(key, at);
    if (this.#last.size <= MOST) return;
    for (const [oldest, when] of this.#last) {
      this.#last.delete(oldest);
      this.#forgottenUntil = Math.max(this.#forgottenUntil, when);
      return;
    }
  }

  /** Whether the task may have asked for a flush of the mm at `since` or later. */
  mayHaveAsked(task: number, mm: number, since: number): boolean {
    if (this.#forgottenUntil >= since) return true;
    return [mm, NO_MM].some((one) => (this.#last.get(`${task} ${one}`) ?? -Infinity) >= since);
  }

  clear(): void {
    this.#last.clear();
    this.#forgottenUntil = Number.NEGATIVE_INFINITY;
  }
}
