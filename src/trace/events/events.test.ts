import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ConcreteEvent } from '../../events/concrete.ts';
import { PerfettoTrace } from '../../report/trace-perfetto.ts';
import { checkTrace } from '../check/check-trace.ts';
import { memorySource } from '../formats/byte-source.ts';
import { SAMPLE_FORMATS, sampleTrace, tick } from '../formats/testing/sample-machine.ts';
import { encodePage, USUAL_SHAPE } from '../formats/testing/sample-pages.ts';
import { writeV7 } from '../formats/testing/sample-trace.ts';
import { eventText, headerLine } from './event-lines.ts';
import { type EventFilter, readEvents } from './read-events.ts';

function fixture(name: string) {
  const file = new URL(`../../../fixtures/traces/${name}`, import.meta.url);
  return memorySource(name, readFileSync(file));
}

async function eventsOf(name: string, filter: EventFilter = {}): Promise<ConcreteEvent[]> {
  const events: ConcreteEvent[] = [];
  await readEvents(fixture(name), { filter, onEvent: (event) => events.push(event) });
  return events;
}

describe('events of a recording', () => {
  test('are those that the rules hear; only a switch may turn out later to have flushed', async () => {
    const events = await eventsOf('reclaim.dat');
    const kinds = new Set(events.map(({ event }) => event));
    for (const kind of [
      'pte.clear',
      'tlb.flush',
      'frame.free',
      'frame.alloc',
      'mm.load',
    ] as const) {
      expect(kinds).toContain(kind);
    }
    const late = events.filter((one, i) => (events[i - 1]?.at ?? 0) > one.at);
    expect(late.every(({ event }) => event === 'tlb.flush')).toBe(true);
  });

  test('each filter takes just what it names', async () => {
    const all = await eventsOf('reclaim.dat');
    const clear = all.find(({ event }) => event === 'pte.clear');
    if (clear?.event !== 'pte.clear') throw new Error('no pte.clear');
    const same = async (filter: EventFilter, keep: (one: ConcreteEvent) => boolean) =>
      expect(await eventsOf('reclaim.dat', filter)).toEqual(all.filter(keep));
    await same({ kinds: new Set(['pte.clear']) }, ({ event }) => event === 'pte.clear');
    await same({ cpus: new Set([1]) }, ({ cpu }) => cpu === 1);
    const when = BigInt(clear.at);
    await same({ from: when, to: when }, ({ at }) => at === clear.at);
    await same({ mm: String(clear.mm) }, (one) => 'mm' in one && one.mm === clear.mm);
    const about = await eventsOf('reclaim.dat', { page: Number(clear.frame) });
    expect(about.length).toBeGreaterThan(1);
    expect(about.every((one) => 'frame' in one && one.frame === clear.frame)).toBe(true);
  });

  test('times are those of the clock also where they do not fit a double', async () => {
    const [tickFormat] = SAMPLE_FORMATS;
    const text = (tickFormat?.text ?? '').replace('tick', 'mm_page_free').replace('value', 'pfn');
    const start = 1_700_000_000_000_000_000n;
    const records = [0n, 5n, 7n].map((n) => tick(USUAL_SHAPE, start + n, 7, 0x2a00n + n));
    const buffer = { name: '', cpus: [{ cpu: 0, pages: [encodePage(USUAL_SHAPE, records)] }] };
    const bytes = writeV7({ ...sampleTrace([buffer]), formats: [{ system: 'kmem', text }] });
    const frames: unknown[] = [];
    const onEvent = (event: ConcreteEvent): unknown =>
      frames.push('frame' in event ? event.frame : event.event);
    const filter = { from: start + 5n, to: start + 6n };
    await readEvents(memorySource('tai.dat', bytes), { filter, onEvent });
    expect(frames).toEqual([0x2a05]);
  });

  test('a line for people has the time, the CPU, who ran and the fields', () => {
    const free: ConcreteEvent = { event: 'frame.free', at: 7, cpu: 0, by: 'sh/1', frame: 2 };
    expect(eventText(free, (at) => `${at}`)).toBe('7  CPU 0  sh/1  frame.free frame=0x2');
  });

  test('the first line says what follows', async () => {
    let header = '';
    const onInfo = (info: Parameters<typeof headerLine>[1]): void => {
      header = headerLine('reclaim.dat', info);
    };
    await readEvents(fixture('reclaim.dat'), { onInfo, onEvent: () => {} });
    expect(JSON.parse(header)).toMatchObject({
      schema: 'lufcheck.event-lines/1',
      clock: 'global',
    });
  });
});

describe('the picture for Perfetto', () => {
  interface Piece {
    readonly ph: string;
    readonly cat?: string;
    readonly id?: number;
    readonly ts: number;
    readonly args?: Readonly<Record<string, unknown>>;
  }
  async function picture(name: string): Promise<Piece[]> {
    let text = '';
    const trace = new PerfettoTrace((piece) => {
      text += piece;
    });
    await readEvents(fixture(name), { onEvent: (event) => trace.event(event) });
    trace.end(await checkTrace(fixture(name)));
    return (JSON.parse(text) as { traceEvents: Piece[] }).traceEvents;
  }

  test('debts are spans with a beginning and an end', async () => {
    const pieces = (await picture('reclaim.dat')).filter(({ cat }) => cat === 'debt');
    const begun = pieces.filter(({ ph }) => ph === 'b');
    expect(begun.length).toBeGreaterThan(3);
    for (const one of begun) {
      const end = pieces.find(({ ph, id }) => ph === 'e' && id === one.id);
      expect(end?.ts).toBeGreaterThanOrEqual(one.ts);
    }
    expect(begun.some(({ args }) => args?.how === 'paid')).toBe(true);
  });

  test('violations are instants, and a clean recording has none', async () => {
    const of = async (name: string) =>
      (await picture(name)).filter(({ cat }) => cat === 'violation');
    expect(await of('reclaim.dat')).toEqual([]);
    const found = await of('noflush.dat');
    const { violations } = await checkTrace(fixture('noflush.dat'));
    expect(found).toHaveLength(violations.length);
    expect(found[0]?.ts).toBeCloseTo(Number(violations[0]?.reused.time) * 1e6, 2);
  });
});
