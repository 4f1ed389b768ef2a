import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { memorySource } from './byte-source.ts';
import { readTrace } from './read-trace.ts';
import { collectTrace, type TraceCopy } from './testing/collect.ts';
import { SAMPLE_FORMATS, tick } from './testing/sample-machine.ts';
import { USUAL_SHAPE } from './testing/sample-pages.ts';
import {
  type PerfItem,
  type SamplePerf,
  storedZstd,
  writePerfFile,
  writePerfPipe,
} from './testing/sample-perf.ts';

const FOLDER = new URL('../../../fixtures/traces/', import.meta.url);

function read(bytes: Uint8Array): Promise<TraceCopy> {
  return collectTrace(memorySource('sample.data', bytes));
}

function sample(cpu: number, time: bigint, tid: number, littleEndian = true): PerfItem {
  const { payload } = tick({ ...USUAL_SHAPE, littleEndian }, time, tid, time + 5n);
  return { sample: { cpu, time, tid, payload } };
}

function perf(items: readonly PerfItem[], more: Partial<SamplePerf> = {}): SamplePerf {
  return { littleEndian: true, formats: SAMPLE_FORMATS, items, release: '6.1.0-sample', ...more };
}

const places = ({ records }: TraceCopy): string[] =>
  records.map(({ cpu, time, pid }) => `${cpu}@${time} ${pid}`);

/** Two buffers, written one after the other in each of two rounds. */
const rounds = (littleEndian = true): PerfItem[] => [
  { comm: { tid: 7, name: 'se\u001bven' } },
  sample(0, 10n, 7, littleEndian),
  sample(0, 30n, 7, littleEndian),
  sample(1, 20n, 8, littleEndian),
  { round: true },
  sample(0, 50n, 7, littleEndian),
  sample(1, 25n, 8, littleEndian),
  sample(1, 60n, 8, littleEndian),
  { round: true },
  { round: true },
];
const SORTED = ['0@10 7', '1@20 8', '1@25 8', '0@30 7', '0@50 7', '1@60 8'];

describe.each([true, false])('little-endian: %s', (littleEndian) => {
  test.each([
    ['a file', writePerfFile],
    ['a stored pipe', writePerfPipe],
    ['a packed file', (one: SamplePerf) => writePerfFile(one, storedZstd(7))],
  ])('%s: samples in the order of time, with their fields', async (_, write) => {
    const copy = await read(write(perf(rounds(littleEndian), { littleEndian })));
    expect(places(copy)).toEqual(SORTED);
    expect(copy.records[0]).toMatchObject({
      system: 't',
      event: 'tick',
      task: 'se\ufffdven',
      fields: { value: [15, 'f', undefined] },
    });
    expect(copy.summary).toEqual({
      format: 'perf.data',
      clock: 'local',
      cpus: 2,
      timeBase: 0n,
      timeResolution: 1,
      release: '6.1.0-sample',
      buffers: [''],
      overwritten: 0,
      warnings: [],
      records: 6,
      lost: 0,
      lostUnknown: false,
      truncated: false,
    });
  });
});

test('perf.data as perf script tells it', async () => {
  const { records, summary } = await read(readFileSync(new URL('flushes.perf.data', FOLDER)));
  const text = await read(readFileSync(new URL('flushes.perf.txt', FOLDER)));
  expect([records.length, summary.release]).toEqual([208, '6.12.95+deb12-amd64']);
  const keys = (copy: Pick<TraceCopy, 'records'>) =>
    copy.records.map(({ cpu, time, event, fields }) => [cpu, time, event, fields.pages?.[0]]);
  expect(keys({ records })).toEqual(keys(text));
  // perf says -1 of a task that is gone; the record still knows it.
  const others = records.flatMap(({ pid }, i) => {
    const told = text.records[i]?.pid;
    return told === pid ? [] : [[pid, told]];
  });
  expect(others.every(([, told]) => told === -1)).toBe(true);
  expect(others.length).toBeLessThan(3);
});

test('the clock of -k; stamps that are too large for a double have a base', async () => {
  const at = 1_800_000_000_123_456_789n;
  const { summary, records } = await read(
    writePerfFile(perf([sample(0, at, 7), sample(0, at + 3n, 7)], { clock: 1 })),
  );
  expect(summary.clock).toBe('mono');
  expect(records.map(({ time }) => summary.timeBase + BigInt(time))).toEqual([at, at + 3n]);
});

test('what perf lost stands before the next sample of that CPU', async () => {
  const { records, summary } = await read(
    writePerfFile(
      perf([
        sample(0, 10n, 7),
        { lost: { cpu: 0, time: 15n, count: 42 } },
        sample(1, 16n, 8),
        sample(0, 20n, 7),
      ]),
    ),
  );
  expect(records.map(({ cpu, lostBefore }) => [cpu, lostBefore])).toEqual([
    [0, 0],
    [1, 0],
    [0, 42],
  ]);
  expect([summary.lost, summary.lostUnknown]).toEqual([42, false]);
});

test('a loss that no sample follows is not forgotten', async () => {
  const items = [sample(0, 10n, 7), { lost: { cpu: 0, time: 15n, count: 42 } }];
  const { summary } = await read(writePerfFile(perf(items)));
  expect(summary.lostUnknown).toBe(true);
});

test('a sample that comes after later ones are out is left out, and counts as lost', async () => {
  const items = [
    sample(0, 100n, 7),
    { round: true as const },
    { round: true as const },
    sample(1, 50n, 8),
    sample(1, 200n, 8),
  ];
  const { records, summary } = await read(writePerfFile(perf(items)));
  expect(records.map(({ time, lostBefore }) => [time, lostBefore])).toEqual([
    [100, 0],
    [200, -1],
  ]);
  expect(summary.warnings.join()).toMatch(/1 samples came too late/);
});

test('samples of other events are counted and left out', async () => {
  const foreign = { sample: { cpu: 0, time: 5n, tid: 7, payload: new Uint8Array(8), id: 21 } };
  const { records, summary } = await read(writePerfFile(perf([foreign, sample(0, 10n, 7)])));
  expect(records).toHaveLength(1);
  expect(summary.warnings).toEqual(['1 samples of events that are no tracepoints are left out']);
});

test('a file without its index has no formats, which is an error', async () => {
  const bytes = writePerfFile(perf(rounds()));
  const source = memorySource('cut.data', bytes.slice(0, bytes.length - 500));
  await expect(readTrace(source, () => undefined)).rejects.toMatchObject({ code: 'LUF-E203' });
});

test('a stored pipe that was cut gives what is there, and says so', async () => {
  const bytes = writePerfPipe(perf(rounds()));
  const { records, summary } = await read(bytes.slice(0, bytes.length - 60));
  expect(records.map(({ time }) => time)).toEqual([10, 20, 25, 30, 50]);
  expect(summary).toMatchObject({ truncated: true, lostUnknown: true });
  expect(summary.warnings.join()).toMatch(/cut off inside a record at byte \d+/);
});
