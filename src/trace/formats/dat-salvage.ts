// Finds the records of a trace.dat v7 whose end is missing, and with it the index of its buffers.
// A compressed buffer section can be walked: per CPU, at a page boundary, a chunk count and that
// many chunks, CPUs in ascending order. An uncompressed one cannot: nothing marks where a CPU ends.

import { Problem } from '../../base/problem.ts';
import { ByteReader } from './byte-reader.ts';
import type { CpuSpan, DatBuffer, DatFacts } from './dat-file.ts';
import { readSectionHeader, SECTION, SECTION_HEADER, type Section } from './dat-section.ts';
import type { WarningList } from './warning-list.ts';

const CHUNK_HEADER = 8;

/** The buffers found from byte `from` on; CPU numbers are the order of appearance. */
export async function salvageBuffers(
  file: ByteReader,
  from: number,
  pageSize: number,
  facts: DatFacts,
  warnings: WarningList,
): Promise<DatBuffer[]> {
  const reader = new ByteReader(file.source, 0, file.littleEndian);
  const found: DatBuffer[] = [];
  let at = from;
  while (at + SECTION_HEADER <= file.source.size) {
    reader.seek(at, 'a section');
    const section = await readSectionHeader(reader);
    const start = at + SECTION_HEADER;
    const end = Math.min(start + section.size, file.source.size);
    if (section.id === SECTION.buffer && section.compressed) {
      const cpus = await walkCpus(reader, start, end, pageSize);
      const name = found.length === 0 ? '' : `buffer ${found.length}`;
      found.push({ name, clock: facts.clock, pageSize, compressed: true, cpus });
      warnings.add(missingCpus(cpus.length, facts.cpus));
    }
    at = nextSection(at, section);
  }
  return found;
}

function nextSection(at: number, section: Section): number {
  return section.size > 0 ? at + SECTION_HEADER + section.size : Number.POSITIVE_INFINITY;
}

async function walkCpus(
  reader: ByteReader,
  start: number,
  end: number,
  pageSize: number,
): Promise<CpuSpan[]> {
  const cpus: CpuSpan[] = [];
  let offset = alignUp(start, pageSize);
  while (offset + 4 <= end) {
    const stop = await walkChunks(reader, offset, end);
    if (stop === offset + 4) break;
    cpus.push({ cpu: cpus.length, offset, size: stop - offset });
    offset = alignUp(stop, pageSize);
  }
  return cpus;
}

/** Where one CPU's chunks end; a chunk that reaches beyond `end` is kept, for the reader to judge. */
async function walkChunks(reader: ByteReader, offset: number, end: number): Promise<number> {
  reader.seek(offset, 'a chunk count');
  const count = await reader.u32('a chunk count');
  let at = offset + 4;
  for (let i = 0; i < count; i++) {
    if (at + CHUNK_HEADER > end) return at + CHUNK_HEADER;
    reader.seek(at, 'a chunk');
    try {
      at += CHUNK_HEADER + (await reader.u32('a chunk'));
    } catch (error) {
      if (error instanceof Problem) return at + CHUNK_HEADER;
      throw error;
    }
  }
  return at;
}

function alignUp(offset: number, step: number): number {
  return Math.ceil(offset / step) * step;
}

function missingCpus(found: number, expected: number): string {
  const short = `the buffer index is missing; data of ${found} CPUs was found by scanning`;
  return found < expected
    ? `${short}, where ${expected} CPUs were recorded: the others are missing, CPU numbers are guesses`
    : short;
}
