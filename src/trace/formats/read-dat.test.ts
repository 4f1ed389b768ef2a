import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { memorySource } from './byte-source.ts';
import { collectTrace, type TraceCopy } from './testing/collect.ts';
import { interleaved, mixed, sampleTrace, tick } from './testing/sample-machine.ts';
import { encodePage, type SampleShape, USUAL_SHAPE } from './testing/sample-pages.ts';
import { type SampleBuffer, writeV6, writeV7 } from './testing/sample-trace.ts';

const BIG_ENDIAN: SampleShape = { littleEndian: false, wordSize: 8, pageSize: 4096 };
const NARROW: SampleShape = { littleEndian: true, wordSize: 4, pageSize: 4096 };
const NARROW_BIG: SampleShape = { littleEndian: false, wordSize: 4, pageSize: 4096 };
const LARGE_PAGES: SampleShape = { littleEndian: true, wordSize: 8, pageSize: 16_384 };

function read(bytes: Uint8Array): Promise<TraceCopy> {
  return collectTrace(memorySource('sample.dat', bytes));
}

function oneCpu(pages: readonly Uint8Array[]): SampleBuffer {
  return { name: '', cpus: [{ cpu: 0, pages }] };
}

const places = (copy: TraceCopy): string[] =>
  copy.records.map(({ cpu, time, pid }) => `${cpu}@${time} ${pid}`);

