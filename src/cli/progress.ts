// One line on a terminal's stderr that is always about now, and gone when a result is printed.

import { width } from '../base/text.ts';

export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export class Progress {
  readonly #stream: ProgressStream | undefined;
  #shown = false;

  /** Without a terminal, or where the user wants none, nothing is ever shown. */
  constructor(stream: ProgressStream, wanted: boolean) {
    this.#stream = wanted && stream.isTTY === true ? stream : undefined;
  }

  show(text: string): void {
    if (this.#stream === undefined) return;
    // Some terminals do not know their width, and say 0.
    const room = (this.#stream.columns || 80) - 1;
    const cut = width(text) > room ? `${[...text].slice(0, room - 1).join('')}…` : text;
    this.#stream.write(`\r\u001b[K${cut}`);
    this.#shown = true;
  }

  clear(): void {
    if (!this.#shown) return;
    this.#stream?.write('\r\u001b[K');
    this.#shown = false;
  }
}
