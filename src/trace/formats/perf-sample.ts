// Where the parts of a perf sample lie: they follow each other in a fixed order, each there or not as
// the attribute says (perf_event_open(2), PERF_RECORD_SAMPLE).

import type { PerfAttr } from './perf-attr.ts';

export const SAMPLE = {
  ip: 1 << 0,
  task: 1 << 1,
  time: 1 << 2,
  addr: 1 << 3,
  read: 1 << 4,
  callchain: 1 << 5,
  id: 1 << 6,
  cpu: 1 << 7,
  period: 1 << 8,
  stream: 1 << 9,
  raw: 1 << 10,
  identifier: 1 << 16,
} as const;

const READ = { enabled: 1, running: 2, id: 4, group: 8, lost: 16 } as const;
const MOST_COUNTERS = 4096;

/** One sample taken apart; `rawStart` and `rawLength` are the tracepoint's own record. */
export interface PerfSample {
  cpu: number;
  time: bigint;
  rawStart: number;
  rawLength: number;
}

/** Bytes from the body of a sample to its id; -1 if it has none. */
export function idOffset({ sampleType }: PerfAttr): number {
  if ((sampleType & SAMPLE.identifier) !== 0) return 0;
  if ((sampleType & SAMPLE.id) === 0) return -1;
  return 8 * countOf(sampleType, SAMPLE.ip | SAMPLE.task | SAMPLE.time | SAMPLE.addr);
}

/** Takes a sample apart; false if it ends before its parts do. */
export function readSample(
  view: DataView,
  start: number,
  end: number,
  littleEndian: boolean,
  { sampleType, readFormat }: PerfAttr,
  into: PerfSample,
): boolean {
  const has = (part: number): boolean => (sampleType & part) !== 0;
  let at = start + 8 * countOf(sampleType, SAMPLE.identifier | SAMPLE.ip | SAMPLE.task);
  if (at + 8 > end) return false;
  into.time = view.getBigUint64(at, littleEndian);
  at += 8 + 8 * countOf(sampleType, SAMPLE.addr | SAMPLE.id | SAMPLE.stream);
  if (at + 8 > end) return false;
  into.cpu = view.getUint32(at, littleEndian);
  at += 8 + 8 * countOf(sampleType, SAMPLE.period);
  if (has(SAMPLE.read)) {
    const length = readLength(view, at, end, littleEndian, readFormat);
    if (length < 0) return false;
    at += length;
  }
  if (has(SAMPLE.callchain)) {
    if (at + 8 > end) return false;
    const depth = view.getBigUint64(at, littleEndian);
    if (depth > BigInt(end - at) / 8n) return false;
    at += 8 + 8 * Number(depth);
  }
  if (at + 4 > end) return false;
  into.rawLength = view.getUint32(at, littleEndian);
  into.rawStart = at + 4;
  return into.rawStart + into.rawLength <= end;
}

/** CPU of a record that is no sample, from the parts at its end; -1 if it does not say. */
export function cpuAtEnd(
  view: DataView,
  start: number,
  end: number,
  littleEndian: boolean,
  { sampleType, sampleIdAll }: PerfAttr,
): number {
  if (!sampleIdAll || (sampleType & SAMPLE.cpu) === 0) return -1;
  const at = end - 8 * countOf(sampleType, SAMPLE.identifier | SAMPLE.cpu);
  return at >= start ? view.getUint32(at, littleEndian) : -1;
}

function readLength(
  view: DataView,
  at: number,
  end: number,
  littleEndian: boolean,
  format: number,
): number {
  const times = 8 * countOf(format, READ.enabled | READ.running);
  const each = 8 + 8 * countOf(format, READ.id | READ.lost);
  if ((format & READ.group) === 0) return times + each;
  if (at + 8 > end) return -1;
  const counters = view.getBigUint64(at, littleEndian);
  return counters > MOST_COUNTERS ? -1 : 8 + times + Number(counters) * each;
}

function countOf(bits: number, among: number): number {
  let count = 0;
  for (let left = bits & among; left !== 0; left &= left - 1) count++;
  return count;
}
