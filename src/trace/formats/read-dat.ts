// Reads a trace.dat: metadata first, then all CPUs of all buffers merged by time. Equal stamps keep
// their order within a CPU; across CPUs the lower buffer and then the lower CPU comes first, which
// is a convention and no claim about what happened first.

import { BinaryRecord } from './binary-record.ts';
import { openBlocks } from './block-reader.ts';
import type { ByteSource } from './byte-source.ts';
import { CpuStream } from './cpu-stream.ts';
import type { DatFile } from './dat-file.ts';
import { readDatHead } from './dat-head.ts';
import { readV6 } from './dat-v6.ts';
import { readV7 } from './dat-v7.ts';
import type { RecordBytes } from './field-access.ts';
import { addressesIn, KERNEL_STACK, type KernelStack, SymbolTable } from './kernel-stack.ts';
import { checkSpans } from './span-check.ts';
import { heapify, removeRoot, siftDown } from './stream-heap.ts';
import type { ReadTraceOptions, TraceInfo, TraceRecord, TraceSummary } from './trace-record.ts';
import { WarningList } from './warning-list.ts';

// Beyond this, a double no longer has room for sums of stamps and differences in ns.
const LARGEST_PLAIN_STAMP = 2n ** 52n;
// Bytes that the current blocks of all CPUs may take together.
const MEMORY = 1 << 28;
/** CPUs that a warning names. */
const MOST_NAMED = 16;
const NANOSECOND_CLOCKS: ReadonlySet<string> = new Set([
  'local',
  'global',
  'perf',
  'mono',
  'mono_raw',
  'boot',
  'tai',
]);

/** Reads a trace.dat of version 6 or 7; see `readTrace` for the contract. */
export async function readDat(
  source: ByteSource,
  onRecord: (record: TraceRecord) => void,
  options: ReadTraceOptions = {},
): Promise<TraceSummary> {
  const warnings = new WarningList();
  const head = await readDatHead(source);
  const file = head.version === 6 ? await readV6(head, warnings) : await readV7(head, warnings);
  checkSpans(source, file.buffers);
  let truncated = file.truncated;
  const streams = openStreams(source, file, (sentence) => {
    truncated = true;
    warnings.add(sentence);
  });
  const base = await chooseBase(streams);
  warnAboutClock(file, warnings);
  const info = (): TraceInfo => ({
    format: file.format,
    clock: file.buffers[0]?.clock ?? file.facts.clock,
    cpus: streams.reduce((most, { cpu }) => Math.max(most, cpu + 1), file.facts.cpus),
    timeBase: base + file.facts.shift,
    timeResolution: 1,
    release: file.facts.release,
    buffers: file.buffers.map((buffer) => buffer.name),
    overwritten: file.facts.overwritten,
    ...(file.facts.recorder === undefined ? {} : { recorder: file.facts.recorder }),
    warnings: warnings.list(),
  });
  options.onInfo?.(info());
  const { onStack } = options;
  const stacks = onStack === undefined ? undefined : new DatStacks(file, onStack);
  const record = new BinaryRecord(file.events, file.tasks);
  const counts = await merge(streams, record, onRecord, stacks);
  return { ...info(), ...counts, truncated };
}

function openStreams(
  source: ByteSource,
  file: DatFile,
  onDamage: (sentence: string) => void,
): CpuStream[] {
  const { layout, littleEndian, decompress } = file;
  const streams: CpuStream[] = [];
  const count = file.buffers.reduce((sum, { cpus }) => sum + cpus.length, 0);
  const budget = Math.floor(MEMORY / Math.max(1, count));
  for (const buffer of file.buffers) {
    const shape = { layout, littleEndian, onDamage, pageSize: buffer.pageSize };
    for (const span of buffer.cpus) {
      const blocks = openBlocks(source, buffer, span, { littleEndian, decompress, budget });
      const stream = new CpuStream(span.cpu, buffer.name, blocks, shape);
      stream.order = streams.length;
      streams.push(stream);
    }
  }
  return streams;
}

/** Zero, unless stamps are so large (wall clock, cycles) that a double would round them. */
async function chooseBase(streams: readonly CpuStream[]): Promise<bigint> {
  let first: bigint | undefined;
  for (const stream of streams) {
    const stamp = await stream.firstStamp();
    if (stamp !== undefined && (first === undefined || stamp < first)) first = stamp;
  }
  const base = first !== undefined && first > LARGEST_PLAIN_STAMP ? first : 0n;
  for (const stream of streams) stream.setBase(base);
  return base;
}

async function merge(
  streams: readonly CpuStream[],
  record: BinaryRecord,
  onRecord: (record: TraceRecord) => void,
  stacks: DatStacks | undefined,
): Promise<{ records: number; lost: number; lostUnknown: boolean }> {
  let records = 0;
  let lost = 0;
  let lostUnknown = false;
  const heap: CpuStream[] = [];
  for (const stream of streams) {
    if (stream.advance() || (await stream.refill())) heap.push(stream);
  }
  heapify(heap);
  while (heap.length > 0) {
    const stream = heap[0];
    record.moveTo(stream);
    records++;
    if (stream.lostBefore > 0) lost += stream.lostBefore;
    else if (stream.lostBefore < 0) lostUnknown = true;
    onRecord(record);
    if (record.event === KERNEL_STACK && record.system === 'ftrace') {
      await stacks?.take(record, stream);
    }
    if (stream.advance() || (await stream.refill())) siftDown(heap, 0);
    else removeRoot(heap);
  }
  return { records, lost, lostUnknown: lostUnknown || streams.some((s) => s.lostAtEnd !== 0) };
}

/** Stacks as they come: symbols are read with the first one. */
class DatStacks {
  readonly #file: DatFile;
  readonly #onStack: (stack: KernelStack) => void;
  #symbols: SymbolTable | undefined;

  constructor(file: DatFile, onStack: (stack: KernelStack) => void) {
    this.#file = file;
    this.#onStack = onStack;
  }

  async take({ cpu, pid, buffer }: BinaryRecord, bytes: RecordBytes): Promise<void> {
    const addresses = addressesIn(bytes, this.#file.events);
    this.#symbols ??= new SymbolTable((await this.#file.symbols()) ?? new Uint8Array());
    const symbols = this.#symbols;
    const frames = addresses.map((address) => symbols.nameOf(address));
    if (frames.length > 0) this.#onStack({ cpu, pid, buffer, frames });
  }
}

function warnAboutClock(file: DatFile, warnings: WarningList): void {
  const clocks = new Set(file.buffers.map((buffer) => buffer.clock ?? file.facts.clock));
  clocks.delete(undefined);
  for (const clock of clocks) {
    if (clock !== undefined && !NANOSECOND_CLOCKS.has(clock)) {
      warnings.add(`clock "${clock}" does not count nanoseconds: times are in its own unit`);
    }
  }
  if (clocks.size > 1) {
    warnings.add('the buffers use different clocks: order between buffers means nothing');
  }
  if (file.facts.overwritten > 0) {
    const { overwritten, overwrittenOn } = file.facts;
    const where =
      overwrittenOn.length === 0 ? '' : ` (${overwrittenOn.slice(0, MOST_NAMED).join(', ')})`;
    warnings.add(
      `the recorder dropped or overwrote ${overwritten} records${where}, say its own statistics`,
    );
  }
  if (file.events.count === 0) warnings.add('the file describes no events: all are unknown');
}
