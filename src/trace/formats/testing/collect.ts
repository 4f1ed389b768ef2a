// Copies records out of the reused cursor, so that tests can compare whole traces as values.

import { type ByteSource, memorySource } from '../byte-source.ts';
import { readTrace } from '../read-trace.ts';
import type { TraceInfo, TraceRecord, TraceSummary } from '../trace-record.ts';

/** One record as a value. */
export interface RecordCopy {
  readonly cpu: number;
  readonly time: number;
  readonly pid: number;
  readonly task: string;
  readonly system: string;
  readonly event: string;
  readonly buffer: string;
  readonly lostBefore: number;
  /** Per field: number, hex and text. */
  readonly fields: Readonly<Record<string, FieldCopy>>;
}

/** A field's number, hex and text. */
export type FieldCopy = readonly [number | undefined, string | undefined, string | undefined];

/** A whole trace as a value. */
export interface TraceCopy {
  readonly info: TraceInfo | undefined;
  readonly records: readonly RecordCopy[];
  readonly summary: TraceSummary;
}

/** Reads a trace completely, including every field of every record. */
export async function collectTrace(source: ByteSource): Promise<TraceCopy> {
  const records: RecordCopy[] = [];
  let info: TraceInfo | undefined;
  const onInfo = (facts: TraceInfo): void => {
    info = facts;
  };
  const summary = await readTrace(source, (record) => records.push(copy(record)), { onInfo });
  return { info, records, summary };
}

/** Reads text given as a string. */
export async function collectText(text: string): Promise<TraceCopy> {
  return await collectTrace(memorySource('sample.txt', new TextEncoder().encode(text)));
}

function copy(record: TraceRecord): RecordCopy {
  const fields: Record<string, FieldCopy> = {};
  for (const name of record.fieldNames()) {
    fields[name] = [record.number(name), record.hex(name), record.text(name)];
  }
  const { cpu, time, pid, task, system, event, buffer, lostBefore } = record;
  return { cpu, time, pid, task, system, event, buffer, lostBefore, fields };
}
