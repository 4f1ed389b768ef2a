// The picture by the rules of Chrome's trace event format, as any reader of it may rely on them.

import { expect, test } from 'vitest';
import type { ConcreteEvent } from '../events/concrete.ts';
import { PerfettoTrace } from './trace-perfetto.ts';

interface Piece {
  readonly name: string;
  readonly ph: string;
  readonly ts: number;
  readonly pid: number;
  readonly tid: number;
  readonly cat?: string;
  readonly id?: number;
  readonly s?: string;
  readonly args?: Readonly<Record<string, unknown>>;
}

const clear = (at: number, va: number, cpus: number[]): ConcreteEvent => ({
  event: 'pte.clear',
  at,
  cpu: 1,
  by: 'sh"\\/7',
  mm: 'ff11',
  va,
  frame: 3,
  writable: false,
  cpus,
});
const flush = (at: number, cpu: number): ConcreteEvent => ({
  event: 'tlb.flush',
  at,
  cpu,
  cpus: [cpu],
  mm: 'ff11',
});

function picture(events: readonly ConcreteEvent[], violated: string[], base = 0n): Piece[] {
  let text = '';
  const trace = new PerfettoTrace((piece) => {
    text += piece;
  });
  for (const event of events) trace.event(event);
  const violations = violated.map((time) => ({
    rule: 'frame-reused-before-flush',
    frame: 3,
    cpus: [0],
    text: 'too early',
    reused: { time, cpu: 1, task: 'sh/7', what: 'mm_page_alloc' },
  }));
  trace.end({ violations } as unknown as Parameters<typeof trace.end>[0], base);
  const whole = JSON.parse(text) as { displayTimeUnit: string; traceEvents: Piece[] };
  expect(whole.displayTimeUnit).toBe('ns');
  return whole.traceEvents;
}

/** What the format asks of each kind of event. */
function abides(pieces: readonly Piece[]): void {
  const open = new Map<string, Piece>();
  for (const piece of pieces) {
    expect(typeof piece.name).toBe('string');
    expect([piece.pid, piece.tid].every(Number.isSafeInteger)).toBe(true);
    expect(Number.isFinite(piece.ts) && piece.ts >= 0).toBe(true);
    const key = `${piece.cat} ${piece.id}`;
    switch (piece.ph) {
      case 'M':
        expect(['process_name', 'thread_name']).toContain(piece.name);
        expect(typeof piece.args?.name).toBe('string');
        break;
      case 'i':
        expect(['g', 'p', 't']).toContain(piece.s);
        break;
      case 'b':
        expect([typeof piece.cat, open.has(key)]).toEqual(['string', false]);
        open.set(key, piece);
        break;
      case 'e': {
        const begun = open.get(key);
        expect(begun?.name).toBe(piece.name);
        expect([begun?.pid, begun?.tid]).toEqual([piece.pid, piece.tid]);
        expect(piece.ts).toBeGreaterThanOrEqual(begun?.ts ?? Number.POSITIVE_INFINITY);
        open.delete(key);
        break;
      }
      default:
        expect.unreachable(`phase ${piece.ph}`);
    }
  }
  expect([...open.keys()]).toEqual([]);
}

const RUN = [clear(2_345_678, 4096, [0, 1]), clear(2_400_001, 8192, [0]), flush(3_000_002, 0)];

test('spans and instants abide by the format; what stays owed ends with the recording', () => {
  const pieces = picture([...RUN, flush(4_000_003, 1), clear(5_000_000, 4096, [1])], []);
  abides(pieces);
  const spans = pieces.filter(({ ph }) => ph === 'b');
  expect(spans.map(({ name, ts, args }) => [name, ts, args?.how])).toEqual([
    ['1 pages owed', 2400.001, 'paid'],
    ['1 pages owed', 2345.678, 'paid'],
    ['1 pages owed', 5000, 'still owed at the end'],
  ]);
});

test('a violation within the first second, or beyond a base, stands where its events do', () => {
  const at = (pieces: readonly Piece[]) => pieces.find(({ cat }) => cat === 'violation')?.ts;
  const early = picture(RUN, ['0.002900007']);
  abides(early);
  expect(at(early)).toBe(2900.007);
  const base = 1_800_000_000_000_000_000n;
  const later = picture(RUN, ['1800000000.002900007'], base);
  abides(later);
  expect(at(later)).toBe(2900.007);
  expect(at(picture(RUN, ['0.002900']))).toBe(2900);
});
