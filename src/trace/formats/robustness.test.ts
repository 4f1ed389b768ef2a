// Hostile and damaged input: whatever the bytes are, the reader ends, and ends with a summary or a
// Problem. Seeds are fixed, so a failure can be repeated.

import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Problem } from '../../base/problem.ts';
import { memorySource } from './byte-source.ts';
import { eventLines, readEventLines } from './event-lines.ts';
import { collectTrace, type TraceCopy } from './testing/collect.ts';
import { interleaved, mixed, SAMPLE_FORMATS, sampleTrace, tick } from './testing/sample-machine.ts';
import { encodePage, paginate, USUAL_SHAPE } from './testing/sample-pages.ts';
import { storedZstd, writePerfFile, writePerfPipe } from './testing/sample-perf.ts';
import { writeV6, writeV7 } from './testing/sample-trace.ts';

const FOLDER = new URL('../../../fixtures/traces/', import.meta.url);
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

async function survives(bytes: Uint8Array): Promise<TraceCopy | undefined> {
  try {
    const copy = await collectTrace(memorySource('mutant', bytes));
    for (const { task, event, system, buffer } of copy.records) {
      expect(UNSAFE.test(task + event + system + buffer)).toBe(false);
    }
    return copy;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    expect(error.code).toMatch(/^LUF-E20[235]$/);
    expect(UNSAFE.test(error.message)).toBe(false);
    return undefined;
  }
}

/** A small generator of repeatable random numbers (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixedUp = Math.imul(state ^ (state >>> 15), 1 | state);
    mixedUp = (mixedUp + Math.imul(mixedUp ^ (mixedUp >>> 7), 61 | mixedUp)) ^ mixedUp;
    return ((mixedUp ^ (mixedUp >>> 14)) >>> 0) % below;
  };
}

const INTERESTING = [0, 1, 0x7f, 0x80, 0xff];

function mutate(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  // Not slice(): that of a Buffer shares its bytes, and mutants would pile up in the seed.
  const copy = new Uint8Array(bytes);
  for (let n = 1 + random(4); n > 0; n--) {
    const value = random(2) === 0 ? random(256) : (INTERESTING[random(INTERESTING.length)] ?? 0);
    const at = random(copy.length);
    // Runs of the same byte make lengths and counts huge.
    copy.fill(value, at, at + (random(4) === 0 ? 8 : 1));
  }
  return copy;
}

const page = encodePage(USUAL_SHAPE, [
  mixed(USUAL_SHAPE, 1n, new TextEncoder().encode('comm')),
  tick(USUAL_SHAPE, 2n, 7, 3n),
]);
const small = { littleEndian: true, wordSize: 8, pageSize: 512 } as const;
const SMALL_TRACE = sampleTrace(
  [interleaved(small), { name: 'inst', cpus: [{ cpu: 1, pages: [page.slice(0, 512)] }] }],
  small,
);

const text = readFileSync(new URL('noflush.txt', FOLDER));
const PERF_TEXT = [
  ' wl-a [000] b   178/179   [001]    12.345678901:          1 tlb:tlb_flush: pages:-1 reason:local shootdown (2)',
  '              sh   102 [000]    12.345679: luf:flush_func: (ffffffff81076f60) mm=0xffff888003b1c000 from=0',
  '\tffffffff81076f61 flush_tlb_func+0x1 ([kernel.kallsyms])',
  '',
].join('\n');
const PERF = {
  littleEndian: true,
  formats: SAMPLE_FORMATS,
  release: '6.1.0-sample',
  items: [
    { comm: { tid: 7, name: 'seven' } },
    ...[3n, 9n, 5n, 12n].map((time, i) => ({
      sample: { cpu: i % 2, time, tid: 7, payload: tick(USUAL_SHAPE, time, 7, time).payload },
    })),
    { lost: { cpu: 0, time: 13n, count: 2 } },
    { round: true as const },
  ],
};
const SEEDS: readonly (readonly [string, Uint8Array, number])[] = [
  ['v6', writeV6(SMALL_TRACE), 1000],
  ['v7', writeV7(SMALL_TRACE), 1000],
  ['v7 in chunks', writeV7(SMALL_TRACE, { name: 'zstd', pack: (bytes) => bytes }), 300],
  [
    'v7, zlib',
    writeV7(SMALL_TRACE, { name: 'zlib', pack: (bytes) => new Uint8Array(deflateSync(bytes)) }),
    300,
  ],
  ['reclaim.dat', readFileSync(new URL('reclaim.dat', FOLDER)), 200],
  ['perf.data', writePerfFile(PERF), 400],
  ['perf.data in pieces', writePerfPipe(PERF), 300],
  ['perf.data, packed', writePerfFile(PERF, storedZstd(3)), 300],
  ['text', text.subarray(0, 4000), 300],
  ['perf script', new TextEncoder().encode(PERF_TEXT), 200],
];
const EVENT_LINE_MUTANTS = 300;
const MUTANTS = SEEDS.reduce((sum, [, , count]) => sum + count, EVENT_LINE_MUTANTS);
/** `npm run fuzz` asks for more mutants in all, and other ones each time. */
const FUZZ = Number(process.env.LUFCHECK_FUZZ ?? 0);
const MORE = FUZZ > 0 ? FUZZ / MUTANTS : 1;
const SEED = FUZZ > 0 ? Date.now() & 0x7fff_ffff : 20_240_607;

