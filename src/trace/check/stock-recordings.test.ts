// Whole recordings of a stock kernel on two memory nodes: nothing in them may be accused. Each was, while
// entries that NUMA balancing had made unusable were taken to owe a flush.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { memorySource } from '../formats/byte-source.ts';
import { checkTrace } from './check-trace.ts';
import { copyRecords, judgeRecords } from './testing/records.ts';

const FOLDER = new URL('../../../fixtures/traces/', import.meta.url);
const bytesOf = (name: string): Uint8Array => readFileSync(new URL(name, FOLDER));

test.each([
  ['stock-ksm.dat', 32_191],
  ['stock-thp.dat', 37_452],
])('%s: no violation, and what huge entries map is not called clean', async (name, events) => {
  const verdict = await checkTrace(memorySource(name, bytesOf(name)));
  expect(verdict).toMatchObject({ verdict: 'unknown', events, lost: 0, violations: [] });
  expect(verdict.reasons.map(({ text }) => text.slice(0, 15))).toEqual(['blocks of 2 MB ']);
  for (const { exercised, undecided } of verdict.rules.slice(0, 3)) {
    expect(exercised).toBeGreaterThan(400);
    expect(undecided).toBeLessThan(exercised);
  }
  expect(verdict.notes.some((one) => one.includes('NUMA balancing'))).toBe(true);
});

test('with the flushes of the same recording taken out there are violations', async () => {
  const { records, facts } = await copyRecords('stock-ksm.dat', bytesOf('stock-ksm.dat'));
  const passed = records.filter(
    ({ event, fields }) => event !== 'tlb_flush' || fields.reason === '0',
  );
  const { violations } = await judgeRecords(passed, facts);
  expect(violations.length).toBeGreaterThan(100);
});
