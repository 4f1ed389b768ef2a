// Writes trace.dat files of version 6 and 7: the corner cases of the tests, and the fixtures that
// were cut from large recordings. What it writes, trace-cmd reads.

import { ByteWriter } from './byte-writer.ts';
import type { SampleShape } from './sample-pages.ts';

/** A whole trace. */
export interface SampleTrace {
  readonly shape: SampleShape;
  readonly clock: string;
  readonly release: string;
  readonly formats: readonly SampleFormat[];
  readonly tasks: readonly (readonly [pid: number, name: string])[];
  readonly buffers: readonly SampleBuffer[];
  /** A copy of /proc/kallsyms. */
  readonly symbols?: string;
  /** More options: id and payload. */
  readonly options?: readonly (readonly [id: number, data: Uint8Array])[];
}

/** One event's `format` file. */
export interface SampleFormat {
  readonly system: string;
  readonly text: string;
}

/** One ring buffer; the top one has an empty name. */
export interface SampleBuffer {
  readonly name: string;
  readonly cpus: readonly { readonly cpu: number; readonly pages: readonly Uint8Array[] }[];
}

/** A compression for version 7. */
export interface Packer {
  readonly name: string;
  pack(bytes: Uint8Array): Uint8Array;
}

const PAGES_PER_CHUNK = 10;
const text = new TextEncoder();

/** Version 6: everything in sequence, nothing compressed. */
export function writeV6(trace: SampleTrace): Uint8Array {
  const out = head(trace, '6');
  writeHeaderInfo(out, trace.shape);
  out.u32(0);
  writeFormats(out, trace.formats);
  writeSymbols(out, trace);
  out.u32(0);
  writeTasks(out, trace);
  out.u32(cpuCount(trace));
  out.name('options  ');
  const [top, ...instances] = trace.buffers;
  const patches: number[] = [];
  for (const { name } of instances) {
    option(out, 3, 9 + name.length);
    patches.push(out.length);
    out.u64(0);
    out.name(name);
  }
  for (const [id, data] of commonOptions(trace)) {
    option(out, id, data.length);
    out.block(data);
  }
  out.u16(0);
  writeV6Table(out, trace, top);
  for (const [i, buffer] of instances.entries()) {
    out.patchU64(patches[i], out.length);
    writeV6Table(out, trace, buffer);
  }
  return out.bytes();
}

/** Version 7, with sections packed if a packer is given. */
export function writeV7(trace: SampleTrace, packer?: Packer): Uint8Array {
  const out = head(trace, '7');
  const { littleEndian } = trace.shape;
  out.name(packer?.name ?? 'none');
  out.name(packer === undefined ? '' : '1');
  const first = out.length;
  out.u64(0);
  const places: [number, number][] = [];
  const section = (id: number, write: (body: ByteWriter) => void): void => {
    const body = new ByteWriter(littleEndian);
    write(body);
    places.push([id, out.length]);
    writeSection(out, id, body.bytes(), packer);
  };
  section(16, (body) => writeHeaderInfo(body, trace.shape));
  section(17, (body) => body.u32(0));
  section(18, (body) => writeFormats(body, trace.formats));
  section(19, (body) => writeSymbols(body, trace));
  section(21, (body) => writeTasks(body, trace));
  out.patchU64(first, out.length);
  const options = new ByteWriter(littleEndian);
  for (const [id, offset] of places) {
    option(options, id, 8);
    options.u64(offset);
  }
  for (const [id, data] of commonOptions(trace)) {
    option(options, id, data.length);
    options.block(data);
  }
  let link = writeOptions(out, options);
  for (const buffer of trace.buffers) {
    const index = writeV7Buffer(out, trace, buffer, packer);
    out.patchU64(link, out.length);
    const more = new ByteWriter(littleEndian);
    option(more, 3, index.length);
    more.block(index);
    link = writeOptions(out, more);
  }
  return out.bytes();
}

function head({ shape }: SampleTrace, version: string): ByteWriter {
  const out = new ByteWriter(shape.littleEndian);
  out.block(new Uint8Array([0x17, 0x08, 0x44]));
  out.text('tracing');
  out.name(version);
  out.u8(shape.littleEndian ? 0 : 1);
  out.u8(shape.wordSize);
  out.u32(shape.pageSize);
  return out;
}

function writeHeaderInfo(out: ByteWriter, shape: SampleShape): void {
  const { wordSize, pageSize } = shape;
  const data = 8 + wordSize;
  const page =
    '\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n' +
    `\tfield: local_t commit;\toffset:8;\tsize:${wordSize};\tsigned:1;\n` +
    '\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n' +
    `\tfield: char data;\toffset:${data};\tsize:${pageSize - data};\tsigned:1;\n`;
  const event =
    '# compressed entry header\n\ttype_len    :    5 bits\n\ttime_delta  :   27 bits\n\tarray       :   32 bits\n\n' +
    '\tpadding     : type == 29\n\ttime_extend : type == 30\n\ttime_stamp : type == 31\n\tdata max type_len  == 28\n';
  out.name('header_page');
  out.u64(page.length);
  out.text(page);
  out.name('header_event');
  out.u64(event.length);
  out.text(event);
}