describe.each([
  ['little-endian, 64 bits', USUAL_SHAPE],
  ['big-endian, 64 bits', BIG_ENDIAN],
  ['little-endian, 32 bits', NARROW],
  ['big-endian, 32 bits', NARROW_BIG],
  ['16 KiB sub-buffers', LARGE_PAGES],
])('%s', (_, shape) => {
  test.each([
    ['v6', writeV6],
    ['v7', writeV7],
  ])('%s: CPUs are merged by time, ties by CPU', async (version, write) => {
    const copy = await read(write(sampleTrace([interleaved(shape)], shape)));
    expect(places(copy)).toEqual([
      '0@1000 7',
      '1@2000 8',
      '0@3000 7',
      '1@3000 8',
      '0@5000 7',
      '1@900000000 8',
    ]);
    expect(copy.summary).toEqual({
      format: `trace.dat ${version}`,
      clock: 'mono',
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
    expect(copy.info?.clock).toBe('mono');
  });

  test('every kind of field is read', async () => {
    const comm = new TextEncoder().encode('a\u0007b');
    const page = encodePage(shape, [mixed(shape, 5n, comm)]);
    const { records } = await read(writeV7(sampleTrace([oneCpu([page])], shape)));
    expect(records[0]?.fields).toEqual({
      tiny: [-2, 'fffffffffffffffe', undefined],
      small: [65_534, 'fffe', undefined],
      medium: [-3, 'fffffffffffffffd', undefined],
      big: [-4, 'fffffffffffffffc', undefined],
      comm: [undefined, undefined, 'a\ufffdb'],
      tail: [undefined, undefined, 'hello'],
      near: [undefined, undefined, 'near'],
      cpus: [5, '5', undefined],
      list: [undefined, undefined, undefined],
    });
  });

  test('loss marks with and without a count, and discarded events', async () => {
    const pages = [
      encodePage(shape, [tick(shape, 10n, 7, 1n)]),
      encodePage(shape, [tick(shape, 20n, 7, 2n), tick(shape, 21n, 7, 3n)], { lost: 201 }),
      encodePage(shape, [tick(shape, 30n, 7, 4n)], { lost: -1 }),
      encodePage(shape, [tick(shape, 41n, 7, 5n)], { discarded: 24 }),
    ];
    const { records, summary } = await read(writeV7(sampleTrace([oneCpu(pages)], shape)));
    expect(records.map(({ lostBefore }) => lostBefore)).toEqual([0, 201, 0, -1, 0]);
    expect([summary.lost, summary.lostUnknown]).toEqual([201, true]);
    expect(records[4]?.time).toBe(41);
  });
});

test('64-bit values beyond 2^53 have no number but exact hex', async () => {
  const page = encodePage(USUAL_SHAPE, [tick(USUAL_SHAPE, 1n, 7, 0xff11_0001_0485_0d80n)]);
  const { records } = await read(writeV7(sampleTrace([oneCpu([page])])));
  expect(records[0]?.fields).toEqual({ value: [undefined, 'ff11000104850d80', undefined] });
});

test('task names lose their control characters; unknown ones and pid 0 have stand-ins', async () => {
  const pids = [7, 8, 9, 0].map((pid, i) => tick(USUAL_SHAPE, BigInt(i), pid, 0n));
  const { records } = await read(writeV6(sampleTrace([oneCpu([encodePage(USUAL_SHAPE, pids)])])));
  expect(records.map(({ task }) => task)).toEqual(['seven', 'e\ufffdight', '<...>', '<idle>']);
});

test('instances are merged and named', async () => {
  const buffers = [interleaved(), { ...interleaved(), name: 'inst1' }];
  for (const write of [writeV6, writeV7]) {
    const { records, summary } = await read(write(sampleTrace(buffers)));
    expect(records.slice(0, 2).map(({ buffer, time }) => `${buffer}@${time}`)).toEqual([
      '@1000',
      'inst1@1000',
    ]);
    expect(records).toHaveLength(12);
    expect(summary.buffers).toEqual(['', 'inst1']);
  }
});

describe('zlib', () => {
  const packer = { name: 'zlib', pack: (bytes: Uint8Array) => new Uint8Array(deflateSync(bytes)) };
  const trace = sampleTrace([interleaved(), { ...interleaved(), name: 'inst1' }]);

  test('gives what the same file gives without compression', async () => {
    const plain = await read(writeV7(trace));
    expect(await read(writeV7(trace, packer))).toEqual(plain);
    expect(plain.records.length).toBeGreaterThan(6);
  });

  test.each<[string, (packed: Uint8Array) => Uint8Array]>([
    ['cut', (packed) => packed.slice(0, -5)],
    ['longer than it says', () => packer.pack(new Uint8Array(1 << 24))],
    ['of another kind', (packed) => packed.fill(0x5a)],
  ])('a chunk that is %s costs its CPU what follows, and says so', async (_, spoil) => {
    let chunks = 0;
    // The sections of the head are five; what follows are the chunks of the CPUs.
    const pack = (bytes: Uint8Array): Uint8Array =>
      ++chunks === 6 ? spoil(packer.pack(bytes)) : packer.pack(bytes);
    const { records, summary } = await read(
      writeV7(sampleTrace([interleaved()]), { name: 'zlib', pack }),
    );
    expect(records.map(({ cpu }) => cpu)).toEqual([1, 1, 1]);
    expect(summary).toMatchObject({ truncated: true, lostUnknown: true });
    expect(summary.warnings.join()).toMatch(/data of CPU 0: damaged or cut off at byte \d+/);
  });
});

test('absolute stamps keep the upper bits of the running time; large times get a base', async () => {
  const start = 0x1800_0000_0000_0001n;
  const records = [
    tick(USUAL_SHAPE, start, 7, 0n),
    { ...tick(USUAL_SHAPE, start + 5n, 7, 0n), absolute: true },
    tick(USUAL_SHAPE, start + 7n, 7, 0n),
  ];
  const copy = await read(writeV7(sampleTrace([oneCpu([encodePage(USUAL_SHAPE, records)])])));
  expect(copy.info?.timeBase).toBe(start);
  expect(copy.records.map(({ time }) => time)).toEqual([0, 5, 7]);
});

test('a wall-clock shift goes into the base, not into the times', async () => {
  const trace = { ...sampleTrace([interleaved()]), options: [date('0x10')] };
  const { summary, records } = await read(writeV7(trace));
  expect([summary.timeBase, records[0]?.time]).toEqual([16_000n, 1000]);
});

test('statistics of overwritten records become a warning', async () => {
  const text = 'CPU: 0\nentries: 5\noverrun: 7\ncommit overrun: 1\ndropped events: 2\n';
  const trace = { ...sampleTrace([interleaved()]), options: [stats(text)] };
  const { summary } = await read(writeV7(trace));
  expect(summary.overwritten).toBe(10);
  expect(summary.warnings).toEqual([
    'the recorder dropped or overwrote 10 records (CPU 0: 10), say its own statistics',
  ]);
});

test('a record of an unknown event is delivered without fields', async () => {
  const strange = tick(USUAL_SHAPE, 1n, 7, 0n);
  strange.payload[0] = 0x39;
  strange.payload[1] = 0x30;
  const page = encodePage(USUAL_SHAPE, [strange]);
  const { records } = await read(writeV7(sampleTrace([oneCpu([page])])));
  expect(records[0]).toMatchObject({ event: '#12345', system: '', pid: 7, fields: {} });
});

test('a record shorter than its format has no value for what is missing', async () => {
  const whole = mixed(USUAL_SHAPE, 1n, new Uint8Array(0));
  const short = { time: 1n, payload: whole.payload.slice(0, 12) };
  const { records } = await read(
    writeV7(sampleTrace([oneCpu([encodePage(USUAL_SHAPE, [short])])])),
  );
  expect(records[0]?.fields.tiny?.[0]).toBe(-2);
  expect(records[0]?.fields.medium).toEqual([undefined, undefined, undefined]);
  expect(records[0]?.fields.tail).toEqual([undefined, undefined, undefined]);
});

test('damage in one sub-buffer costs that sub-buffer only, and says so', async () => {
  const pages = [1n, 2n, 3n].map((time) =>
    encodePage(USUAL_SHAPE, [tick(USUAL_SHAPE, time, 7, time)]),
  );
  pages[1]?.set([0xff, 0xff, 0xff, 0x07], 8);
  const { records, summary } = await read(writeV7(sampleTrace([oneCpu(pages)])));
  expect(records.map(({ time, lostBefore }) => [time, lostBefore])).toEqual([
    [1, 0],
    [3, -1],
  ]);
  expect(summary.truncated).toBe(true);
  expect(summary.warnings[0]).toMatch(/CPU 0: a sub-buffer claims more than its size, byte \d+/);
});

test('a v6 file cut inside the records delivers what is there', async () => {
  const bytes = writeV6(sampleTrace([interleaved()]));
  const { records, summary } = await read(bytes.slice(0, bytes.length - 4096 + 40));
  expect(records.map(({ cpu }) => cpu)).toEqual([0, 1, 0, 0]);
  expect(summary).toMatchObject({ truncated: true, lostUnknown: true });
  expect(summary.warnings.join()).toMatch(/data of CPU 1: cut off at byte \d+/);
});

function date(text: string): [number, Uint8Array] {
  return [1, new TextEncoder().encode(`${text}\0`)];
}

function stats(text: string): [number, Uint8Array] {
  return [2, new TextEncoder().encode(`${text}\0`)];
}
