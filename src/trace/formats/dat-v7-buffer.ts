// The BUFFER option of trace.dat v7: one ring buffer and where each CPU's data lies.

import { ByteReader, damaged } from './byte-reader.ts';
import { memorySource } from './byte-source.ts';
import type { CpuSpan, DatBuffer } from './dat-file.ts';
import { checkPageSize } from './dat-head.ts';
import { readSectionHeader, SECTION, sectionName } from './dat-section.ts';
import { plain } from './plain-text.ts';

/** Reads one BUFFER option and the header of the section that it names. */
export async function readV7Buffer(file: ByteReader, data: Uint8Array): Promise<DatBuffer> {
  const { source, littleEndian } = file;
  const option = new ByteReader(
    memorySource(`${source.name} (buffer option)`, data),
    0,
    littleEndian,
  );
  const offset = await option.u64('a buffer option');
  const name = plain(await option.name('a buffer name'));
  const clock = plain(await option.name('a buffer clock'));
  const pageSize = checkPageSize(source, await option.u32('a buffer option'), offset);
  const count = await option.u32('a buffer option');
  const cpus: CpuSpan[] = [];
  const seen = new Set<number>();
  for (let i = 0; i < count; i++) {
    const cpu = await option.u32('a buffer option');
    const span = { cpu, offset: await option.u64('a CPU'), size: await option.u64('a CPU') };
    if (seen.has(cpu)) throw damaged(source, offset, `buffer "${name}" lists CPU ${cpu} twice`);
    seen.add(cpu);
    if (span.size > 0) cpus.push(span);
  }
  const reader = new ByteReader(source, 0, littleEndian);
  reader.seek(offset, `the section of buffer "${name}"`);
  const section = await readSectionHeader(reader);
  if (section.id !== SECTION.buffer) {
    throw damaged(source, offset, `a buffer section expected, ${sectionName(section.id)} found`);
  }
  return {
    name,
    clock: clock === '' ? undefined : clock,
    pageSize,
    compressed: section.compressed,
    cpus: cpus.sort((a, b) => a.cpu - b.cpu),
  };
}
