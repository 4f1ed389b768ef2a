import { describe, expect, test } from 'vitest';
import type { ConcreteEvent } from '../../events/concrete.ts';
import { checkTrace } from '../check/check-trace.ts';
import { memorySource } from './byte-source.ts';
import { eventLines, isEventLines, readEventLines } from './event-lines.ts';

const source = (text: string): ReturnType<typeof memorySource> =>
  memorySource('run.jsonl', new TextEncoder().encode(text));
const header = '{"schema":"lufcheck.event-lines/1"}';
const free = '{"event":"frame.free","at":7,"cpu":0,"frame":2}';
const events: ConcreteEvent[] = [
  { event: 'pte.clear', at: 1, cpu: 1, mm: 0, va: 0, frame: 0, writable: false, cpus: [0] },
  { event: 'frame.alloc', at: 2, cpu: 1, frame: 0 },
];

test('what is written is read back', async () => {
  const text = `${eventLines(events).join('\n')}\n`;
  const read: ConcreteEvent[] = [];
  expect(await isEventLines(source(text))).toBe(true);
  expect(await readEventLines(source(text), (event) => read.push(event))).toEqual({
    events: 2,
    isOfRecording: false,
  });
  expect(read).toEqual(events);
});

test('`lufcheck trace` judges it: numbers of a model, 0 among them, are identities', async () => {
  const verdict = await checkTrace(source(eventLines(events).join('\n')));
  expect(verdict.verdict).toBe('violated');
  expect(verdict.violations.map(({ rule, cpus }) => [rule, cpus])).toEqual([
    ['frame-reused-before-flush', [0]],
  ]);
  const flush: ConcreteEvent = { event: 'tlb.flush', at: 2, cpu: 0, cpus: [0] };
  const [clear, alloc] = events as [ConcreteEvent, ConcreteEvent];
  const clean = await checkTrace(source(eventLines([clear, flush, alloc]).join('\n')));
  expect(clean.verdict).toBe('clean');
});

test('what was made of a recording is read, and neither accused nor cleared', async () => {
  const made = '{"schema":"lufcheck.event-lines/1","from":"recording"}';
  const [, ...lines] = eventLines(events);
  // A flush by a switch shows late, and five levels of page tables have addresses beyond 2^53.
  const late = '{"event":"tlb.flush","at":1,"cpu":0,"cpus":[1]}';
  const high = eventLines([
    { event: 'pte.set', at: 2, cpu: 1, mm: 'a', va: 2 ** 56 + 4096, frame: 7, writable: true },
  ])[1];
  const verdict = await checkTrace(source([made, ...lines, late, high].join('\n')));
  expect([verdict.verdict, verdict.violations, verdict.events]).toEqual(['unknown', [], 4]);
  expect(verdict.reasons[0]?.text).toContain('of 1 places where a flush seems late');
});

test('a rule that nothing put to the test is said to have proved nothing', async () => {
  const verdict = await checkTrace(source(`${header}\n${free}`));
  expect(verdict.verdict).toBe('unknown');
  expect(verdict.rules.every(({ exercised }) => exercised === 0)).toBe(true);
});

describe('what is no such recording is refused with its line', () => {
  test.each([
    ['{"schema":"lufcheck.event-lines/2"}', 'LUF-E205', 'run.jsonl:1'],
    [`${header}\n{"event":"no"}`, 'LUF-E203', 'run.jsonl:2'],
    [`${header}\n${free}\n${free.slice(0, 20)}`, 'LUF-E203', 'run.jsonl:3'],
    [`${header}\n${free}\n${free.replace('7', '6')}`, 'LUF-E203', 'run.jsonl:3'],
    [`${header}\n${' '.repeat(70_000)}`, 'LUF-E203', 'run.jsonl:2'],
    [header, 'LUF-E204', 'run.jsonl'],
  ])('%.60s', async (text, code, where) => {
    await expect(checkTrace(source(text))).rejects.toMatchObject({ code, where });
  });
});

test('JSON may spell control characters: no name and no message passes them on', async () => {
  const names: unknown[] = [];
  const line = free.replace('{', '{"by":"a\\u001b[31m",');
  await readEventLines(source(`${header}\n${line}`), ({ by }) => names.push(by));
  expect(names).toEqual(['a\ufffd[31m']);
  const bad = free.replace('{', '{"\\u001b[2J":1,');
  await expect(readEventLines(source(`${header}\n${bad}`), () => {})).rejects.toMatchObject({
    message: 'frame.free has no field `\ufffd[2J`',
  });
});
