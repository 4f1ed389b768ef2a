// A database as another process writes it: read once, then only what has come since. A file that became shorter or
// another one (it was salvaged, or made anew) is read from its beginning.

import { closeSync, openSync, statSync } from 'node:fs';
import { Problem } from '../base/problem.ts';
import { linesIn, readFrom } from './log-file.ts';
import { type Loaded, load } from './log-store.ts';
import type { LogRecord, StoreReader } from './store.ts';

export class Follower {
  readonly #path: string;
  #known: (Loaded & { readonly inode: number }) | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * What the database says now; `isNew` where it was read from its beginning, so that nothing that was known of
   * it before need be true any more.
   *
   * @throws Problem as `readStore`. Asked again later, it may be well.
   */
  look(): { readonly store: StoreReader; readonly isNew: boolean; readonly hasMore: boolean } {
    const known = this.#known;
    const file = statSync(this.#path, { throwIfNoEntry: false });
    if (known === undefined || file?.ino !== known.inode || file.size < known.bytes) {
      this.#known = undefined;
      const loaded = load(this.#path);
      this.#known = { ...loaded, inode: file?.ino ?? 0 };
      return { store: loaded.memory, isNew: true, hasMore: true };
    }
    if (file.size === known.bytes) return { store: known.memory, isNew: false, hasMore: false };
    const { texts, bytes, damage } = this.#rest(known);
    const [first] = damage;
    if (first !== undefined) {
      // Read as a whole it is told with its place, or well again.
      this.#known = undefined;
      throw new Problem('LUF-E503', `damaged: line ${first.line}: ${first.why}`, {
        where: this.#path,
        hint: `lufcheck campaign salvage --db ${this.#path} goes on with all whole lines`,
      });
    }
    for (const text of texts) known.memory.apply(JSON.parse(text) as LogRecord);
    this.#known = { ...known, lines: known.lines + texts.length, bytes: known.bytes + bytes };
    return { store: known.memory, isNew: false, hasMore: texts.length > 0 };
  }

  #rest({ lines, bytes }: Loaded): ReturnType<typeof linesIn> {
    const fd = openSync(this.#path, 'r');
    try {
      return linesIn(readFrom(fd, bytes), { line: lines + 1, byte: bytes });
    } finally {
      closeSync(fd);
    }
  }
}
