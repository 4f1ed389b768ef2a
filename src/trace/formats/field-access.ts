// Reads one field of one binary record. Every read is checked against the record's end: a record
// may be shorter than its format says, and dynamic fields carry their own untrusted offsets.

import type { Field } from './event-format.ts';
import { plainFromBytes } from './plain-text.ts';
import { type Wide, wideFromHex } from './wide.ts';

const TWO_32 = 0x1_0000_0000;
const LONGEST_MASK = 1024;

/** The bytes of one record inside a block. */
export interface RecordBytes {
  view: DataView;
  /** Start and length of the record in `view`. */
  start: number;
  length: number;
  littleEndian: boolean;
  /** Machine word of the traced kernel in bytes: 4 or 8. */
  wordSize: number;
}

/** An integer, or undefined if it is not one, lies outside the record or exceeds 2^53. */
export function readNumber(record: RecordBytes, field: Field): number | undefined {
  if (field.kind !== 'integer') return maskNumber(record, field);
  if (field.offset + field.size > record.length) return undefined;
  const at = record.start + field.offset;
  const { view, littleEndian } = record;
  switch (field.size) {
    case 1:
      return field.signed ? view.getInt8(at) : view.getUint8(at);
    case 2:
      return field.signed ? view.getInt16(at, littleEndian) : view.getUint16(at, littleEndian);
    case 4:
      return field.signed ? view.getInt32(at, littleEndian) : view.getUint32(at, littleEndian);
    default:
      return readLong(view, at, field.signed, littleEndian);
  }
}

/** An integer as lower-case hex without leading zeros; signed fields are widened to 64 bits. */
export function readHex(record: RecordBytes, field: Field): string | undefined {
  if (field.kind !== 'integer') return readMask(record, field);
  if (field.size < 8) {
    const value = readNumber(record, field);
    if (value === undefined || value >= 0) return value?.toString(16);
    return `ffffffff${(value >>> 0).toString(16)}`;
  }
  if (field.offset + 8 > record.length) return undefined;
  const at = record.start + field.offset;
  const { view, littleEndian } = record;
  const high = view.getUint32(littleEndian ? at + 4 : at, littleEndian);
  const low = view.getUint32(littleEndian ? at : at + 4, littleEndian);
  return high === 0 ? low.toString(16) : high.toString(16) + low.toString(16).padStart(8, '0');
}

/** The same as `readHex` in two halves; false where that is undefined. */
export function readWide(record: RecordBytes, field: Field, into: Wide): boolean {
  if (field.kind !== 'integer') return wideFromHex(readMask(record, field), into);
  if (field.size < 8) {
    const value = readNumber(record, field);
    if (value === undefined) return false;
    into.low = value | 0;
    into.high = value < 0 ? -1 : 0;
    return true;
  }
  if (field.offset + 8 > record.length) return false;
  const at = record.start + field.offset;
  const { view, littleEndian } = record;
  into.high = view.getInt32(littleEndian ? at + 4 : at, littleEndian);
  into.low = view.getInt32(littleEndian ? at : at + 4, littleEndian);
  return true;
}

/** A string, cut at its NUL or at the record's end. */
export function readText(record: RecordBytes, field: Field): string | undefined {
  if (field.mask) return undefined;
  const bytes = stringBytes(record, field);
  return bytes === undefined ? undefined : plainFromBytes(bytes);
}

function readLong(view: DataView, at: number, signed: boolean, le: boolean): number | undefined {
  const low = view.getUint32(le ? at : at + 4, le);
  const high = signed ? view.getInt32(le ? at + 4 : at, le) : view.getUint32(le ? at + 4 : at, le);
  const value = high * TWO_32 + low;
  return Number.isSafeInteger(value) ? value : undefined;
}

function stringBytes(record: RecordBytes, field: Field): Uint8Array | undefined {
  if (field.kind === 'characters') {
    if (field.offset > record.length) return undefined;
    const size = field.size === 0 ? record.length : field.size;
    return slice(record, field.offset, size);
  }
  return field.kind === 'integer' || field.kind === 'opaque' ? undefined : located(record, field);
}

function located(record: RecordBytes, field: Field): Uint8Array | undefined {
  if (field.offset + 4 > record.length) return undefined;
  const word = record.view.getUint32(record.start + field.offset, record.littleEndian);
  const origin = field.kind === 'rel-loc' ? field.offset + 4 : 0;
  const from = origin + (word & 0xffff);
  return from > record.length ? undefined : slice(record, from, word >>> 16);
}

function slice(record: RecordBytes, from: number, size: number): Uint8Array {
  const length = Math.min(size, record.length - from);
  const { view, start } = record;
  return new Uint8Array(view.buffer, view.byteOffset + start + from, length);
}

function maskNumber(record: RecordBytes, field: Field): number | undefined {
  const hex = readMask(record, field);
  const value = hex === undefined ? Number.NaN : Number.parseInt(hex, 16);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** A bitmap of words: word 0 holds the lowest bits, whatever the byte order inside a word. */
function readMask(record: RecordBytes, field: Field): string | undefined {
  if (!field.mask || (field.kind !== 'data-loc' && field.kind !== 'rel-loc')) return undefined;
  const bytes = located(record, field);
  const { wordSize, littleEndian } = record;
  if (bytes === undefined || bytes.length === 0 || bytes.length > LONGEST_MASK) return undefined;
  if (bytes.length % wordSize !== 0) return undefined;
  let hex = '';
  for (let word = bytes.length - wordSize; word >= 0; word -= wordSize) {
    for (let i = 0; i < wordSize; i++) {
      const byte = bytes[littleEndian ? word + wordSize - 1 - i : word + i];
      hex += byte.toString(16).padStart(2, '0');
    }
  }
  return hex.replace(/^0+(?=.)/, '');
}
