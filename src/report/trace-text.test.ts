import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { sarifErrors } from '../../test/schemas/published.ts';
import { Problem } from '../base/problem.ts';
import { width } from '../base/text.ts';
import { checkTrace } from '../trace/check/check-trace.ts';
import type { TraceVerdict } from '../trace/check/verdict.ts';
import { memorySource } from '../trace/formats/byte-source.ts';
import { plainLook } from './look.ts';
import { traceSarif } from './sarif.ts';
import { traceHtml } from './trace-html.ts';
import { tracesJson } from './trace-json.ts';
import { traceText, violationText } from './trace-text.ts';

async function verdictOn(name: string): Promise<TraceVerdict> {
  const bytes = readFileSync(resolve(import.meta.dirname, '../../fixtures/traces', name));
  return await checkTrace(memorySource(name, bytes));
}

test('a violation names its parties, what is missing and how many like it, in 25 lines', async () => {
  const verdict = await verdictOn('noflush.dat');
  const group = verdict.groups[0];
  if (group === undefined) throw new Error('no group');
  const lines = violationText(verdict, group, plainLook);
  expect(lines.length).toBeLessThanOrEqual(25);
  for (const line of lines) expect(width(line)).toBeLessThanOrEqual(80);
  const text = lines.join(' ').replace(/\s+/g, ' ');
  for (const part of [
    'frame reused before its translations were flushed',
    '14 like it',
    '15.562371962 CPU1 luf-cg/115 try_to_unmap_one emptied the entry at 0x7f0958e3d000',
    'may be cached on CPU 0 and 1',
    'it left the page cache',
    'it was freed',
    'no flush of it ran on CPU 1 (last: 15.550492628) nor CPU 0 (last: 15.557311600)',
    '15.563200094 CPU1 luf-cg/115 frame 0x5caa handed out again ✗',
    'CPU 0 could still use the old translation',
    'arch_tlbbatch_flush()',
    'it was not seen after the unmap',
  ]) {
    expect(text).toContain(part);
  }
});

test('the worst kind comes first, and every rule says what it saw', async () => {
  const text = traceText(await verdictOn('noflush.dat'), plainLook).join('\n');
  expect(text).toMatch(/^VIOLATED {2}noflush.dat\n/);
  expect(text.indexOf('frame reused')).toBeLessThan(text.indexOf('page-cache position refilled'));
  expect(text).toContain('frame-reused-before-flush     exercised 28 times on 28 frames,');
  expect(text).toContain('pte-rewritten-before-flush    exercised 105 times on 64 frames,');
});

test('a clean trace is said to be so in a few lines', async () => {
  const lines = traceText(await verdictOn('reclaim.txt'), plainLook);
  expect(lines[0]).toBe('CLEAN  reclaim.txt');
  expect(lines.length).toBeLessThan(15);
});

test('an unknown verdict says where knowledge was lost; an idle rule that it proved nothing', async () => {
  const clean = await verdictOn('reclaim.dat');
  const unknown: TraceVerdict = {
    ...clean,
    verdict: 'unknown',
    reasons: [{ text: '3 records lost', time: '4.905000000', cpu: 1 }],
    rules: [{ id: 'r', exercised: 0, violations: 0, explained: 0, undecided: 0 }],
  };
  const text = traceText(unknown, plainLook).join('\n');
  expect(text).toContain('UNKNOWN  reclaim.dat');
  expect(text).toContain('3 records lost (at 4.905000000 s, CPU 1)');
  expect(text).toContain('never exercised: it has proved nothing here');
});

test('JSON: one file as it is, several in a list, failures among them', async () => {
  const verdict = await verdictOn('reclaim.dat');
  const one = JSON.parse(JSON.stringify(tracesJson([verdict])));
  expect(Object.keys(one)[0]).toBe('schema');
  expect(one).toMatchObject({ schema: 'lufcheck.trace/1', file: 'reclaim.dat', verdict: 'clean' });
  const error = new Problem('LUF-E201', 'cannot open the file', { where: 'x.dat' });
  expect(tracesJson([verdict, { file: 'x.dat', error }])).toMatchObject({
    schema: 'lufcheck.traces/1',
    traces: [
      { verdict: 'clean' },
      { file: 'x.dat', verdict: 'error', error: { code: 'LUF-E201' } },
    ],
  });
});

test('where a moment was called from: both ends of the stack, on one line, and in every form', async () => {
  const verdict = await verdictOn('noflush.dat');
  const stack = [
    'page_remove_rmap',
    'try_to_unmap_one',
    'rmap_walk_file',
    'try_to_unmap',
    'shrink_folio_list',
    'do_madvise',
    '__x64_sys_madvise',
    'do_syscall_64',
  ];
  const [violation, ...rest] = verdict.violations;
  if (violation === undefined) throw new Error('nothing is violated');
  const unmapped = { ...violation.unmapped, stack };
  const told = { ...verdict, violations: [{ ...violation, unmapped }, ...rest] };
  const lines = traceText(told, plainLook).filter((line) => line.trim().startsWith('from '));
  expect(lines.map((line) => line.trim())).toEqual([
    'from page_remove_rmap, try_to_unmap_one, ..., __x64_sys_madvise',
  ]);
  expect(traceHtml('0.0.0', [told])).toContain('<br>shrink_folio_list<br>do_madvise');
  const log = JSON.parse(traceSarif('0.0.0', [told])) as {
    runs: { results: { stacks?: { frames: unknown[] }[] }[] }[];
  };
  expect(sarifErrors(log)).toEqual([]);
  const stacks = log.runs[0]?.results.flatMap((one) => one.stacks ?? []);
  expect(stacks?.map(({ frames }) => frames.length)).toEqual([stack.length]);
  expect(traceSarif('0.0.0', [verdict])).not.toContain('"stacks"');
});
