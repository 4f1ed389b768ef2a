import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { afterAll, describe, expect, test } from 'vitest';
import { listEvents, refuseEventOptions } from './event-listing.ts';

const FIXTURE = new URL('../../fixtures/traces/noflush.dat', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'lufcheck-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const none = {
  events: false,
  format: undefined,
  cpu: undefined,
  from: undefined,
  to: undefined,
  mm: undefined,
  page: undefined,
  kind: undefined,
  output: undefined,
};

test('judging takes its own options, and none of those for events', () => {
  const judging = { ...none, json: false, all: false, quiet: true };
  expect(() => refuseEventOptions(judging)).not.toThrow();
  expect(() => refuseEventOptions({ ...judging, kind: 'pte.clear' })).toThrow(
    expect.objectContaining({ code: 'LUF-E104', message: '--kind is for --events' }),
  );
  expect(() => refuseEventOptions({ ...none, events: true, kind: 'pte.clear' })).not.toThrow();
});

type Values = Parameters<typeof listEvents>[1];

/** Remarks of the last listing. */
const notes: string[] = [];

/** What `trace --events` prints or writes. */
async function listing(values: Partial<Values>): Promise<string[]> {
  const lines: string[] = [];
  notes.length = 0;
  const note = (line: string): number => notes.push(line);
  const io = { out: (line: string) => lines.push(line), note } as unknown as Parameters<
    typeof listEvents
  >[2];
  await listEvents(FIXTURE, { ...none, events: true, ...values }, io);
  return lines;
}

async function parquet(values: Partial<Values>) {
  const output = join(folder, 'events.parquet');
  expect(await listing({ ...values, format: 'parquet', output })).toEqual([]);
  const bytes = readFileSync(output);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const facts = parquetMetadata(file).key_value_metadata ?? [];
  return { rows: await parquetReadObjects({ file }), facts };
}

test('where nothing passes the filters, that is said; a time from after its end is refused', async () => {
  expect(await listing({ cpu: '7' })).toEqual([]);
  expect(notes).toEqual([`${FIXTURE}: no event is of that kind, time and place`]);
  await expect(listing({ from: '16', to: '15.5' })).rejects.toMatchObject({
    code: 'LUF-E103',
    message: '--from 16 is after --to 15.5',
  });
});

describe('events as text, JSON lines and Parquet', () => {
  const filters: Partial<Values>[] = [
    {},
    { cpu: '1' },
    { from: '15.56', to: '15.564' },
    { mm: '0xff11000004dad200' },
    { page: '0x5caa' },
    { kind: 'pte.clear,tlb.flush' },
    { kind: 'frame.alloc', cpu: '0', page: '12345' },
  ];
  test.each(filters)('tell the same of %j', async (filter) => {
    const [header = '', ...lines] = await listing({ ...filter, format: 'jsonl' });
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const { rows, facts } = await parquet(filter);
    const plain = rows.map((row) =>
      Object.fromEntries(
        Object.entries(row)
          .filter(([, value]) => value !== null && value !== undefined)
          .map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
      ),
    );
    expect(plain).toEqual(events);
    expect(Object.fromEntries(facts.map(({ key, value }) => [key, value]))).toEqual(
      Object.fromEntries(
        Object.entries(JSON.parse(header)).map(([key, value]) => [key, String(value)]),
      ),
    );
    const text = await listing(filter);
    expect(text).toHaveLength(events.length);
    for (const [i, line] of text.entries()) {
      const { at, cpu, by = '-', event } = events[i] ?? {};
      const seconds = (Number(at) / 1e9).toFixed(9);
      expect(line.startsWith(`${seconds}  CPU ${cpu}  ${by}  ${event}`)).toBe(true);
    }
  });

  test('without a filter there are many, of many kinds, and all columns but that of flushed ranges are used', async () => {
    const { rows } = await parquet({});
    expect(rows.length).toBeGreaterThan(500);
    const used = new Set(
      rows.flatMap((row) => Object.keys(row).filter((name) => row[name] != null)),
    );
    expect([...used].sort()).toEqual(
      ['at', 'by', 'cpu', 'cpus', 'event', 'frame', 'mm', 'slot', 'va', 'writable'].sort(),
    );
  });

  test('text and JSON lines go to a file as well', async () => {
    const output = join(folder, 'events.jsonl');
    expect(await listing({ format: 'jsonl', output })).toEqual([]);
    expect(readFileSync(output, 'utf8').trimEnd().split('\n')).toEqual(
      await listing({ format: 'jsonl' }),
    );
  });

  test('Parquet needs a file that can be written', async () => {
    await expect(listing({ format: 'parquet' })).rejects.toMatchObject({ code: 'LUF-E104' });
    const output = join(folder, 'no', 'such', 'folder');
    await expect(listing({ format: 'parquet', output })).rejects.toMatchObject({
      code: 'LUF-E201',
    });
  });
});
