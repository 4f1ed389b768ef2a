// Ring-buffer sub-buffers as the kernel writes them, for tests and for cutting recordings.

import { ByteWriter } from './byte-writer.ts';

/** The traced machine. */
export interface SampleShape {
  readonly littleEndian: boolean;
  readonly wordSize: 4 | 8;
  readonly pageSize: number;
}

/** A little-endian 64-bit machine with 4 KiB pages. */
export const USUAL_SHAPE: SampleShape = { littleEndian: true, wordSize: 8, pageSize: 4096 };

/** One record: its absolute time in ns and its bytes. */
export interface SampleRecord {
  readonly time: bigint;
  readonly payload: Uint8Array;
  /** Write the time as an absolute stamp (59 bits) instead of a difference. */
  readonly absolute?: boolean;
}

/** What is special about a page. */
export interface PageMarks {
  /** Records lost before the page; -1 = a mark without a count. */
  readonly lost?: number;
  /** A discarded event of this many bytes before the first record. */
  readonly discarded?: number;
}

const LONGEST_DELTA = 1n << 27n;
const LONGEST_SHORT_PAYLOAD = 112;

/** One sub-buffer. The caller sees to it that the records fit. */
export function encodePage(
  shape: SampleShape,
  records: readonly SampleRecord[],
  marks: PageMarks = {},
): Uint8Array {
  const data = new ByteWriter(shape.littleEndian);
  const first = records[0]?.time ?? 0n;
  const start = marks.discarded === undefined ? first : first - 1n;
  if (marks.discarded !== undefined) {
    header(data, 29, 1);
    data.u32(marks.discarded);
    data.block(new Uint8Array(marks.discarded - 4));
  }
  let now = first;
  for (const record of records) {
    now = writeTime(data, record, now);
    const small = record.payload.length <= LONGEST_SHORT_PAYLOAD && record.payload.length % 4 === 0;
    header(data, small ? record.payload.length / 4 : 0, Number(record.time - now));
    if (!small) data.u32(record.payload.length + 4);
    data.block(record.payload);
    data.align(4);
    now = record.time;
  }
  return wrap(shape, start, data.bytes(), marks.lost ?? 0);
}

/** As many sub-buffers as the records need. */
export function paginate(shape: SampleShape, records: readonly SampleRecord[]): Uint8Array[] {
  const room = shape.pageSize - 8 - shape.wordSize;
  const pages: Uint8Array[] = [];
  let first = 0;
  let used = 0;
  for (const [i, record] of records.entries()) {
    const need = 16 + Math.ceil(record.payload.length / 4) * 4;
    if (used + need > room) {
      pages.push(encodePage(shape, records.slice(first, i)));
      first = i;
      used = 0;
    }
    used += need;
  }
  if (first < records.length) pages.push(encodePage(shape, records.slice(first)));
  return pages;
}

/** The time that a decoder has reached before the record's own header word. */
function writeTime(data: ByteWriter, record: SampleRecord, now: bigint): bigint {
  if (record.absolute === true) {
    const stamp = record.time & ((1n << 59n) - 1n);
    header(data, 31, Number(stamp % LONGEST_DELTA));
    data.u32(Number(stamp / LONGEST_DELTA));
    return record.time;
  }
  const delta = record.time - now;
  if (delta < LONGEST_DELTA) return now;
  header(data, 30, Number(delta % LONGEST_DELTA));
  data.u32(Number(delta / LONGEST_DELTA));
  return record.time;
}

function header(data: ByteWriter, kind: number, delta: number): void {
  data.u32(data.littleEndian ? ((delta << 5) | kind) >>> 0 : ((kind << 27) | delta) >>> 0);
}

function wrap(shape: SampleShape, time: bigint, data: Uint8Array, lost: number): Uint8Array {
  const page = new ByteWriter(shape.littleEndian);
  page.u64(time);
  const flags = lost === 0 ? 0 : lost < 0 ? 0x8000_0000 : 0xc000_0000;
  const commit = (data.length | flags) >>> 0;
  // The kernel adds the flags as negative ints: on 64 bits the upper half is all ones.
  if (shape.wordSize === 4) page.u32(commit);
  else page.u64(flags === 0 ? BigInt(commit) : 0xffff_ffff_0000_0000n | BigInt(commit));
  page.block(data);
  if (lost > 0 && shape.wordSize === 4) page.u32(lost);
  else if (lost > 0) page.u64(lost);
  page.align(shape.pageSize);
  return page.bytes();
}
