// The head of a perf.data: a file with an index (`perf record -o FILE`), or a pipe's stream stored as it
// came (`perf record -o - > FILE`), where what the index would say comes as records of its own.
// tools/perf/Documentation/perf.data-file-format.txt.

import { ByteReader, damaged } from './byte-reader.ts';
import { type ByteSource, memorySource } from './byte-source.ts';
import { DAT_MAGIC } from './dat-head.ts';
import { readEventSystems, readFtraceEvents, readPageHeader, readTasks } from './dat-metadata.ts';
import type { EventTable } from './event-table.ts';
import { type PerfAttr, readPerfAttr } from './perf-attr.ts';
import { plainFromBytes } from './plain-text.ts';

/** A u64 that spells this in the byte order of the recording machine. */
export const PERF_MAGIC = 'PERFILE2';
const PIPE_HEAD = 16;
const FILE_HEAD = 104;
const FEATURES_AT = 72;
const MOST_FEATURES = 256;
const LARGEST_FEATURE = 1 << 16;
const LARGEST_ATTRS = 1 << 24;
const LARGEST_IDS = 1 << 20;

export const FEATURE = { tracingData: 1, release: 4, cpus: 7 } as const;

/** What is known about the recording; a pipe's records fill it as they come. */
export interface PerfFacts {
  readonly attrs: PerfAttr[];
  /** Which attribute a sample's id belongs to. */
  readonly ids: Map<bigint, PerfAttr>;
  release: string | undefined;
  cpus: number;
}

/** Where the records lie. */
export interface PerfHead {
  readonly littleEndian: boolean;
  readonly isPipe: boolean;
  readonly dataStart: number;
  readonly dataEnd: number;
  /** Offset of the tracepoints' formats, of a file that has them. */
  readonly tracingData: number | undefined;
  /** perf was stopped before it wrote the index at the end. */
  readonly isUnfinished: boolean;
}

/** @throws Problem LUF-E203 for damage. */
export async function readPerfHead(source: ByteSource, facts: PerfFacts): Promise<PerfHead> {
  const first = plainFromBytes(await source.read(0, PERF_MAGIC.length));
  const littleEndian = first === PERF_MAGIC;
  const reader = new ByteReader(source, PERF_MAGIC.length, littleEndian);
  const size = await reader.u64('the header size');
  if (size === PIPE_HEAD) {
    return {
      littleEndian,
      isPipe: true,
      dataStart: PIPE_HEAD,
      dataEnd: source.size,
      tracingData: undefined,
      isUnfinished: false,
    };
  }
  if (size < FILE_HEAD) throw damaged(source, 8, `a perf.data header of ${size} bytes`);
  const attrSize = await reader.u64('the size of an attribute');
  const attrs = await section(reader);
  const data = await section(reader);
  reader.seek(FEATURES_AT, 'the feature bits');
  const bits: number[] = [];
  for (let word = 0; word < MOST_FEATURES / 64; word++) {
    const set = BigInt(await reader.u64('the feature bits'));
    for (let bit = 0; bit < 64; bit++) {
      if (((set >> BigInt(bit)) & 1n) === 1n) bits.push(64 * word + bit);
    }
  }
  await readAttrs(source, attrs, attrSize, littleEndian, facts);
  const isUnfinished = data.size === 0 || data.offset + data.size > source.size;
  const features = isUnfinished ? new Map() : await readFeatures(source, data, bits, littleEndian);
  await noteFeatures(source, features, littleEndian, facts);
  return {
    littleEndian,
    isPipe: false,
    dataStart: data.offset,
    dataEnd: isUnfinished ? source.size : data.offset + data.size,
    tracingData: features.get(FEATURE.tracingData)?.offset,
    isUnfinished,
  };
}

interface Section {
  readonly offset: number;
  readonly size: number;
}

async function section(reader: ByteReader): Promise<Section> {
  const offset = await reader.u64('a section');
  return { offset, size: await reader.u64('a section') };
}

