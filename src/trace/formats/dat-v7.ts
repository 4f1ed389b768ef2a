// Metadata of trace.dat version 7: a chain of OPTIONS sections that point to everything else. A
// file that lost its end has lost the chain's last link, the one that names the buffers; they are
// then looked for by scanning.

import { Problem } from '../../base/problem.ts';
import { type ByteReader, damaged } from './byte-reader.ts';
import type { DatBuffer, DatFile } from './dat-file.ts';
import type { DatHead } from './dat-head.ts';
import { readEventSystems, readFtraceEvents, readPageHeader, readTasks } from './dat-metadata.ts';
import { noFacts, noteOption } from './dat-options.ts';
import { salvageBuffers } from './dat-salvage.ts';
import { openSection, SECTION } from './dat-section.ts';
import { readV7Buffer } from './dat-v7-buffer.ts';
import { type Decompress, decompressorFor } from './decompress.ts';
import { EventTable } from './event-table.ts';
import { symbolBytes } from './kernel-stack.ts';
import type { WarningList } from './warning-list.ts';

const LARGEST_OPTION = 1 << 26;
const MOST_OPTIONS = 1 << 20;

interface Option {
  readonly id: number;
  readonly data: Uint8Array;
}

interface OptionChain {
  readonly options: Option[];
  /** Where the first OPTIONS section ends. */
  readonly firstEnd: number;
  /** Why the chain could not be followed to its end. */
  readonly broken: Problem | undefined;
}

/** Reads everything but the records. */
export async function readV7(head: DatHead, warnings: WarningList): Promise<DatFile> {
  const { reader } = head;
  const { source, littleEndian } = reader;
  const compression = await reader.name('the compression name');
  await reader.name('the compression version');
  const decompress = await decompressorFor(compression, source.name);
  const chain = await readOptionChain(reader, await reader.u64('the options offset'), decompress);
  const facts = noFacts();
  const places = new Map<number, number>();
  const buffers: DatBuffer[] = [];
  for (const { id, data } of chain.options) {
    if (id === SECTION.buffer) buffers.push(await readV7Buffer(reader, data));
    else if (id >= SECTION.headerInfo && id <= SECTION.tasks)
      places.set(id, place(data, littleEndian));
    else noteOption(id, data, littleEndian, facts, warnings);
  }
  const open = async (id: number): Promise<ByteReader | undefined> => {
    const offset = places.get(id);
    if (offset === undefined) return undefined;
    return (await openSection(reader, offset, id, decompress)).reader;
  };
  const header = await open(SECTION.headerInfo);
  if (header === undefined) throw damaged(source, reader.position, 'no page header in the file');
  const layout = await readPageHeader(header);
  const events = new EventTable();
  const ftrace = await open(SECTION.ftraceEvents);
  if (ftrace !== undefined) await readFtraceEvents(ftrace, events);
  const systems = await open(SECTION.eventFormats);
  if (systems !== undefined) await readEventSystems(systems, events);
  const names = await open(SECTION.tasks);
  if (chain.broken !== undefined) {
    warnings.add(`the file is truncated: ${chain.broken.message}`);
    if (buffers.length === 0) {
      const found = await salvageBuffers(reader, chain.firstEnd, head.pageSize, facts, warnings);
      buffers.push(...found);
    }
    if (buffers.every(({ cpus }) => cpus.length === 0)) throw chain.broken;
  }
  return {
    format: 'trace.dat v7',
    littleEndian,
    layout,
    events,
    tasks: names === undefined ? new Map() : await readTasks(names),
    buffers,
    facts,
    decompress,
    symbols: async () => {
      const list = await open(SECTION.symbols);
      if (list === undefined) return undefined;
      const size = await list.u32('the symbol table size');
      return await symbolBytes(list.source, list.position, size);
    },
    truncated: chain.broken !== undefined,
  };
}

/** Follows the chain; the first section must be readable, a later one may be beyond the end. */
async function readOptionChain(
  file: ByteReader,
  first: number,
  decompress: Decompress,
): Promise<OptionChain> {
  const options: Option[] = [];
  const seen = new Set<number>();
  let firstEnd = 0;
  let next = first;
  while (next !== 0) {
    try {
      if (seen.has(next)) throw damaged(file.source, next, 'the options form a loop');
      seen.add(next);
      const link = await readOptions(file, next, decompress, options);
      if (seen.size === 1) firstEnd = link.end;
      next = link.next;
    } catch (error) {
      if (seen.size <= 1 || !(error instanceof Problem)) throw error;
      return { options, firstEnd, broken: error };
    }
  }
  return { options, firstEnd, broken: undefined };
}

/** Reads the OPTIONS section at `start` into `into`; `next` is 0 at the end of the chain. */
async function readOptions(
  file: ByteReader,
  start: number,
  decompress: Decompress,
  into: Option[],
): Promise<{ next: number; end: number }> {
  const { reader, end } = await openSection(file, start, SECTION.options, decompress);
  while (reader.position < reader.source.size) {
    const id = await reader.u16('an option');
    const size = await reader.u32('an option');
    if (id === 0) return { next: size >= 8 ? await reader.u64('an option') : 0, end };
    const data = await reader.bytes(size, LARGEST_OPTION, `option ${id}`);
    if (into.length >= MOST_OPTIONS) throw damaged(file.source, start, 'too many options');
    into.push({ id, data });
  }
  return { next: 0, end };
}

function place(data: Uint8Array, littleEndian: boolean): number {
  if (data.length < 8) return Number.POSITIVE_INFINITY;
  const view = new DataView(data.buffer, data.byteOffset, 8);
  return Number(view.getBigUint64(0, littleEndian));
}
