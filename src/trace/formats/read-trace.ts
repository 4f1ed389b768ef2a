// The one entry to recorded traces: decides by content what a file is and reads it.

import type { ByteSource } from './byte-source.ts';
import { readDat } from './read-dat.ts';
import { readPerf } from './read-perf.ts';
import { readText } from './read-text.ts';
import { type Container, sniff } from './sniff.ts';
import type { ReadTraceOptions, TraceRecord, TraceSummary } from './trace-record.ts';

type Reader = (
  source: ByteSource,
  onRecord: (record: TraceRecord) => void,
  options?: ReadTraceOptions,
) => Promise<TraceSummary>;

const readers: Readonly<Record<Container, Reader>> = {
  'trace.dat': readDat,
  'perf.data': readPerf,
  text: readText,
};

/**
 * Reads a recorded trace: trace.dat of version 6 or 7, perf.data, the output of `trace-cmd report`, or the
 * kernel's `trace` file. Records come one by one, in time order for trace.dat and in file order for
 * text; memory does not grow with the length of the trace. What is lost or damaged is said by
 * `lostBefore`, `truncated` and `warnings`, as long as the metadata could be read.
 *
 * @throws Problem LUF-E202 not a trace; LUF-E203 empty, damaged or cut where nothing can be read;
 * LUF-E205 a feature that is not read, such as a text trace inside of a trace.dat. Whatever `onRecord` throws passes through.
 *
 * @example
 * ```ts
 * const bytes = new TextEncoder().encode('  sh-7 [000] 1.000005: mm_page_free: pfn=0x2a order=0\n')
 * await readTrace(memorySource('a.txt', bytes), (record) => seen.push(record.number('pfn')))
 * // seen => [42]
 * ```
 */
export async function readTrace(
  source: ByteSource,
  onRecord: (record: TraceRecord) => void,
  options: ReadTraceOptions = {},
): Promise<TraceSummary> {
  const container = await sniff(source);
  return await readers[container](source, onRecord, options);
}