async function readAttrs(
  source: ByteSource,
  { offset, size }: Section,
  attrSize: number,
  littleEndian: boolean,
  facts: PerfFacts,
): Promise<void> {
  if (attrSize < 80 || attrSize > 4096) {
    throw damaged(source, 16, `attributes of ${attrSize} bytes`);
  }
  const reader = new ByteReader(source, 0, littleEndian);
  reader.seek(offset, 'the attributes');
  const bytes = await reader.bytes(size, LARGEST_ATTRS, 'the attributes');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + attrSize <= size; at += attrSize) {
    const read = readPerfAttr(view, at, littleEndian);
    if (read === undefined) break;
    const idsAt = new ByteReader(
      memorySource(source.name, bytes),
      at + attrSize - 16,
      littleEndian,
    );
    const ids = await section(idsAt);
    const idReader = new ByteReader(source, 0, littleEndian);
    idReader.seek(ids.offset, 'the ids of an event');
    noteIds(read.attr, await idReader.bytes(ids.size, LARGEST_IDS, 'the ids'), littleEndian, facts);
  }
}

/** An attribute with the ids of its events, one for each CPU or task; zeros are none. */
export function noteIds(
  attr: PerfAttr,
  bytes: Uint8Array,
  littleEndian: boolean,
  facts: PerfFacts,
): void {
  facts.attrs.push(attr);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    const id = view.getBigUint64(at, littleEndian);
    if (id !== 0n) facts.ids.set(id, attr);
  }
}

/** After the data: a place for each feature that is set, in the order of their numbers. */
async function readFeatures(
  source: ByteSource,
  data: Section,
  bits: readonly number[],
  littleEndian: boolean,
): Promise<Map<number, Section>> {
  const reader = new ByteReader(source, 0, littleEndian);
  reader.seek(data.offset + data.size, 'the features');
  const features = new Map<number, Section>();
  for (const bit of bits) features.set(bit, await section(reader));
  return features;
}

async function noteFeatures(
  source: ByteSource,
  features: ReadonlyMap<number, Section>,
  littleEndian: boolean,
  facts: PerfFacts,
): Promise<void> {
  for (const id of [FEATURE.release, FEATURE.cpus]) {
    const place = features.get(id);
    if (place === undefined || place.size > LARGEST_FEATURE) continue;
    const reader = new ByteReader(source, 0, littleEndian);
    reader.seek(place.offset, 'a feature');
    noteFeature(
      id,
      await reader.bytes(place.size, LARGEST_FEATURE, 'a feature'),
      littleEndian,
      facts,
    );
  }
}

/** One feature's payload, from a section or from a pipe's record. */
export function noteFeature(
  id: number,
  bytes: Uint8Array,
  littleEndian: boolean,
  facts: PerfFacts,
): void {
  if (bytes.length < 4) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // A string: its length with padding, then its bytes. CPUs: how many there are.
  if (id === FEATURE.release) facts.release = plainFromBytes(bytes.subarray(4, 4 + 64));
  else if (id === FEATURE.cpus) facts.cpus = Math.min(view.getUint32(0, littleEndian), 65_536);
}

/** The tracepoints' formats: laid out like the metadata of a trace.dat, with a version `0.x`. */
export async function readTracingData(
  source: ByteSource,
  offset: number,
  events: EventTable,
  tasks: Map<number, string>,
): Promise<{ readonly wordSize: 4 | 8 }> {
  const reader = new ByteReader(source, 0);
  reader.seek(offset, 'the event formats');
  const magic = await reader.bytes(DAT_MAGIC.length, DAT_MAGIC.length, 'the event formats');
  if (!DAT_MAGIC.every((byte, i) => magic[i] === byte)) {
    throw damaged(source, offset, 'no event formats where they should be');
  }
  const version = await reader.name('the version');
  reader.littleEndian = (await reader.u8('the byte order')) === 0;
  await reader.u8('the word size');
  await reader.u32('the page size');
  const { wordSize } = await readPageHeader(reader);
  await readFtraceEvents(reader, events);
  await readEventSystems(reader, events);
  reader.skip(await reader.u32('the symbol table size'), 'the symbol table');
  reader.skip(await reader.u32('the printk format size'), 'the printk formats');
  if (version === '0.6') for (const [pid, name] of await readTasks(reader)) tasks.set(pid, name);
  return { wordSize };
}