const EVENT_LINES = new TextEncoder().encode(
  eventLines([
    { event: 'frame.alloc', at: 1, cpu: 0, by: 'sh/7', frame: 2 },
    { event: 'pte.set', at: 2, cpu: 0, mm: 'a', va: 4096, frame: 2, writable: true },
    { event: 'pte.clear', at: 3, cpu: 1, mm: 'a', va: 4096, frame: 2, writable: true, cpus: [0] },
    { event: 'tlb.flush', at: 4, cpu: 0, cpus: [0], mm: 'a', va: 4096, pages: 1 },
    { event: 'frame.free', at: 5, cpu: 0, frame: 2 },
  ]).join('\n'),
);

test(`mutants of event lines (seed ${SEED})`, { timeout: 3_600_000 }, async () => {
  const random = generator(SEED);
  for (let i = 0; i < EVENT_LINE_MUTANTS * MORE; i++) {
    const source = memorySource('mutant', mutate(EVENT_LINES, random));
    try {
      await readEventLines(source, ({ by = '' }) => expect(UNSAFE.test(by)).toBe(false));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      expect(error.code).toMatch(/^LUF-E20[35]$/);
      expect(UNSAFE.test(error.message + error.where)).toBe(false);
    }
  }
});

test.each(SEEDS)(
  `mutants of %s (seed ${SEED})`,
  { timeout: 3_600_000 },
  async (_, bytes, count) => {
    const random = generator(SEED);
    for (let i = 0; i < count * MORE; i++) await survives(mutate(bytes, random));
  },
);

test.each([
  ['v6', writeV6(SMALL_TRACE), 7],
  ['v7', writeV7(SMALL_TRACE), 7],
  ['reclaim.dat', readFileSync(new URL('reclaim.dat', FOLDER)), 61],
])('%s cut anywhere never looks whole', async (_, bytes, step) => {
  const whole = await survives(bytes);
  for (let length = 0; length < bytes.length; length += step) {
    const copy = await survives(bytes.subarray(0, length));
    const missing = copy !== undefined && copy.records.length < (whole?.records.length ?? 0);
    if (missing) expect([length, copy.summary.truncated]).toEqual([length, true]);
  }
});

test('text cut anywhere loses whole lines only', async () => {
  const whole = await survives(text);
  for (let length = 1000; length < 3000; length += 13) {
    const copy = await survives(text.subarray(0, length));
    const count = copy?.records.length ?? 0;
    expect(copy?.records).toEqual(whole?.records.slice(0, count));
  }
});

test('random bytes, with and without a head', async () => {
  const head = writeV7(SMALL_TRACE).slice(0, 18);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), fc.boolean(), async (bytes, withHead) => {
      await survives(withHead ? new Uint8Array([...head, ...bytes]) : bytes);
    }),
    { numRuns: 400, seed: 7 },
  );
});

test('random lines after a valid prefix', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ maxLength: 200, unit: 'binary' }), async (body) => {
      const line = `  sh-1 [000] 1.000000: sched_switch: ${body.replaceAll('\n', ' ')}\n`;
      const copy = await survives(new TextEncoder().encode(line));
      for (const [, , value] of Object.values(copy?.records[0]?.fields ?? {})) {
        expect(UNSAFE.test(value ?? '')).toBe(false);
      }
    }),
    { numRuns: 300, seed: 7 },
  );
});

test('what is written is what is read: times and values', async () => {
  const gap = fc.bigInt({ min: 0n, max: 1n << 30n });
  const value = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(gap, value), { minLength: 1, maxLength: 300 }),
      async (steps) => {
        let now = 5n;
        const records = steps.map(([wait, content]) => {
          now += wait;
          return tick(USUAL_SHAPE, now, 7, content);
        });
        const buffer = { name: '', cpus: [{ cpu: 0, pages: paginate(USUAL_SHAPE, records) }] };
        const copy = await survives(writeV7(sampleTrace([buffer])));
        expect(copy?.records.map(({ time, fields }) => [BigInt(time), fields.value?.[1]])).toEqual(
          records.map(({ time }, i) => [time, steps[i]?.[1].toString(16)]),
        );
      },
    ),
    { numRuns: 40, seed: 7 },
  );
});
