// Decodes the ring buffer of one CPU, record by record. Hot path: `advance` runs once per record
// and must not allocate; the record's bytes stay in the block, and only their place is noted.
//
// Damage never stops the stream: the rest of a bad sub-buffer is passed over, and the next record
// says that something was lost before it.

import type { Block, BlockReader } from './block-reader.ts';
import type { RecordBytes } from './field-access.ts';
import type { PageLayout } from './page-layout.ts';

const LENGTH_MASK = 0x07ff_ffff;
const LOST = 0x8000_0000;
const LOST_COUNTED = 0x4000_0000;
const TIME_STEP = 0x800_0000; // 2^27: a time extension counts in these
const ABSOLUTE_BITS = 59n;
const PADDING = 29;
const TIME_EXTEND = 30; // 31, the only kind beyond it, is an absolute time stamp

/** What a stream must know about the file it comes from. */
export interface StreamShape {
  readonly layout: PageLayout;
  readonly pageSize: number;
  readonly littleEndian: boolean;
  /** Told about every damaged place: a sentence with the byte offset. */
  readonly onDamage: (sentence: string) => void;
}

/** The records of one CPU in one buffer. */
export class CpuStream implements RecordBytes {
  readonly cpu: number;
  readonly buffer: string;
  /** Position among all streams: decides between equal time stamps. */
  order = 0;

  /** The current record: its time in ns minus the base, its place, and the loss before it. */
  time = Number.NaN;
  view: DataView = new DataView(new ArrayBuffer(0));
  start = 0;
  length = 0;
  lostBefore = 0;

  readonly littleEndian: boolean;
  readonly wordSize: 4 | 8;
  readonly #blocks: BlockReader;
  readonly #shape: StreamShape;
  #base = 0n;
  #fileOffset = 0;
  /** Next sub-buffer in the block; next event and end of events in the current sub-buffer. */
  #page = 0;
  #at = 0;
  #end = 0;
  #pending = 0;
  #ended = false;

  constructor(cpu: number, buffer: string, blocks: BlockReader, shape: StreamShape) {
    this.cpu = cpu;
    this.buffer = buffer;
    this.#blocks = blocks;
    this.#shape = shape;
    this.littleEndian = shape.littleEndian;
    this.wordSize = shape.layout.wordSize;
  }

  /** A loss that no record follows. */
  get lostAtEnd(): number {
    return this.#pending;
  }

