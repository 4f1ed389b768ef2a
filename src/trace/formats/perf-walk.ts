// The records of a perf.data one after the other, unpacked where perf packed them (`perf record -z`).
// Memory: one block, and what a packed record unpacks to.

import { Decompress } from 'fzstd';
import type { ByteSource } from './byte-source.ts';

export const PERF_RECORD = {
  lost: 2,
  comm: 3,
  throttle: 5,
  sample: 9,
  lostSamples: 13,
  attr: 64,
  tracingData: 66,
  finishedRound: 68,
  auxtrace: 71,
  feature: 80,
  compressed: 81,
  compressed2: 83,
} as const;

export const RECORD_HEADER = 8;
const BLOCK = 1 << 20;

/** One record, valid during the call: `start` and `end` are those of its body in `view`. */
export interface PerfPiece {
  readonly type: number;
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
  /** Byte of the record in the file; of the packed record, if it was in one. */
  readonly fileOffset: number;
}

/** What a walk does with records. */
export interface PerfVisitor {
  /** Every record but packed ones. Answers how many bytes of payload follow it outside of it. */
  record(piece: PerfPiece): number | Promise<number>;
  /** Nothing further can be read, and why. */
  damage(sentence: string): void;
}

/** Walks from `start` to `end` of a file. */
export async function walkPerfRecords(
  source: ByteSource,
  start: number,
  end: number,
  littleEndian: boolean,
  visitor: PerfVisitor,
): Promise<void> {
  const packed = new PackedRecords(littleEndian, visitor);
  let at = start;
  while (at < end) {
    const bytes = await source.read(at, Math.min(BLOCK, end - at));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let used = 0;
    while (used + RECORD_HEADER <= bytes.length) {
      const size = view.getUint16(used + 6, littleEndian);
      if (size < RECORD_HEADER)
        return visitor.damage(`a record of ${size} bytes at byte ${at + used}`);
      if (used + size > bytes.length) break;
      const type = view.getUint32(used, littleEndian);
      const piece = {
        type,
        view,
        start: used + RECORD_HEADER,
        end: used + size,
        fileOffset: at + used,
      };
      used += size;
      if (type === PERF_RECORD.compressed || type === PERF_RECORD.compressed2) {
        const broken = packed.push(piece);
        if (broken !== undefined) return visitor.damage(`${broken} at byte ${piece.fileOffset}`);
        continue;
      }
      const answer = visitor.record(piece);
      const behind = typeof answer === 'number' ? answer : await answer;
      if (behind > 0) {
        used += behind;
        break;
      }
    }
    if (used === 0) return visitor.damage(`cut off inside a record at byte ${at}`);
    at += used;
  }
  if (at > end) visitor.damage(`cut off at byte ${end}`);
  else if (packed.isInside) visitor.damage(`cut off inside a packed record at byte ${end}`);
}

/** The packed records are pieces of one zstd stream; the records inside may straddle them. */
class PackedRecords {
  readonly #visitor: PerfVisitor;
  readonly #littleEndian: boolean;
  readonly #stream: Decompress;
  #carry: Uint8Array = new Uint8Array(0);
  #fileOffset = 0;
  #broken: string | undefined;

  constructor(littleEndian: boolean, visitor: PerfVisitor) {
    this.#littleEndian = littleEndian;
    this.#visitor = visitor;
    this.#stream = new Decompress((bytes) => this.#unpacked(bytes));
  }

  /** The last record is not complete. */
  get isInside(): boolean {
    return this.#carry.length > 0;
  }

  /** Answers what is wrong with it. */
  push({ type, view, start, end, fileOffset }: PerfPiece): string | undefined {
    this.#fileOffset = fileOffset;
    let from = start;
    let until = end;
    if (type === PERF_RECORD.compressed2) {
      // The data's true length comes first: the record is padded.
      if (from + 8 > end) return 'a packed record without a length';
      const length = view.getBigUint64(from, this.#littleEndian);
      from += 8;
      if (length > BigInt(end - from)) return 'a packed record that is too short';
      until = from + Number(length);
    }
    const bytes = new Uint8Array(view.buffer, view.byteOffset + from, until - from);
    try {
      // It keeps what it is given until it is complete.
      this.#stream.push(bytes.slice());
    } catch {
      return 'a packed record that cannot be unpacked';
    }
    return this.#broken;
  }

  #unpacked(bytes: Uint8Array): void {
    if (this.#broken !== undefined || bytes.length === 0) return;
    const all = new Uint8Array(this.#carry.length + bytes.length);
    all.set(this.#carry);
    all.set(bytes, this.#carry.length);
    const view = new DataView(all.buffer);
    let used = 0;
    while (used + RECORD_HEADER <= all.length) {
      const size = view.getUint16(used + 6, this.#littleEndian);
      if (size < RECORD_HEADER) {
        this.#broken = `a record of ${size} bytes in a packed one`;
        return;
      }
      if (used + size > all.length) break;
      const type = view.getUint32(used, this.#littleEndian);
      const fileOffset = this.#fileOffset;
      const answer = this.#visitor.record({
        type,
        view,
        start: used + RECORD_HEADER,
        end: used + size,
        fileOffset,
      });
      if (answer !== 0) {
        this.#broken = `a record of type ${type}, which perf does not pack, in a packed one`;
        return;
      }
      used += size;
    }
    this.#carry = all.slice(used);
  }
}
