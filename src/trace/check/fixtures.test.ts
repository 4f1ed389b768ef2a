// Cuts of recordings of a real kernel: the stock one is clean, the one whose reclaim skips its flush
// is not; and evidence taken out of the first turns it into the second.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { memorySource } from '../formats/byte-source.ts';
import { checkTrace } from './check-trace.ts';
import { copyRecords, judgeRecords, type MadeRecord } from './testing/records.ts';
import type { TraceVerdict } from './verdict.ts';

function bytesOf(name: string): Uint8Array {
  return readFileSync(resolve(import.meta.dirname, '../../../fixtures/traces', name));
}
async function verdictOn(name: string): Promise<TraceVerdict> {
  return await checkTrace(memorySource(name, bytesOf(name)));
}

test.each(['reclaim.dat', 'reclaim.txt'])('%s is clean, and frames were reused', async (name) => {
  const verdict = await verdictOn(name);
  expect(verdict).toMatchObject({ verdict: 'clean', events: 678, lost: 0, violations: [] });
  expect(verdict.rules[0]?.exercised).toBe(12);
});

test.each(['noflush.dat', 'noflush.txt'])('%s is violated by frame reuse', async (name) => {
  const verdict = await verdictOn(name);
  expect(verdict).toMatchObject({ verdict: 'violated', events: 721 });
  const frames = verdict.violations.filter(({ rule }) => rule === 'frame-reused-before-flush');
  expect(frames).toHaveLength(14);
  for (const { cpus, proofs } of frames) {
    expect(cpus).toEqual([0, 1]);
    expect(proofs).toHaveLength(2);
  }
  expect(frames[0]).toMatchObject({
    frame: 0x5caa,
    location: { mm: 'ff11000004dad200', va: '0x7f0958e3d000' },
    unmapped: { cpu: 1, task: 'luf-cg/115', what: 'try_to_unmap_one' },
    reused: { cpu: 1, task: 'luf-cg/115', what: 'mm_page_alloc' },
  });
});

test('text and binary give the same verdict', async () => {
  const plain = ({ rules, violations, groups }: TraceVerdict): unknown => ({
    rules,
    groups: groups.map(({ rule, by, cpus, count }) => ({ rule, by, cpus, count })),
    violations: violations.map(({ rule, frame, location, cpus }) => ({
      rule,
      frame,
      location,
      cpus,
    })),
  });
  for (const name of ['reclaim', 'noflush']) {
    expect(plain(await verdictOn(`${name}.txt`))).toEqual(plain(await verdictOn(`${name}.dat`)));
  }
});

/** As if `stacktrace` had been on: each line of these events is followed by where it came from. */
function withStacks(text: string, event: RegExp, frames: readonly string[]): string {
  return text
    .split('\n')
    .flatMap((line) => {
      const head = /^.*?\d: /.exec(line)?.[0];
      if (head === undefined || !event.test(line)) return [line];
      return [
        line,
        `${head}kernel_stack:         <stack trace >`,
        ...frames.map((one) => `=> ${one}`),
      ];
    })
    .join('\n');
}

test('stacks are told with the moments that they belong to, whatever else was recorded', async () => {
  const plain = new TextDecoder().decode(bytesOf('noflush.txt'));
  const frames = ['kprobe_ftrace_handler (ffffffff81)', 'page_remove_rmap', 'try_to_unmap_one'];
  const traced = withStacks(
    withStacks(plain, / rmap_del: /, [...frames, 'shrink_folio_list']),
    / mm_page_alloc: /,
    ['__alloc_pages', 'do_anonymous_page'],
  );
  const read = async (text: string): Promise<TraceVerdict> =>
    await checkTrace(memorySource('noflush.txt', new TextEncoder().encode(text)));
  const [bare, told] = [await read(plain), await read(traced)];
  expect(JSON.stringify(bare)).not.toContain('stack');
  expect(told.events).toBeGreaterThan(bare.events);
  expect(told.violations).toHaveLength(bare.violations.length);
  for (const { unmapped, reused, between } of told.violations) {
    // The recorder's own function is no caller.
    expect(unmapped.stack).toEqual(['page_remove_rmap', 'try_to_unmap_one', 'shrink_folio_list']);
    const isAlloc = reused.what === 'mm_page_alloc';
    expect(reused.stack).toEqual(isAlloc ? ['__alloc_pages', 'do_anonymous_page'] : undefined);
    for (const one of between) expect(one).not.toHaveProperty('stack');
  }
  const stackless = ({ violations, groups, rules }: TraceVerdict): unknown =>
    JSON.parse(
      JSON.stringify({ violations, groups, rules }, (key, of) =>
        key === 'stack' ? undefined : of,
      ),
    );
  expect(stackless(told)).toEqual(stackless(bare));
});

describe('the clean cut, changed', async () => {
  const { records, facts } = await copyRecords('reclaim.dat', bytesOf('reclaim.dat'));
  const isFlush = ({ event, fields }: MadeRecord): boolean =>
    /^(flush_func|batch_flush)/.test(event) ||
    // 0: on a task switch; 4: sent, whether or not anyone received it.
    (event === 'tlb_flush' && !['0', '4'].includes(String(fields.reason)));

  test('without the flushes of reclaim it is violated', async () => {
    const { verdict } = await judgeRecords(
      records.filter((one) => !isFlush(one)),
      facts,
    );
    expect(verdict).toBe('violated');
  });
  test('without those of CPU 0 it is violated, and only CPU 0 is named', async () => {
    const kept = records.filter((one) => !isFlush(one) || one.cpu !== 0);
    const verdict = await judgeRecords(kept, facts);
    expect(new Set(verdict.violations.flatMap(({ cpus }) => cpus))).toEqual(new Set([0]));
  });
  test('with other names for address spaces and another page base it is clean', async () => {
    const moved = records.map((one): MadeRecord => {
      const fields: Record<string, number | string> = {};
      for (const [name, value] of Object.entries(one.fields)) {
        const isPage = name === 'page' || name === 'folio';
        if (isPage) fields[name] = (BigInt(`0x${value}`) + (3n << 35n)).toString(16);
        else fields[name] = String(value).replace(/^ff11000/, 'ff11abc');
      }
      return { ...one, fields };
    });
    const verdict = await judgeRecords(moved, facts);
    expect(verdict).toMatchObject({ verdict: 'clean' });
    expect(verdict.rules[0]?.exercised).toBe(12);
  });
});
