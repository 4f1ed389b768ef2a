// The file of a campaign's database: lines that are only ever added. Each is its CRC-32, its number and
// its text; a record is one write, so that whoever reads beside us sees whole lines, but for the last.
// What a crash or a full disk leaves of a last line is cut off by the next writer. Anything else that
// does not fit is damage, and is never skipped.

import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { crc32 } from 'node:zlib';
import { Problem } from '../base/problem.ts';

/** A line whose checksum does not fit, or that is not the next one. */
export interface Damage {
  /** From 1. */
  readonly line: number;
  readonly byte: number;
  readonly why: string;
}

export interface Lines {
  readonly texts: readonly string[];
  /** Bytes of all whole lines; what follows is the rest of a line. */
  readonly bytes: number;
  readonly damage: readonly Damage[];
}

const PREFIX = /^([0-9a-f]{8}) (\d+) /;

/** Reads all whole lines from a place on; those with damage are left out of `texts`. */
export function linesIn(
  data: Buffer,
  from: { readonly line: number; readonly byte: number },
): Lines {
  const texts: string[] = [];
  const damage: Damage[] = [];
  let start = 0;
  let expected = from.line;
  for (;;) {
    const end = data.indexOf(10, start);
    if (end < 0) return { texts, bytes: start, damage };
    const line = data.toString('utf8', start, end);
    const [prefix = '', crc = '', number = ''] = PREFIX.exec(line) ?? [];
    const place = { line: expected, byte: from.byte + start };
    if (crc !== checksum(line.slice(9))) {
      damage.push({ ...place, why: 'its checksum does not fit' });
    } else if (Number(number) !== expected) {
      damage.push({ ...place, why: `it says that it is line ${number}` });
      // What follows is judged by its own numbers: one gap is one damage.
      expected = Number(number);
      texts.push(line.slice(prefix.length));
    } else {
      texts.push(line.slice(prefix.length));
    }
    expected++;
    start = end + 1;
  }
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}

export function lineOf(number: number, text: string): string {
  const rest = `${number} ${text}`;
  return `${checksum(rest)} ${rest}\n`;
}

/** Everything in the file from a byte on. */
export function readFrom(fd: number, byte: number): Buffer {
  const size = fstatSync(fd).size;
  const data = Buffer.alloc(Math.max(0, size - byte));
  let at = 0;
  while (at < data.length) {
    const n = readSync(fd, data, at, data.length - at, byte + at);
    if (n === 0) break;
    at += n;
  }
  return data.subarray(0, at);
}

/** The one who writes. */
export class LogWriter {
  readonly #fd: number;
  readonly #path: string;
  #line: number;
  #bytes: number;
  #dirty = false;

  /** Continues behind `lines` whole lines of `bytes` bytes; what follows them is cut off. */
  constructor(path: string, at: { readonly lines: number; readonly bytes: number }) {
    this.#path = path;
    this.#line = at.lines + 1;
    this.#bytes = at.bytes;
    try {
      this.#fd = openSync(path, 'r+');
      if (fstatSync(this.#fd).size > at.bytes) ftruncateSync(this.#fd, at.bytes);
    } catch (error) {
      throw cannotWrite(path, error);
    }
  }

  /** @throws Problem LUF-E505 if it cannot be written; the file is then as it was. */
  add(text: string): void {
    const data = Buffer.from(lineOf(this.#line, text));
    try {
      let written = 0;
      while (written < data.length) {
        const n = writeSync(this.#fd, data, written, data.length - written, this.#bytes + written);
        written += n;
      }
    } catch (error) {
      this.#cutOff();
      throw cannotWrite(this.#path, error);
    }
    this.#line++;
    this.#bytes += data.length;
    this.#dirty = true;
  }

  /** Until this has returned, a loss of power may take the last lines; the death of a process may not. */
  sync(): void {
    if (!this.#dirty) return;
    this.#dirty = false;
    try {
      fsyncSync(this.#fd);
    } catch (error) {
      throw cannotWrite(this.#path, error);
    }
  }

  close(): void {
    this.sync();
    closeSync(this.#fd);
  }

  /** Where it fails, the next writer does it: the rest of a line is no damage. */
  #cutOff(): void {
    try {
      ftruncateSync(this.#fd, this.#bytes);
    } catch {
      // Told as the failure that it follows from.
    }
  }
}

export function cannotWrite(path: string, error: unknown): Problem {
  const { code = String(error) } = error as NodeJS.ErrnoException;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new Problem('LUF-E505', full ? 'the disk is full' : `cannot be written (${code})`, {
    where: path,
    hint: full
      ? 'what was there is still there: make room, then lufcheck campaign resume'
      : 'check the path and the permissions, or name another file: --db FILE',
  });
}
