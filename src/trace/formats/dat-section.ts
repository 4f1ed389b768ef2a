// Sections of a trace.dat v7: a 16-byte header and a body that may be compressed as a whole.

import { ByteReader, damaged } from './byte-reader.ts';
import { memorySource } from './byte-source.ts';
import type { Decompress } from './decompress.ts';

/** Section and option ids of v7. */
export const SECTION = {
  options: 0,
  buffer: 3,
  headerInfo: 16,
  ftraceEvents: 17,
  eventFormats: 18,
  symbols: 19,
  tasks: 21,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map([
  [SECTION.options, 'the options section'],
  [SECTION.buffer, 'a buffer section'],
  [SECTION.headerInfo, 'the page header section'],
  [SECTION.ftraceEvents, 'the ftrace event section'],
  [SECTION.eventFormats, 'the event format section'],
  [SECTION.symbols, 'the symbol section'],
  [SECTION.tasks, 'the task name section'],
]);

/** How messages call a section. */
export function sectionName(id: number): string {
  return NAMES.get(id) ?? `a section of kind ${id}`;
}

/** Bytes of a section header. */
export const SECTION_HEADER = 16;
const LARGEST_SECTION = 1 << 26;

/** A section header. */
export interface Section {
  readonly id: number;
  readonly compressed: boolean;
  /** Bytes after the header. */
  readonly size: number;
}

/** Reads the section header at the reader's position. */
export async function readSectionHeader(reader: ByteReader): Promise<Section> {
  const id = await reader.u16('a section header');
  const flags = await reader.u16('a section header');
  await reader.u32('a section header');
  const size = await reader.u64('a section header');
  return { id, compressed: (flags & 1) !== 0, size };
}

/** An open section: a reader over its body, and where it ends in the file. */
export interface OpenSection {
  readonly reader: ByteReader;
  readonly end: number;
}

/**
 * Opens the section at `offset`, decompressing it if need be. Positions in messages then count from
 * the start of the body, and the section is named.
 */
export async function openSection(
  file: ByteReader,
  offset: number,
  id: number,
  decompress: Decompress,
): Promise<OpenSection> {
  const { source, littleEndian } = file;
  const reader = new ByteReader(source, 0, littleEndian);
  const what = sectionName(id);
  if (!(offset < source.size)) {
    throw damaged(source, source.size, `${what} should begin at byte ${offset}, but the file ends`);
  }
  reader.seek(offset, what);
  const section = await readSectionHeader(reader);
  if (section.id !== id) {
    throw damaged(source, offset, `${what} expected, ${sectionName(section.id)} found`);
  }
  const body = section.compressed
    ? await readCompressed(reader, id, decompress)
    : await reader.bytes(section.size, LARGEST_SECTION, what);
  const name = `${source.name} (${what.replace(/^\w+ /, '')} at byte ${offset})`;
  return {
    reader: new ByteReader(memorySource(name, body), 0, littleEndian),
    end: offset + SECTION_HEADER + section.size,
  };
}

async function readCompressed(
  reader: ByteReader,
  id: number,
  decompress: Decompress,
): Promise<Uint8Array> {
  const what = sectionName(id);
  const at = reader.position;
  const packed = await reader.u32(what);
  const size = await reader.u32(what);
  const bytes = await reader.bytes(packed, LARGEST_SECTION, what);
  if (size === 0) return new Uint8Array(0);
  if (size > LARGEST_SECTION) throw damaged(reader.source, at, `${what} is implausibly large`);
  const body = await decompress(bytes, size);
  if (body === undefined) throw damaged(reader.source, at, `${what} cannot be decompressed`);
  return body;
}
