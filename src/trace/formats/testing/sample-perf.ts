// Writes perf.data files, for tests: as perf stores them with an index, or as it streams them into a pipe,
// with records packed or not. Written from the documentation, not from the reader.

import { ByteWriter } from './byte-writer.ts';
import type { SampleFormat } from './sample-trace.ts';

/** PERF_SAMPLE_ IDENTIFIER, TID, TIME, CPU, PERIOD, RAW: what perf record asks of tracepoints. */
const SAMPLE_TYPE = 0x10586;
const ATTR_SIZE = 128;

export type PerfItem =
  | {
      readonly sample: { cpu: number; time: bigint; tid: number; payload: Uint8Array; id?: number };
    }
  | { readonly lost: { cpu: number; time: bigint; count: number } }
  | { readonly comm: { tid: number; name: string } }
  | { readonly round: true };

export interface SamplePerf {
  readonly littleEndian: boolean;
  readonly formats: readonly SampleFormat[];
  readonly items: readonly PerfItem[];
  /** CLOCK_ of `perf record -k`. */
  readonly clock?: number;
  readonly release?: string;
}

/** With the head and the index of `perf record -o FILE`. */
export function writePerfFile(
  perf: SamplePerf,
  pack?: (bytes: Uint8Array) => Uint8Array[],
): Uint8Array {
  const out = new ByteWriter(perf.littleEndian);
  out.u64(0x32454c4946524550n);
  out.u64(104);
  out.u64(ATTR_SIZE + 16);
  const places = out.length;
  for (let i = 0; i < 6; i++) out.u64(0);
  const features = [1, ...(perf.release === undefined ? [] : [4])];
  out.u64(features.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n));
  for (let i = 0; i < 3; i++) out.u64(0);
  const ids: number[] = [];
  for (const group of idsOf(perf)) {
    ids.push(out.length);
    for (const id of group) out.u64(id);
  }
  out.patchU64(places, out.length);
  out.patchU64(places + 8, idsOf(perf).length * (ATTR_SIZE + 16));
  for (const [i, group] of idsOf(perf).entries()) {
    attr(out, perf, i === 0);
    out.u64(ids[i] ?? 0);
    out.u64(8 * group.length);
  }
  out.patchU64(places + 16, out.length);
  const start = out.length;
  out.block(pack === undefined ? records(perf) : packed(perf, pack));
  out.patchU64(places + 24, out.length - start);
  const index = out.length;
  for (const _ of features) {
    out.u64(0);
    out.u64(0);
  }
  const texts = [
    tracingData(perf),
    ...(perf.release === undefined ? [] : [text(perf, perf.release)]),
  ];
  for (const [i, bytes] of texts.entries()) {
    out.patchU64(index + 16 * i, out.length);
    out.patchU64(index + 16 * i + 8, bytes.length);
    out.block(bytes);
  }
  return out.bytes();
}

/** As `perf record -o -` writes it: everything is a record. */
export function writePerfPipe(perf: SamplePerf): Uint8Array {
  const out = new ByteWriter(perf.littleEndian);
  out.u64(0x32454c4946524550n);
  out.u64(16);
  for (const [i, group] of idsOf(perf).entries()) {
    const body = new ByteWriter(perf.littleEndian);
    attr(body, perf, i === 0);
    for (const id of group) body.u64(id);
    record(out, 64, body.bytes());
  }
  if (perf.release !== undefined) {
    const body = new ByteWriter(perf.littleEndian);
    body.u64(4);
    body.block(text(perf, perf.release));
    record(out, 80, body.bytes());
  }
  const formats = tracingData(perf);
  const size = new ByteWriter(perf.littleEndian);
  size.u32(formats.length);
  record(out, 66, size.bytes());
  out.block(formats);
  out.block(new Uint8Array((8 - (formats.length % 8)) % 8));
  out.block(records(perf));
  return out.bytes();
}

/** A zstd frame that is never closed, of stored blocks, cut into pieces: a valid stream (RFC 8878). */
export function storedZstd(pieces: number): (bytes: Uint8Array) => Uint8Array[] {
  return (bytes) => {
    const step = Math.ceil(bytes.length / pieces);
    const out: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += step) {
      const part = bytes.subarray(at, at + step);
      const head = at === 0 ? [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58] : [];
      const size = part.length << 3;
      out.push(new Uint8Array([...head, size & 255, (size >> 8) & 255, size >> 16, ...part]));
    }
    return out;
  };
}

