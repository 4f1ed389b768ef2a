// A cursor over a ByteSource for the metadata of a trace.dat: numbers, strings and blocks, each
// checked against the end of the file before anything is allocated. Every failure is LUF-E203 and
// names the byte. Not for the records themselves: those are decoded from whole blocks.

import { Problem } from '../../base/problem.ts';
import type { ByteSource } from './byte-source.ts';
import { plain } from './plain-text.ts';

const WINDOW = 65_536;
const LONGEST_NAME = 4096;

/** The Problem for input that ends early or contradicts itself; `byte` is an offset in the file. */
export function damaged(source: ByteSource, byte: number, sentence: string): Problem {
  return new Problem('LUF-E203', `${plain(sentence)} (byte ${byte})`, {
    where: source.name,
    hint: 'the file is damaged or was cut: copy it again, or record it again',
  });
}

/** Sequential reader with a movable position. */
export class ByteReader {
  readonly source: ByteSource;
  littleEndian = true;
  #at: number;
  #window: DataView = new DataView(new ArrayBuffer(0));
  #windowStart = 0;

  constructor(source: ByteSource, at = 0, littleEndian = true) {
    this.source = source;
    this.#at = at;
    this.littleEndian = littleEndian;
  }

  get position(): number {
    return this.#at;
  }

  /** Moves to a byte of the file; moving to the very end is allowed, reading there is not. */
  seek(position: number, what: string): void {
    if (!(position >= 0 && position <= this.source.size)) {
      throw damaged(this.source, this.#at, `${what} lies outside the file`);
    }
    this.#at = position;
  }

  skip(length: number, what: string): void {
    this.seek(this.#at + length, what);
  }

  async u8(what: string): Promise<number> {
    const offset = await this.#take(1, what);
    return this.#window.getUint8(offset);
  }

  async u16(what: string): Promise<number> {
    const offset = await this.#take(2, what);
    return this.#window.getUint16(offset, this.littleEndian);
  }

  async u32(what: string): Promise<number> {
    const offset = await this.#take(4, what);
    return this.#window.getUint32(offset, this.littleEndian);
  }

  /** As a double: inexact beyond 2^53, which no offset or length that fits a file reaches. */
  async u64(what: string): Promise<number> {
    const offset = await this.#take(8, what);
    return Number(this.#window.getBigUint64(offset, this.littleEndian));
  }

  /** A NUL-terminated name. */
  async name(what: string): Promise<string> {
    const start = this.#at;
    let text = '';
    for (;;) {
      const byte = await this.u8(what);
      if (byte === 0) return text;
      if (text.length >= LONGEST_NAME) throw damaged(this.source, start, `${what} has no end`);
      text += String.fromCharCode(byte);
    }
  }

  /** A block of `length` bytes, refused if it exceeds `limit` or the file. */
  async bytes(length: number, limit: number, what: string): Promise<Uint8Array> {
    const left = this.source.size - this.#at;
    if (length > left) {
      const sentence = `the file ends inside ${what}: ${length} bytes wanted, ${left} left`;
      throw damaged(this.source, this.#at, sentence);
    }
    if (length > limit) {
      throw damaged(this.source, this.#at, `${what} claims an implausible ${length} bytes`);
    }
    const block = await this.source.read(this.#at, length);
    if (block.length < length) throw damaged(this.source, this.#at, `${what} cannot be read whole`);
    this.#at += length;
    return block;
  }

  async #take(length: number, what: string): Promise<number> {
    let offset = this.#at - this.#windowStart;
    if (offset < 0 || offset + length > this.#window.byteLength) {
      const block = await this.source.read(this.#at, WINDOW);
      if (block.length < length) {
        throw damaged(this.source, this.#at, `the file ends inside ${what}`);
      }
      this.#window = new DataView(block.buffer, block.byteOffset, block.byteLength);
      this.#windowStart = this.#at;
      offset = 0;
    }
    this.#at += length;
    return offset;
  }
}
