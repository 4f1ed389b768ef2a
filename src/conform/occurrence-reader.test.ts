import { expect, test } from 'vitest';
import { form, Happening } from '../trace/check/happening.ts';
import type { TraceRecord } from '../trace/formats/trace-record.ts';
import { namesFor } from '../trace/profiles/names.ts';
import { tellingEvents } from './alphabet.ts';
import type { Occurrence } from './occurrence.ts';
import { OccurrenceReader } from './occurrence-reader.ts';

const names = namesFor([0]);
const functions = [
  '__replace_page',
  'ptep_clear_flush',
  'do_anonymous_page',
  'migrate_pages',
  'try_to_migrate',
];

/** What is told of records: calls as `in_F` and `out_F`, and events by their form, one each ns. */
function read(events: readonly (string | number)[]): {
  calls: readonly Occurrence[];
  unmodelled: number;
} {
  const calls: Occurrence[] = [];
  const reader = new OccurrenceReader(
    {
      events: new Set(tellingEvents),
      functions: new Map(functions.map((name) => [name, { name, returns: true }])),
    },
    names,
    (one) => calls.push(one),
  );
  events.forEach((event, time) => {
    const record = {
      ...{ cpu: 0, pid: 7, task: 'a', time, lostBefore: 0, number: () => undefined },
      event: typeof event === 'string' ? event : 'other',
    } as unknown as TraceRecord;
    reader.before(record);
    if (typeof event === 'number') {
      const happening = new Happening(1);
      Object.assign(happening, { form: event, at: time, notBefore: time, frame: 1 });
      reader.observer.happens(happening);
    }
    reader.after(record);
  });
  return { calls, unmodelled: reader.finish().unmodelled };
}

const lettersOf = (calls: readonly Occurrence[], name: string) =>
  calls
    .find((one) => one.name === name)
    ?.letters.map(({ letter, since, at }) => [letter, since, at]);

test('an entry that is counted early may be set at any time until the call returns', () => {
  const flush = ['in_ptep_clear_flush', 'out_ptep_clear_flush'];
  const { calls } = read(['in___replace_page', form.pteSet, ...flush, 'out___replace_page']);
  expect(lettersOf(calls, '__replace_page')).toEqual([
    ['>ptep_clear_flush', 2, 2],
    ['<ptep_clear_flush', 3, 3],
    ['pte.set', 1, 4],
  ]);
  const other = read(['in_do_anonymous_page', form.pteSet, ...flush, 'out_do_anonymous_page']);
  expect(lettersOf(other.calls, 'do_anonymous_page')?.[0]).toEqual(['pte.set', 1, 1]);
});

test('a case that a path leaves out is counted, and not judged', () => {
  const zero = read(['in_do_anonymous_page', 'out_do_anonymous_page']);
  expect([zero.calls.length, zero.unmodelled]).toEqual([0, 1]);
  const taken = read(['in_do_anonymous_page', form.frameAlloc, 'out_do_anonymous_page']);
  expect([taken.calls.length, taken.unmodelled]).toEqual([1, 0]);
  const out = read(['in___replace_page', form.pteClear, 'out___replace_page']);
  expect([out.calls.length, out.unmodelled]).toEqual([0, 1]);
});

test('a migration that tries again is counted, and not judged', () => {
  const once = ['in_try_to_migrate', 'out_try_to_migrate'];
  const tried = read(['in_migrate_pages', ...once, 'out_migrate_pages']);
  expect(tried.calls.map(({ name }) => name)).toEqual(['try_to_migrate', 'migrate_pages']);
  const again = read(['in_migrate_pages', ...once, ...once, 'out_migrate_pages']);
  expect(again.calls.filter(({ name }) => name === 'migrate_pages')).toEqual([]);
  expect(again.unmodelled).toBe(1);
});
