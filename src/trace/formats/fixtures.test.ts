// The fixtures are cuts of real recordings (see fixtures/traces/README.md): the binary one as
// written, the text as trace-cmd printed it. Both must tell the same story.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openFileSource } from '../node-file.ts';
import { memorySource } from './byte-source.ts';
import { collectTrace, type RecordCopy, type TraceCopy } from './testing/collect.ts';

const FOLDER = new URL('../../../fixtures/traces/', import.meta.url);

function load(name: string): Promise<TraceCopy> {
  return collectTrace(memorySource(name, readFileSync(new URL(name, FOLDER))));
}

const rounded = (time: number): number => Math.floor((time + 500) / 1000) * 1000;

test.each([
  ['reclaim', 678],
  ['noflush', 721],
])('%s: binary and text give the same records and fields', async (name, count) => {
  const binary = await load(`${name}.dat`);
  const text = await load(`${name}.txt`);
  expect([binary.records.length, text.records.length]).toEqual([count, count]);
  expect([binary.info?.timeResolution, text.info?.timeResolution]).toEqual([1, 1000]);
  expect([binary.summary.cpus, text.summary.cpus]).toEqual([2, 2]);
  expect([binary.summary.warnings, text.summary.warnings]).toEqual([[], []]);
  for (const [i, a] of binary.records.entries()) {
    const b = text.records[i];
    expect([b?.cpu, b?.time, b?.event, b?.pid, b?.task]).toEqual([
      a.cpu,
      rounded(a.time),
      a.event,
      a.pid,
      a.task,
    ]);
    if (b !== undefined) expect(numeric(b)).toEqual(numeric(a));
  }
});

/** Number and hex of every field; flag names and the system call's own number are not in text. */
function numeric(record: RecordCopy): Record<string, unknown> {
  const left = { ...record.fields };
  delete left.gfp_flags;
  delete left.__syscall_nr;
  return Object.fromEntries(
    Object.entries(left).map(([field, [number, hex]]) => [field, [number, hex]]),
  );
}

test('noflush: a page is unmapped, freed and allocated again, and nobody flushed between', async () => {
  const { records } = await load('noflush.dat');
  const pfn = 0x5caa;
  const page = (0xffd4_0000_0000_0000n + BigInt(pfn) * 64n).toString(16);
  const steps = records.flatMap((record, i) => {
    const { event, fields } = record;
    const same = fields.pfn?.[0] === pfn || fields.page?.[1] === page || fields.folio?.[1] === page;
    const flush = event === 'flush_func' || event === 'batch_flush' || event === 'flush_range';
    return same || flush ? [{ i, event }] : [];
  });
  const events = steps.map(({ event }) => event);
  const unmapped = events.indexOf('unmap_one');
  expect(events.slice(unmapped, unmapped + 6)).toEqual([
    'unmap_one',
    'rmap_del',
    'mm_filemap_delete_from_page_cache',
    'mm_page_free',
    'mm_page_free_batched',
    'mm_page_alloc',
  ]);
});

test('a file is read through its handle as from memory', async () => {
  const source = await openFileSource(new URL('reclaim.dat', FOLDER).pathname);
  try {
    const fromFile = await collectTrace(source);
    expect(fromFile).toEqual(await load('reclaim.dat'));
  } finally {
    await source.close();
  }
});

test('a pipe is read as the file that comes through it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lufcheck-pipe-'));
  const pipe = join(folder, 'pipe');
  try {
    execFileSync('mkfifo', [pipe]);
    const bytes = readFileSync(new URL('reclaim.dat', FOLDER));
    const [source] = await Promise.all([openFileSource(pipe), writeFile(pipe, bytes)]);
    try {
      expect(source.size).toBe(bytes.length);
      expect(await collectTrace(source)).toEqual(await load('reclaim.dat'));
    } finally {
      await source.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  await expect(openFileSource(tmpdir())).rejects.toMatchObject({ code: 'LUF-E201' });
});

test('a missing file is LUF-E201', async () => {
  await expect(openFileSource('/nowhere/at/all.dat')).rejects.toMatchObject({ code: 'LUF-E201' });
});

test('a compressed file that lost its end is salvaged', async () => {
  const whole = await load('reclaim.dat');
  const bytes = readFileSync(new URL('reclaim.dat', FOLDER));
  const cut = await collectTrace(memorySource('cut.dat', bytes.subarray(0, bytes.length - 600)));
  expect(cut.summary.truncated).toBe(true);
  expect(cut.summary.warnings[0]).toMatch(/truncated: .* \(byte \d+\)/);
  expect(cut.records.length).toBeGreaterThan(50);
  const firstCpu = (copy: TraceCopy): RecordCopy[] => copy.records.filter(({ cpu }) => cpu === 0);
  expect(firstCpu(cut)).toEqual(firstCpu(whole));
});
