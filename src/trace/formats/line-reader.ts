// Text of any length as lines of bounded length.

import type { ByteSource } from './byte-source.ts';

const BLOCK = 262_144;
/** Longest line handed out, in characters; a longer one is cut and marked. */
export const LONGEST_LINE = 65_536;

/** One line without its end. */
export interface Line {
  readonly text: string;
  /** Counted from 1. */
  readonly number: number;
  /** A line end follows. What a line without one says may be cut in the middle of a number. */
  readonly whole: boolean;
  /** The text was longer than `LONGEST_LINE`. */
  readonly overlong: boolean;
}

/** Calls `onLine` for every line. Bytes that are not UTF-8 become U+FFFD. */
export async function readLines(source: ByteSource, onLine: (line: Line) => void): Promise<void> {
  const decoder = new TextDecoder();
  let number = 1;
  let rest = '';
  let overlong = false;
  const emit = (text: string, whole: boolean): void => {
    const cut = overlong || text.length > LONGEST_LINE;
    const bounded = cut ? text.slice(0, LONGEST_LINE) : text;
    const line = bounded.endsWith('\r') ? bounded.slice(0, -1) : bounded;
    onLine({ text: line, number: number++, whole, overlong: cut });
    overlong = false;
  };
  for (let at = 0; at < source.size; ) {
    const bytes = await source.read(at, BLOCK);
    if (bytes.length === 0) break;
    at += bytes.length;
    const block = decoder.decode(bytes, { stream: true });
    let start = 0;
    for (let end = block.indexOf('\n'); end >= 0; end = block.indexOf('\n', start)) {
      const piece = block.slice(start, end);
      emit(rest === '' ? piece : rest + piece, true);
      rest = '';
      start = end + 1;
    }
    rest += block.slice(start);
    if (rest.length > LONGEST_LINE) {
      rest = rest.slice(0, LONGEST_LINE);
      overlong = true;
    }
  }
  if (rest !== '') emit(rest, false);
}
