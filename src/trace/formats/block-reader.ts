// Hands out one CPU's recorded bytes in blocks of whole sub-buffers, a few pages at a time, so that
// memory stays bounded by CPUs x one block however long the trace is.

import type { ByteSource } from './byte-source.ts';
import type { CpuSpan, DatBuffer } from './dat-file.ts';
import type { Decompress } from './decompress.ts';

/** Whole sub-buffers; only the last block of a cut file may end inside one. */
export interface Block {
  readonly bytes: Uint8Array;
  /** Where the block (or the compressed chunk that held it) lies in the file. */
  readonly fileOffset: number;
}

/** Gives blocks until there are none, each good until the next is asked for. After that, `damage` says what stopped it early, if anything. */
export interface BlockReader {
  next(): Promise<Block | undefined>;
  readonly damage: string | undefined;
}

const BLOCK = 65_536;
/** Chunks are small: so many bytes of a CPU are read at once. */
const AHEAD = 65_536;
const COUNT_SIZE = 4;
const CHUNK_HEADER = 8;
// trace-cmd packs 10 pages per chunk. More is read if memory allows; far more is a bomb.
const PAGES_PER_CHUNK = 10;
const LARGEST_CHUNK = 1 << 22;

/** How the blocks of a file are stored, and what reading them may cost. */
export interface BlockShape {
  readonly littleEndian: boolean;
  readonly decompress: Decompress;
  /** Bytes that one CPU's block may take, if that is more than trace-cmd's usual chunk. */
  readonly budget: number;
}

/** The reader that a buffer's storage calls for. */
export function openBlocks(
  source: ByteSource,
  buffer: DatBuffer,
  span: CpuSpan,
  shape: BlockShape,
): BlockReader {
  return buffer.compressed
    ? new ChunkReader(source, buffer.pageSize, span, shape)
    : new PageReader(source, buffer.pageSize, span);
}

/** Uncompressed: sub-buffers one after another. */
class PageReader implements BlockReader {
  damage: string | undefined;
  readonly #source: ByteSource;
  readonly #step: number;
  readonly #end: number;
  readonly #cut: boolean;
  #at: number;

  constructor(source: ByteSource, pageSize: number, span: CpuSpan) {
    this.#source = source;
    this.#step = Math.max(1, Math.floor(BLOCK / pageSize)) * pageSize;
    this.#at = span.offset;
    this.#end = Math.min(span.offset + span.size, source.size);
    this.#cut = span.offset + span.size > source.size;
  }

  async next(): Promise<Block | undefined> {
    const fileOffset = this.#at;
    const length = Math.min(this.#step, this.#end - fileOffset);
    const bytes = length > 0 ? await this.#source.read(fileOffset, length) : new Uint8Array(0);
    this.#at += bytes.length;
    if (bytes.length < length) this.damage = `unreadable at byte ${this.#at}`;
    else if (this.#cut && this.#at >= this.#end) this.damage = `cut off at byte ${this.#end}`;
    return bytes.length === 0 ? undefined : { bytes, fileOffset };
  }
}

/** Compressed: a chunk count, then per chunk its two sizes and its bytes. */
class ChunkReader implements BlockReader {
  damage: string | undefined;
  readonly #source: ByteSource;
  readonly #pageSize: number;
  readonly #shape: BlockShape;
  readonly #end: number;
  readonly #limit: number;
  #at: number;
  #left = -1;
  /** The header of the next chunk, read together with the chunk before it. */
  #header: Uint8Array = new Uint8Array(0);
  #carry: Uint8Array = new Uint8Array(0);
  /** Where the chunks are unpacked, one after another. */
  #room: Uint8Array = new Uint8Array(0);
  /** What was read ahead, and where it lies in the file. */
  #ahead: Uint8Array = new Uint8Array(0);
  #aheadAt = 0;

  constructor(source: ByteSource, pageSize: number, span: CpuSpan, shape: BlockShape) {
    this.#source = source;
    this.#pageSize = pageSize;
    this.#shape = shape;
    this.#at = span.offset;
    // trace-cmd does not count the chunk count itself.
    this.#end = Math.min(span.offset + span.size + COUNT_SIZE, source.size);
    const generous = Math.min(LARGEST_CHUNK, shape.budget);
    this.#limit = Math.max(PAGES_PER_CHUNK * pageSize, generous);
  }

  async next(): Promise<Block | undefined> {
    if (this.#left < 0) await this.#open();
    while (this.#left > 0) {
      const fileOffset = this.#at;
      const bytes = await this.#chunk();
      if (bytes === undefined) {
        this.#left = 0;
        this.damage ??= `damaged or cut off at byte ${fileOffset}`;
        break;
      }
      this.#left--;
      const whole = this.#withCarry(bytes);
      if (whole.length > 0) return { bytes: whole, fileOffset };
    }
    const bytes = this.#carry;
    this.#carry = new Uint8Array(0);
    if (bytes.length === 0) return undefined;
    this.damage ??= `the last sub-buffer is cut off before byte ${this.#at}`;
    return { bytes, fileOffset: this.#at };
  }

  async #open(): Promise<void> {
    const head = await this.#read(COUNT_SIZE + CHUNK_HEADER);
    if (head.length < COUNT_SIZE) {
      this.damage = `cut off at byte ${this.#at}`;
      this.#left = 0;
      return;
    }
    this.#left = this.#u32(head, 0);
    this.#header = head.subarray(COUNT_SIZE);
    this.#at += COUNT_SIZE;
  }

  async #chunk(): Promise<Uint8Array | undefined> {
    if (this.#header.length < CHUNK_HEADER) return undefined;
    const packed = this.#u32(this.#header, 0);
    const size = this.#u32(this.#header, 4);
    const start = this.#at + CHUNK_HEADER;
    if (packed === 0 || size === 0 || size > this.#limit || start + packed > this.#end) {
      return undefined;
    }
    this.#at = start;
    const bytes = await this.#read(packed + CHUNK_HEADER);
    if (bytes.length < packed) return undefined;
    this.#at += packed;
    this.#header = bytes.subarray(packed, packed + CHUNK_HEADER);
    if (this.#room.length < size) this.#room = new Uint8Array(size);
    return await this.#shape.decompress(bytes.subarray(0, packed), size, this.#room);
  }

  /** Chunks hold whole pages in practice; this keeps a page that straddles two of them whole. */
  #withCarry(bytes: Uint8Array): Uint8Array {
    let joined = bytes;
    if (this.#carry.length > 0) {
      joined = new Uint8Array(this.#carry.length + bytes.length);
      joined.set(this.#carry);
      joined.set(bytes, this.#carry.length);
    }
    const whole = joined.length - (joined.length % this.#pageSize);
    if (whole === joined.length && this.#carry.length === 0) return joined;
    this.#carry = joined.slice(whole);
    return joined.subarray(0, whole);
  }

  async #read(wanted: number): Promise<Uint8Array> {
    const left = Math.max(0, this.#end - this.#at);
    const length = Math.max(0, Math.min(wanted, left));
    let from = this.#at - this.#aheadAt;
    if (from < 0 || from + length > this.#ahead.length) {
      const ahead = Math.max(length, Math.min(AHEAD, left, this.#shape.budget));
      this.#ahead = await this.#source.read(this.#at, ahead);
      this.#aheadAt = this.#at;
      from = 0;
    }
    return this.#ahead.subarray(from, from + length);
  }

  #u32(bytes: Uint8Array, at: number): number {
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(
      at,
      this.#shape.littleEndian,
    );
  }
}
