import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { designs } from '../kernel/designs/all.ts';
import { plainLook } from '../report/look.ts';
import { whatIfCsv, whatIfText } from '../report/what-if-text.ts';
import { memorySource } from '../trace/formats/byte-source.ts';
import { whatIf } from './what-if.ts';

const file = new URL('../../fixtures/traces/reclaim.dat', import.meta.url);
const source = memorySource('reclaim.dat', readFileSync(file));
const answer = await whatIf(source);
const of = (id: string) => {
  const found = answer.designs.find(({ design }) => design === id);
  if (found === undefined) throw new Error(id);
  return found;
};

describe('a recording of a stock kernel', () => {
  test('mainline, replayed, flushes as often as the kernel did', () => {
    expect(answer.batched.flushes).toBe(4);
    const place = of('mainline').places.find((one) => one.place === 'try_to_unmap_flush');
    expect(place).toMatchObject({
      flushes: answer.batched.flushes,
      ipis: answer.batched.ipis,
      isPoint: true,
    });
  });

  test('without batching there is a flush for every entry', () => {
    expect(of('immediate').flushes).toBe(answer.unmapped);
    expect(of('immediate').deferred).toBe(0);
  });

  test('LUF puts off, and pays at the allocator', () => {
    const v12 = of('luf-v12');
    expect(v12.deferred).toBe(answer.batched.flushes);
    expect(v12.ipis).toBeLessThan(of('mainline').ipis);
    expect(v12.places.map(({ place }) => place)).toContain('luf_takeoff');
    expect(v12.carried.count).toBeGreaterThan(0);
    expect(v12.carried.longest).toBeGreaterThan(v12.carried.median);
  });

  test('a flush point that is gone pays nothing', async () => {
    const v12 = designs.find(({ id }) => id === 'luf-v12');
    if (v12 === undefined) throw new Error('no luf-v12');
    const broken = {
      ...v12,
      build: (...[k, has]: Parameters<typeof v12.build>) =>
        v12.build(k, (point) => point !== 'luf_takeoff' && has(point)),
    };
    const {
      designs: [one],
    } = await whatIf(source, { designs: [broken] });
    expect(one?.places.map(({ place }) => place)).not.toContain('luf_takeoff');
  });

  test('every assumption is printed, and what the recording cannot show', () => {
    const text = whatIfText(answer, plainLook).join('\n');
    expect(answer.assumptions.length).toBeGreaterThan(5);
    expect(text.match(/^ {2}- /gm)?.length).toBeGreaterThan(answer.assumptions.length);
    expect(text).toContain('write faults are not recorded');
  });

  test('CSV has as many cells in every line', () => {
    const lines = whatIfCsv(answer).map((line) => line.split(',').length);
    expect(new Set(lines).size).toBe(1);
  });
});

test('a recording that does not tell is refused', async () => {
  const text = '  sh-7 [000] 1.000005: mm_page_free: pfn=0x2a order=0\n';
  await expect(whatIf(memorySource('a.txt', new TextEncoder().encode(text)))).rejects.toMatchObject(
    { code: 'LUF-E204' },
  );
});
