// Fields read together must be what they are one by one.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { probes } from '../profiles/probes.ts';
import { memorySource } from './byte-source.ts';
import { type EventFormat, parseEventFormat } from './event-format.ts';
import type { RecordBytes } from './field-access.ts';
import { type FieldNames, fieldList, fieldNames } from './field-names.ts';
import { planOf } from './field-plan.ts';
import { readDat } from './read-dat.ts';
import type { TraceRecord } from './trace-record.ts';

const { page, mm, index, flags, mapping, cpus } = probes.rmap_del.fields;
const { pfn, inode, device, order } = probes.mm_filemap_add_to_page_cache.fields;
const asked = [page, mm, index, flags, mapping, cpus, pfn, inode, device, order];
const list = fieldList(...asked);

function oneByOne(record: TraceRecord, field: FieldNames): (number | undefined)[] {
  const one = { low: 0, high: 0 };
  return record.wideOf?.(field, one) === true ? [one.low, one.high] : [undefined, undefined];
}

test.each(['noflush.dat', 'stock-ksm.dat'])('%s: every record, every field', async (name) => {
  const bytes = readFileSync(new URL(`../../../fixtures/traces/${name}`, import.meta.url));
  const seen = new Set<number>();
  let wrong = 0;
  await readDat(memorySource(name, bytes), (record) => {
    const halves = new Int32Array(2 * asked.length);
    const present = record.halvesOf?.(list, halves) ?? 0;
    seen.add(present);
    const together = asked.flatMap((_, i) =>
      (present & (1 << i)) === 0 ? [undefined, undefined] : [halves[2 * i], halves[2 * i + 1]],
    );
    const apart = asked.flatMap((field) => oneByOne(record, field));
    if (together.some((half, i) => half !== apart[i])) wrong++;
  });
  expect(wrong).toBe(0);
  expect(seen.size).toBeGreaterThan(3);
});

const format = parseEventFormat(
  'luf',
  [
    'name: made',
    'ID: 7',
    'format:',
    '\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;',
    '\tfield:unsigned char byte;\toffset:2;\tsize:1;\tsigned:0;',
    '\tfield:signed char less;\toffset:3;\tsize:1;\tsigned:1;',
    '\tfield:unsigned int word;\toffset:4;\tsize:4;\tsigned:0;',
    '\tfield:int minus;\toffset:8;\tsize:4;\tsigned:1;',
    '\tfield:char text[4];\toffset:12;\tsize:4;\tsigned:1;',
    '\tfield:u64 long;\toffset:16;\tsize:8;\tsigned:0;',
  ].join('\n'),
) as EventFormat;

test('of each size and sign; what cannot be read is not there, and the next name counts', () => {
  const view = new DataView(new ArrayBuffer(24));
  view.setUint8(2, 0xfe);
  view.setInt8(3, -2);
  view.setUint32(4, 0xffff_fffe, true);
  view.setInt32(8, -3, true);
  view.setBigUint64(16, 0x1234_5678_9abc_def0n, true);
  const names = ['byte', 'less', 'word', 'minus', 'text', 'absent', 'long'];
  const wanted = fieldList(...names.map((name) => fieldNames(name)), fieldNames('text', 'byte'));
  const record: RecordBytes = { view, start: 0, length: 24, littleEndian: true, wordSize: 8 };
  const halves = new Int32Array(16);
  const plan = planOf(format, wanted);
  expect(plan.end).toBe(24);
  expect(plan.read(record, halves)).toBe(0b1100_1111);
  const [long, upper] = [0x9abc_def0 | 0, 0x1234_5678];
  expect([...halves]).toEqual([254, 0, -2, -1, -2, 0, -3, -1, 0, 0, 0, 0, long, upper, 254, 0]);
});
