import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ConcreteEvent } from '../../events/concrete.ts';
import { debtsOf } from './debts.ts';
import { chosenBy, nearestEvent } from './trace-filter.ts';
import { countsIn, moved, seriesOf, wholeOf, zoomed } from './trace-series.ts';
import { firstFrom, type TraceTable, TraceTableWriter } from './trace-table.ts';
import { parseTime, ticksIn, timeText } from './trace-text.ts';

function tableOf(events: readonly object[]): TraceTable {
  const writer = new TraceTableWriter();
  for (const event of events) writer.add(event as ConcreteEvent);
  return writer.finish();
}

const clear = (at: number, va: number, cpus: number[], mm = 'a'): object => ({
  ...{ event: 'pte.clear', at, cpu: 0, by: 'kswapd/9', mm, va, frame: va / 4096, cpus },
});
const flush = (at: number, cpus: number[], more: object = {}): object => ({
  ...{ event: 'tlb.flush', at, cpu: cpus[0] ?? 0, cpus, ...more },
});

const anyEvents = fc.array(
  fc.record({
    at: fc.nat(1000),
    cpu: fc.nat(3),
    event: fc.constantFrom('pte.clear', 'tlb.flush', 'frame.alloc', 'mm.load'),
    frame: fc.nat(9),
  }),
  { maxLength: 200 },
);

test('events come out in the order of time, each with what belongs to it', () => {
  fc.assert(
    fc.property(anyEvents, (events) => {
      const { count, time, cpu, kind, kinds, frame } = tableOf(events);
      const sorted = events.toSorted((a, b) => a.at - b.at);
      expect(count).toBe(events.length);
      expect(
        [...time].map((at, i) => ({
          at,
          cpu: cpu[i],
          event: kinds[kind[i] as number],
          frame: frame[i],
        })),
      ).toEqual(sorted);
    }),
  );
});

test('more events than can be drawn are counted, and the first are there', () => {
  const writer = new TraceTableWriter(2);
  for (const at of [3, 1, 2]) writer.add({ event: 'mm.load', at, cpu: 0 } as ConcreteEvent);
  expect([...writer.finish().time]).toEqual([1, 3]);
  expect(writer.left).toBe(1);
});

test('columns count every event of the window once, at any zoom', () => {
  fc.assert(
    fc.property(anyEvents, fc.integer({ min: 1, max: 300 }), (events, columns) => {
      const table = tableOf(events);
      const series = seriesOf(table);
      const shown = { from: 100, to: 900 };
      let sum = 0;
      for (const times of series.times.flat()) {
        sum += countsIn(times, shown, columns).reduce((a, b) => a + b, 0);
      }
      expect(sum).toBe(events.filter(({ at }) => at >= 100 && at < 900).length);
    }),
  );
});

test('a CPU owes from the unmap to the flush that covers it', () => {
  const table = tableOf([
    clear(10, 0x1000, [0, 1]),
    clear(20, 0x2000, [1]),
    flush(30, [0]),
    flush(40, [1], { mm: 'b' }),
    flush(50, [1], { mm: 'a', va: 0x1000, pages: 1 }),
    flush(60, [1], { mm: 'a' }),
    clear(70, 0x3000, [1]),
    flush(80, [0]),
  ]);
  const spans = debtsOf(table).map(({ from, to, pages }) =>
    [...from].map((at, i) => [at, to[i], pages[i]]),
  );
  // Another mm's flush and one page's pay nothing of the rest; what is never paid is owed to the end.
  expect(spans).toEqual([
    [[10, 30, 1]],
    [
      [10, 60, 2],
      [70, 80, 1],
    ],
  ]);
});

test('filters', () => {
  const table = tableOf([
    { event: 'frame.alloc', at: 1, cpu: 1, by: 'cat/7', frame: 0x29e2 },
    clear(2, 0x1000, [0], 'ffff888005096b80'),
    flush(3, [1]),
  ]);
  const chosen = (text: string): number[] | undefined => {
    const found = chosenBy(table, text);
    return found === undefined ? undefined : [...found];
  };
  expect(chosen('')).toBeUndefined();
  expect(chosen('task:kswapd')).toEqual([1]);
  expect(chosen('mm:0xffff888005096b80')).toEqual([1]);
  expect(chosen('page:0x29e2')).toEqual([0]);
  expect(chosen('cpu:1')).toEqual([0, 2]);
  expect(chosen('kind:flush cpu:1')).toEqual([2]);
  expect(chosen('nothing')).toEqual([]);
  expect(nearestEvent(table, undefined, 3, 1)).toBe(2);
  expect(nearestEvent(table, chosenBy(table, 'page:0x29e2'), 3, 1)).toBe(0);
  expect(nearestEvent(table, undefined, 3, 5)).toBeUndefined();
});

test('zooming and moving stay within the whole', () => {
  const whole = wholeOf(tableOf([clear(0, 0, []), clear(1_000_000, 0, [])]));
  const shown = zoomed(whole, 250_000, 0.1, whole);
  expect(shown).toEqual({ from: 225_000, to: 325_000 });
  expect(moved(shown, -500_000, whole)).toEqual({ from: 0, to: 100_000 });
  expect(zoomed(shown, 250_000, 1000, whole)).toEqual(whole);
});

test('times in words', () => {
  expect(timeText(14_076_021_312, 0n, 9)).toBe('14.076021312');
  expect(parseTime('14.076021312', 1_000_000_000n)).toBe(13_076_021_312);
  expect(ticksIn(0, 100, 5)).toEqual([0, 20, 40, 60, 80, 100]);
  expect(firstFrom(Float64Array.of(1, 2, 2, 3), 2)).toBe(1);
});
