// Metadata of trace.dat version 6: one strict sequence, the CPU tables last, the records after it.

import { Problem } from '../../base/problem.ts';
import { ByteReader, damaged } from './byte-reader.ts';
import type { CpuSpan, DatBuffer, DatFile } from './dat-file.ts';
import type { DatHead } from './dat-head.ts';
import { readEventSystems, readFtraceEvents, readPageHeader, readTasks } from './dat-metadata.ts';
import { activeClock, noFacts, noteOption } from './dat-options.ts';
import { EventTable } from './event-table.ts';
import { symbolBytes } from './kernel-stack.ts';
import { plain, plainFromBytes } from './plain-text.ts';
import type { WarningList } from './warning-list.ts';

const BUFFER_OPTION = 3;
const LARGEST_OPTION = 1 << 26;
const LONGEST_CLOCK_LIST = 4096;
const MOST_CPUS = 65_536;

interface Instance {
  readonly name: string;
  readonly offset: number;
}

/** Reads everything up to the records. */
export async function readV6(head: DatHead, warnings: WarningList): Promise<DatFile> {
  const { reader } = head;
  const facts = noFacts();
  const events = new EventTable();
  const layout = await readPageHeader(reader);
  await readFtraceEvents(reader, events);
  await readEventSystems(reader, events);
  const symbols = { size: await reader.u32('the symbol table size'), at: reader.position };
  reader.skip(symbols.size, 'the symbol table');
  reader.skip(await reader.u32('the printk format size'), 'the printk formats');
  const tasks = await readTasks(reader);
  facts.cpus = await reader.u32('the CPU count');
  const instances: Instance[] = [];
  let tag = await readTag(reader);
  if (tag === 'options  ') {
    for (;;) {
      const id = await reader.u16('an option id');
      if (id === 0) break;
      const size = await reader.u32('an option size');
      const data = await reader.bytes(size, LARGEST_OPTION, 'an option');
      if (id === BUFFER_OPTION) instances.push(...instanceOf(data, reader.littleEndian));
      else noteOption(id, data, reader.littleEndian, facts, warnings);
    }
    tag = await readTag(reader);
  }
  if (facts.cpus > MOST_CPUS) {
    throw damaged(reader.source, reader.position, `implausible count of ${facts.cpus} CPUs`);
  }
  const cpus = await readCpuTable(reader, tag, facts.cpus);
  const clock = facts.clock === undefined ? undefined : await readClock(reader);
  facts.clock = clock ?? facts.clock;
  const buffers: DatBuffer[] = [buffer('', facts.clock, head.pageSize, cpus)];
  for (const { name, offset } of instances) {
    // An empty name is the top buffer once more: its table has been read.
    if (name === '') continue;
    const table = new ByteReader(reader.source, 0, reader.littleEndian);
    table.seek(offset, `the CPU table of buffer "${plain(name)}"`);
    const spans = await readCpuTable(table, await readTag(table), facts.cpus);
    buffers.push(buffer(name, facts.clock, head.pageSize, spans));
  }
  return {
    format: 'trace.dat v6',
    littleEndian: reader.littleEndian,
    layout,
    events,
    tasks,
    buffers,
    facts,
    decompress: () => undefined,
    symbols: () => symbolBytes(reader.source, symbols.at, symbols.size),
    truncated: false,
  };
}

function buffer(
  name: string,
  clock: string | undefined,
  pageSize: number,
  cpus: CpuSpan[],
): DatBuffer {
  return { name, clock, pageSize, compressed: false, cpus };
}

async function readTag(reader: ByteReader): Promise<string> {
  return await reader.name('a section tag');
}

async function readCpuTable(reader: ByteReader, tag: string, count: number): Promise<CpuSpan[]> {
  if (tag === 'latency  ') {
    throw new Problem('LUF-E205', 'a trace.dat that holds a text trace is not read', {
      where: reader.source.name,
      hint: 'print it with trace-cmd report and check that text instead',
    });
  }
  if (tag !== 'flyrecord') {
    throw damaged(
      reader.source,
      reader.position,
      `CPU table expected, "${tag.slice(0, 20)}" found`,
    );
  }
  const spans: CpuSpan[] = [];
  for (let cpu = 0; cpu < count; cpu++) {
    const offset = await reader.u64('the CPU table');
    const size = await reader.u64('the CPU table');
    if (size > 0) spans.push({ cpu, offset, size });
  }
  return spans;
}

/** The clock after the CPU table; very old writers put nonsense there, which is then ignored. */
async function readClock(reader: ByteReader): Promise<string | undefined> {
  const size = await reader.u64('the clock size');
  if (size > LONGEST_CLOCK_LIST) return undefined;
  return activeClock(plainFromBytes(await reader.bytes(size, LONGEST_CLOCK_LIST, 'the clock')));
}

function instanceOf(data: Uint8Array, littleEndian: boolean): Instance[] {
  if (data.length < 9) return [];
  const view = new DataView(data.buffer, data.byteOffset, 8);
  const offset = Number(view.getBigUint64(0, littleEndian));
  return [{ name: plainFromBytes(data.subarray(8)), offset }];
}
