import { expect, test } from 'vitest';
import type { RecorderFacts } from '../formats/recorder-facts.ts';
import type { TraceRecord } from '../formats/trace-record.ts';
import { Surveyor } from './survey.ts';

function record(time: number, event: string, fields: Readonly<Record<string, string>> = {}) {
  return {
    ...{ cpu: 0, time, pid: 1, task: 'a', system: '', event, buffer: '', lostBefore: 0 },
    number: (name: string) =>
      name in fields ? Number.parseInt(fields[name] ?? '', 16) : undefined,
    hex: (name: string) => fields[name],
  } as TraceRecord;
}

/** Kernel text is patched at 20, and nothing is unmapped by reclaim before 30. */
function windowOf(events: readonly string[] | undefined) {
  const surveyor = new Surveyor();
  surveyor.note(record(10, 'tlb_flush', { reason: '1', pages: '1' }));
  surveyor.note(record(11, 'switch_mm', { prev: 'a', next: 'b' }));
  surveyor.note(record(20, 'switch_mm', { prev: '0', next: 'c' }));
  surveyor.note(record(30, 'unmap_one', { folio: 'd' }));
  surveyor.note(record(31, 'tlb_flush', { reason: '1', pages: '1' }));
  surveyor.note(record(32, 'switch_mm', { prev: 'a', next: 'b' }));
  const recorder = events === undefined ? {} : { recorder: { events } as unknown as RecorderFacts };
  return surveyor.result({ release: '6.1.0', ...recorder }).complete;
}

test('a probe that is first seen after a patching may have been off until then', () => {
  expect(windowOf(undefined)).toEqual({ from: 20, until: Number.POSITIVE_INFINITY });
});

test('what our own recorder says it recorded was on all the time', () => {
  const whole = { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };
  const [flush, ...others] = ['tlb/tlb_flush', 'luf/switch_mm', 'luf/unmap_one'];
  expect(windowOf([flush ?? '', ...others])).toEqual(whole);
  expect(windowOf(others).from).toBe(20);
});