function writeFormats(out: ByteWriter, formats: readonly SampleFormat[]): void {
  const systems = [...new Set(formats.map(({ system }) => system))];
  out.u32(systems.length);
  for (const system of systems) {
    const own = formats.filter((format) => format.system === system);
    out.name(system);
    out.u32(own.length);
    for (const format of own) {
      const bytes = text.encode(format.text);
      out.u64(bytes.length);
      out.block(bytes);
    }
  }
}

function writeSymbols(out: ByteWriter, { symbols = '' }: SampleTrace): void {
  const bytes = text.encode(symbols);
  out.u32(bytes.length);
  out.block(bytes);
}

function writeTasks(out: ByteWriter, { tasks }: SampleTrace): void {
  const bytes = text.encode(tasks.map(([pid, name]) => `${pid} ${name}\n`).join(''));
  out.u64(bytes.length);
  out.block(bytes);
}

function commonOptions(trace: SampleTrace): [number, Uint8Array][] {
  const count = new ByteWriter(trace.shape.littleEndian);
  count.u32(cpuCount(trace));
  return [
    [4, text.encode(`local [${trace.clock}] counter\n\0`)],
    [5, text.encode(`Linux (none) ${trace.release} x86_64\0`)],
    [8, count.bytes()],
    ...(trace.options ?? []).map(([id, data]): [number, Uint8Array] => [id, data]),
  ];
}

function cpuCount({ buffers }: SampleTrace): number {
  return Math.max(1, ...buffers.flatMap(({ cpus }) => cpus.map(({ cpu }) => cpu + 1)));
}

function option(out: ByteWriter, id: number, size: number): void {
  out.u16(id);
  out.u32(size);
}

function writeV6Table(out: ByteWriter, trace: SampleTrace, buffer: SampleBuffer | undefined): void {
  out.name('flyrecord');
  const table = out.length;
  for (let cpu = 0; cpu < cpuCount(trace); cpu++) {
    out.u64(0);
    out.u64(0);
  }
  const clock = `[${trace.clock}]`;
  out.u64(clock.length);
  out.text(clock);
  for (const { cpu, pages } of buffer?.cpus ?? []) {
    out.align(trace.shape.pageSize);
    out.patchU64(table + 16 * cpu, out.length);
    out.patchU64(table + 16 * cpu + 8, pages.length * trace.shape.pageSize);
    for (const page of pages) out.block(page);
  }
}

function sectionHeader(out: ByteWriter, id: number, flags: number): number {
  out.u16(id);
  out.u16(flags);
  out.u32(0xffff_ffff);
  out.u64(0);
  return out.length;
}

function writeSection(out: ByteWriter, id: number, body: Uint8Array, packer?: Packer): void {
  const start = sectionHeader(out, id, packer === undefined ? 0 : 1);
  if (packer === undefined) out.block(body);
  else writePacked(out, body, packer);
  out.patchU64(start - 8, out.length - start);
}

function writePacked(out: ByteWriter, body: Uint8Array, packer: Packer): void {
  const packed = packer.pack(body);
  out.u32(packed.length);
  out.u32(body.length);
  out.block(packed);
}

/** Closes the options with a link to the next section; returns where the link has to be patched. */
function writeOptions(out: ByteWriter, options: ByteWriter): number {
  option(options, 0, 8);
  options.u64(0);
  writeSection(out, 0, options.bytes());
  return out.length - 8;
}

function writeV7Buffer(
  out: ByteWriter,
  trace: SampleTrace,
  buffer: SampleBuffer,
  packer?: Packer,
): Uint8Array {
  const { shape } = trace;
  const index = new ByteWriter(shape.littleEndian);
  index.u64(out.length);
  index.name(buffer.name);
  index.name(trace.clock);
  index.u32(shape.pageSize);
  index.u32(buffer.cpus.length);
  const start = sectionHeader(out, 3, packer === undefined ? 0 : 1);
  for (const { cpu, pages } of buffer.cpus) {
    out.align(shape.pageSize);
    index.u32(cpu);
    index.u64(out.length);
    if (packer === undefined) {
      index.u64(pages.length * shape.pageSize);
      for (const page of pages) out.block(page);
    } else {
      index.u64(writeChunks(out, shape.pageSize, pages, packer));
    }
  }
  out.patchU64(start - 8, out.length - start);
  return index.bytes();
}

/** The chunk list of one CPU; like trace-cmd, the size returned leaves out the count itself. */
function writeChunks(
  out: ByteWriter,
  pageSize: number,
  pages: readonly Uint8Array[],
  packer: Packer,
): number {
  out.u32(Math.ceil(pages.length / PAGES_PER_CHUNK));
  const start = out.length;
  for (let i = 0; i < pages.length; i += PAGES_PER_CHUNK) {
    const some = pages.slice(i, i + PAGES_PER_CHUNK);
    const chunk = new Uint8Array(some.length * pageSize);
    some.forEach((page, n) => {
      chunk.set(page, n * pageSize);
    });
    writePacked(out, chunk, packer);
  }
  return out.length - start;
}