  /** The first sub-buffer's absolute time stamp; loads the first block. Undefined: no data. */
  async firstStamp(): Promise<bigint | undefined> {
    const block = await this.#blocks.next();
    if (block === undefined || block.bytes.length < this.#shape.layout.dataOffset) {
      this.#noteEnd();
      return undefined;
    }
    this.#enter(block);
    return this.view.getBigUint64(this.#shape.layout.timeOffset, this.littleEndian);
  }

  /** Sets what is subtracted from every stamp. Call it before the first `advance`. */
  setBase(base: bigint): void {
    this.#base = base;
  }

  /** Loads blocks until one holds a record; false at the end of the data. */
  async refill(): Promise<boolean> {
    for (;;) {
      const block = await this.#blocks.next();
      if (block === undefined) {
        this.#noteEnd();
        return false;
      }
      this.#enter(block);
      if (this.advance()) return true;
    }
  }

  /** Moves to the next record in the block; false if the block has no more (then `refill`). */
  advance(): boolean {
    const { view, littleEndian } = this;
    for (;;) {
      if (this.#at + 4 > this.#end) {
        if (!this.#nextPage()) return false;
        continue;
      }
      const head = view.getUint32(this.#at, littleEndian);
      const kind = littleEndian ? head & 31 : head >>> 27;
      const delta = littleEndian ? head >>> 5 : head & LENGTH_MASK;
      const body = this.#at + 4;
      if (kind > 0 && kind < PADDING) {
        this.time += delta;
        if (this.#deliver(body, kind * 4, body + kind * 4)) return true;
      } else if (kind === PADDING && delta === 0) {
        this.#at = this.#end;
      } else if (body + 4 > this.#end) {
        this.#breakPage('an event is cut off');
      } else {
        const word = view.getUint32(body, littleEndian);
        if (kind === 0) {
          this.time += delta;
          if (word < 4) this.#breakPage('an event claims an impossible length');
          else if (this.#deliver(body + 4, word - 4, body + Math.ceil(word / 4) * 4)) return true;
        } else if (kind === PADDING) {
          this.time += delta;
          if (word > this.#end - body) this.#breakPage('a discarded event is too long');
          else this.#at = body + Math.max(4, word);
        } else {
          if (kind === TIME_EXTEND) this.time += word * TIME_STEP + delta;
          else this.#setTime(word, delta);
          this.#at = body + 4;
        }
      }
    }
  }

  #deliver(start: number, length: number, next: number): boolean {
    if (start + length > this.#end) {
      this.#breakPage('an event reaches beyond its sub-buffer');
      return false;
    }
    this.start = start;
    this.length = length;
    this.#at = next;
    this.lostBefore = this.#pending;
    this.#pending = 0;
    return true;
  }

  /** An absolute stamp has 59 bits; the top five are those of the running time. */
  #setTime(word: number, delta: number): void {
    const running = this.#base + BigInt(this.time);
    const low = (BigInt(word) << 27n) + BigInt(delta);
    let stamp = ((running >> ABSOLUTE_BITS) << ABSOLUTE_BITS) | low;
    if (stamp < running && running >> ABSOLUTE_BITS !== 0n) stamp += 1n << ABSOLUTE_BITS;
    this.time = Number(stamp - this.#base);
  }

  #nextPage(): boolean {
    const { layout, pageSize } = this.#shape;
    const page = this.#page;
    const room = Math.min(pageSize, this.view.byteLength - page) - layout.dataOffset;
    this.#at = this.#end = 0;
    if (room < 0) return false;
    this.#page = page + pageSize;
    const wide = layout.wordSize === 8 && !this.littleEndian;
    const commitAt = page + layout.commitOffset + (wide ? 4 : 0);
    const commit = this.view.getUint32(commitAt, this.littleEndian);
    const used = commit & LENGTH_MASK;
    const stamp = this.view.getBigUint64(page + layout.timeOffset, this.littleEndian);
    this.time = Number(stamp - this.#base);
    const data = page + layout.dataOffset;
    this.#noteLoss(commit, data + used, data + room);
    this.#at = data;
    if (used <= room) this.#end = data + used;
    else if (room < pageSize - layout.dataOffset) this.#end = data + room;
    else this.#breakPage('a sub-buffer claims more than its size');
    return true;
  }

  #noteLoss(commit: number, countAt: number, end: number): void {
    if ((commit & LOST) === 0) return;
    let count = -1;
    if ((commit & LOST_COUNTED) !== 0 && countAt + this.wordSize <= end) {
      const wide = this.wordSize === 8;
      const value = wide
        ? Number(this.view.getBigUint64(countAt, this.littleEndian))
        : this.view.getUint32(countAt, this.littleEndian);
      if (value > 0 && Number.isSafeInteger(value)) count = value;
    }
    this.#pending = count < 0 || this.#pending < 0 ? -1 : this.#pending + count;
  }

  #breakPage(what: string): void {
    const place = `byte ${this.#fileOffset} (+${this.#at} in the block)`;
    this.#shape.onDamage(
      `CPU ${this.cpu}: ${what}, ${place}; the rest of the sub-buffer is left out`,
    );
    this.#at = this.#end;
    this.#pending = -1;
  }

  #enter(block: Block): void {
    const { bytes, fileOffset } = block;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#fileOffset = fileOffset;
    this.#page = this.#at = this.#end = 0;
  }

  #noteEnd(): void {
    const { damage } = this.#blocks;
    if (damage === undefined || this.#ended) return;
    this.#ended = true;
    this.#shape.onDamage(`data of CPU ${this.cpu}: ${damage}`);
    this.#pending = -1;
  }
}
