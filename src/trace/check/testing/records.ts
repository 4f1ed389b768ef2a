// Records made by hand, and traces made of them, for tests of the judge and the profile.

import { memorySource } from '../../formats/byte-source.ts';
import { readTrace } from '../../formats/read-trace.ts';
import type { TraceInfo, TraceRecord, TraceSummary } from '../../formats/trace-record.ts';
import { checkRecords, type ReadRecords } from '../check-trace.ts';
import type { TraceVerdict } from '../verdict.ts';

export interface MadeRecord {
  readonly cpu: number;
  /** ns */
  readonly time: number;
  readonly pid: number;
  readonly task: string;
  readonly event: string;
  /** Numbers, or strings of hexadecimal digits for what does not fit. */
  readonly fields: Readonly<Record<string, number | string>>;
  readonly lostBefore?: number;
}

/** A record in one line; times in us, tasks as `name/pid`. */
export type Line = readonly [
  time: number,
  cpu: number,
  task: string,
  event: string,
  fields?: MadeRecord['fields'],
];

/** The records that these lines stand for, in the same order. */
export function madeOf(lines: readonly (readonly Line[])[]): MadeRecord[] {
  return lines.flat().map(([time, cpu, task, event, fields = {}]) => {
    const slash = task.lastIndexOf('/');
    return {
      time: 1_000_000_000 + time * 1000,
      cpu,
      pid: Number(task.slice(slash + 1)),
      task: task.slice(0, slash),
      event,
      fields,
    };
  });
}

const info: TraceInfo = {
  format: 'trace.dat v7',
  clock: 'global',
  cpus: 2,
  timeBase: 0n,
  timeResolution: 1,
  release: undefined,
  buffers: [''],
  overwritten: 0,
  warnings: [],
};

export function asTraceRecord(made: MadeRecord): TraceRecord {
  const hexOf = (field: string): string | undefined => {
    const value = made.fields[field];
    return typeof value === 'number' ? BigInt.asUintN(64, BigInt(value)).toString(16) : value;
  };
  return {
    ...made,
    system: '',
    buffer: '',
    lostBefore: made.lostBefore ?? 0,
    hex: hexOf,
    number: (field) => {
      const hex = hexOf(field);
      if (hex === undefined) return undefined;
      const value = BigInt.asIntN(64, BigInt(`0x${hex}`));
      return Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
    },
    text: hexOf,
    fieldNames: () => Object.keys(made.fields),
  };
}

/** A trace of these records, in the order in which they are given. */
export function recordsOf(
  made: readonly MadeRecord[],
  facts: Partial<TraceSummary> = {},
): ReadRecords {
  return async (onRecord, onInfo) => {
    onInfo({ ...info, ...facts });
    for (const one of made) onRecord(asTraceRecord(one));
    const lost = made.reduce((sum, one) => sum + Math.max(0, one.lostBefore ?? 0), 0);
    return { ...info, records: made.length, lost, lostUnknown: false, truncated: false, ...facts };
  };
}

export async function judgeRecords(
  made: readonly MadeRecord[],
  facts: Partial<TraceSummary> = {},
): Promise<TraceVerdict> {
  return await checkRecords('made', recordsOf(made, facts));
}

/** The records of a file as values, so that tests can leave some out or change them. */
export async function copyRecords(
  name: string,
  bytes: Uint8Array,
): Promise<{ records: MadeRecord[]; facts: Partial<TraceSummary> }> {
  const records: MadeRecord[] = [];
  const summary = await readTrace(memorySource(name, bytes), (record) => {
    const fields: Record<string, string> = {};
    for (const field of record.fieldNames()) {
      const hex = record.hex(field);
      if (hex !== undefined) fields[field] = hex;
    }
    const { cpu, time, pid, task, event, lostBefore } = record;
    records.push({ cpu, time, pid, task, event, fields, lostBefore });
  });
  return { records, facts: summary };
}