function idsOf(_: SamplePerf): number[][] {
  // One id for each of two CPUs, and a second event that is no tracepoint.
  return [[11, 12], [21]];
}

function attr(out: ByteWriter, { clock, littleEndian }: SamplePerf, isTracepoint: boolean): void {
  out.u32(isTracepoint ? 2 : 1);
  out.u32(ATTR_SIZE);
  out.u64(9);
  out.u64(1);
  out.u64(SAMPLE_TYPE);
  out.u64(4);
  const bits = [18, ...(clock === undefined ? [] : [25])];
  out.u64(bits.reduce((sum, bit) => sum | (1n << BigInt(littleEndian ? bit : 63 - bit)), 0n));
  for (let i = 0; i < 5; i++) out.u64(0);
  out.u32(0);
  out.u32(clock ?? 0);
  for (let i = 0; i < 4; i++) out.u64(0);
}

function record(out: ByteWriter, type: number, body: Uint8Array): void {
  out.u32(type);
  out.u16(0);
  out.u16(8 + Math.ceil(body.length / 8) * 8);
  out.block(body);
  out.block(new Uint8Array((8 - (body.length % 8)) % 8));
}

function packed(perf: SamplePerf, pack: (bytes: Uint8Array) => Uint8Array[]): Uint8Array {
  const out = new ByteWriter(perf.littleEndian);
  for (const piece of pack(records(perf))) {
    // PERF_RECORD_COMPRESSED is not padded.
    out.u32(81);
    out.u16(0);
    out.u16(8 + piece.length);
    out.block(piece);
  }
  return out.bytes();
}

function records(perf: SamplePerf): Uint8Array {
  const out = new ByteWriter(perf.littleEndian);
  for (const item of perf.items) {
    const body = new ByteWriter(perf.littleEndian);
    if ('round' in item) {
      record(out, 68, body.bytes());
    } else if ('comm' in item) {
      body.u32(item.comm.tid);
      body.u32(item.comm.tid);
      body.name(item.comm.name);
      body.align(8);
      trailer(body, { cpu: 0, time: 0n });
      record(out, 3, body.bytes());
    } else if ('lost' in item) {
      body.u64(11);
      body.u64(item.lost.count);
      trailer(body, item.lost);
      record(out, 2, body.bytes());
    } else {
      const { cpu, time, tid, payload, id = 11 } = item.sample;
      body.u64(id);
      body.u32(tid);
      body.u32(tid);
      body.u64(time);
      body.u32(cpu);
      body.u32(0);
      body.u64(1);
      // Padded so that the next record is aligned, and the padding counts.
      const size = Math.ceil((payload.length + 4) / 8) * 8 - 4;
      body.u32(size);
      body.block(payload);
      body.block(new Uint8Array(size - payload.length));
      record(out, 9, body.bytes());
    }
  }
  return out.bytes();
}

/** sample_id: TID, TIME, CPU, IDENTIFIER. */
function trailer(out: ByteWriter, { cpu, time }: { cpu: number; time: bigint }): void {
  out.u64(0);
  out.u64(time);
  out.u32(cpu);
  out.u32(0);
  out.u64(11);
}

function text(perf: SamplePerf, value: string): Uint8Array {
  const out = new ByteWriter(perf.littleEndian);
  out.u32(64);
  out.text(value);
  out.block(new Uint8Array(64 - value.length));
  return out.bytes();
}

function tracingData({ littleEndian, formats }: SamplePerf): Uint8Array {
  const out = new ByteWriter(littleEndian);
  out.block(new Uint8Array([0x17, 0x08, 0x44]));
  out.text('tracing');
  out.name('0.6');
  out.u8(littleEndian ? 0 : 1);
  out.u8(8);
  out.u32(4096);
  const page =
    '\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n' +
    '\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n' +
    '\tfield: char data;\toffset:16;\tsize:4080;\tsigned:1;\n';
  out.name('header_page');
  out.u64(page.length);
  out.text(page);
  out.name('header_event');
  out.u64(0);
  out.u32(0);
  out.u32(1);
  out.name('t');
  out.u32(formats.length);
  for (const one of formats) {
    out.u64(one.text.length);
    out.text(one.text);
  }
  out.u32(0);
  out.u32(0);
  out.u64(0);
  return out.bytes();
}
