// Warnings of one reading, bounded: a hostile file can make every page suspicious, and nobody
// reads more than a screenful.

import { plain } from './plain-text.ts';

const KEPT = 20;

/** Collects warnings; keeps the first twenty and counts the rest. */
export class WarningList {
  readonly #kept: string[] = [];
  #more = 0;

  add(sentence: string): void {
    if (this.#kept.length < KEPT) this.#kept.push(plain(sentence));
    else this.#more++;
  }

  list(): string[] {
    return this.#more === 0 ? [...this.#kept] : [...this.#kept, `${this.#more} more warnings`];
  }
}
