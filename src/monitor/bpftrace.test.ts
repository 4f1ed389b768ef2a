// Exported programs: accepted by our reader, and by bpftrace itself where it is installed; run over
// events at random, they report what their rule reports.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ConcreteEvent } from '../events/concrete.ts';
import { allRules } from '../rules/all.ts';
import type { AnyRule } from '../rules/rule.ts';
import { EventJudge } from '../trace/check/check-events.ts';
import { bpftraceProgram } from './bpftrace.ts';
import type { Kernel } from './bpftrace-probes.ts';
import { readBpftrace } from './testing/read-bpftrace.ts';
import { firstReport } from './testing/run-bpftrace.ts';

const kernels: readonly Kernel[] = ['folios', 'pages'];
const programs = allRules.flatMap((rule) =>
  kernels.flatMap((kernel) => {
    const program = bpftraceProgram(rule, kernel);
    return typeof program === 'string'
      ? []
      : [{ name: `${rule.id} (${kernel})`, rule, kernel, program }];
  }),
);

test('the rules whose events a stock kernel shows have a program, the others a reason', () => {
  expect([...new Set(programs.map(({ rule }) => rule.id))]).toEqual([
    'frame-reused-before-flush',
    'address-changed-before-flush',
    'pte-changed-before-flush',
    'pte-rewritten-before-flush',
    'slot-refilled-before-flush',
  ]);
  for (const rule of allRules) {
    const program = bpftraceProgram(rule);
    if (typeof program === 'string')
      expect(program).toMatch(
        /^it (speaks only on hearing|asks for '\w+' of) .*which no probe of a stock kernel shows$/,
      );
  }
});

const few = fc.nat({ max: 1 });
const thread = fc.constantFrom(100, 101);
const place = { mm: few, va: fc.constant(0), frame: few };
const shown = (rule: AnyRule): fc.Arbitrary<object> => {
  const all: readonly (readonly [
    number,
    string,
    Readonly<Record<string, fc.Arbitrary<unknown>>>,
  ])[] = [
    [
      5,
      'pte.clear',
      { ...place, writable: fc.boolean(), cpus: fc.subarray([0, 1], { minLength: 1 }) },
    ],
    [2, 'pte.set', { ...place, writable: fc.boolean() }],
    [1, 'tlb.flush', { cpus: fc.subarray([0, 1], { minLength: 1 }) }],
    [2, 'frame.free', { frame: few }],
    [2, 'frame.alloc', { frame: few }],
    [4, 'slot.remove', { slot: few, frame: few }],
    [6, 'slot.add', { slot: few, frame: few }],
    [1, 'mm.load', { mm: few }],
    [1, 'mm.lazy', { mm: few }],
    [1, 'mm.exit', { mm: few }],
    [5, 'vma.change', { mm: few, va: fc.constant(0), writable: fc.boolean(), thread }],
    [4, 'call.return', { thread }],
  ];
  return fc.oneof(
    ...all
      .filter(([, event]) => rule.hears[event as 'pte.set'] !== undefined)
      .map(([weight, event, fields]) => ({
        weight,
        arbitrary: fc.record({ event: fc.constant(event), cpu: few, ...fields }),
      })),
  );
};

/** Both CPUs begin by loading something, as they have been seen to do before anything is owed. */
function eventsFor(rule: AnyRule): fc.Arbitrary<ConcreteEvent[]> {
  return fc
    .array(shown(rule), { minLength: 8, maxLength: 40 })
    .map((events) =>
      [
        { event: 'mm.load', cpu: 0, mm: 0 },
        { event: 'mm.load', cpu: 1, mm: 1 },
        { event: 'mm.load', cpu: 1, mm: 0 },
        ...events,
      ].map((event, at) => ({ ...event, at }) as unknown as ConcreteEvent),
    );
}

function fires(rule: AnyRule, events: readonly ConcreteEvent[]): number | undefined {
  let first: number | undefined;
  const judge = new EventJudge([rule], ({ now }) => {
    first ??= now.at;
  });
  for (const event of events) judge.hear(event);
  return first;
}

/** Maps that it asks for and never sets, and variables other than the counter that a loop sets. */
function unfit(program: readonly string[]): { unset: string[]; inLoops: string[] } {
  const code = program.filter((line) => !/^\s*\/\//.test(line));
  const text = code.filter((line) => !/^\s*(clear|delete)\(/.test(line)).join('\n');
  const set = new Set([...text.matchAll(/^\s*(@\w+)(\[.*\])? = /gm)].map(([, name]) => name));
  const asked = new Set([...text.matchAll(/@\w+/g)].map(([name]) => name));
  const inLoops: string[] = [];
  let loop: number | undefined;
  for (const line of code) {
    const indent = line.search(/\S/);
    if (loop !== undefined && indent <= loop && line.trim() === '}') loop = undefined;
    if (loop !== undefined) inLoops.push(...(/\$(?!r\b)\w+(?= = )/.exec(line) ?? []));
    if (loop === undefined && /^\s*while /.test(line)) loop = indent;
  }
  return { unset: [...asked].filter((name) => !set.has(name)), inLoops };
}

test('no program asks for what nothing sets; the verifier need not follow what loops find', () => {
  for (const { name, program } of programs) {
    expect([name, unfit(program)]).toEqual([name, { unset: [], inLoops: [] }]);
  }
  const { program } = programs[0] as (typeof programs)[0];
  const without = program.filter((line) => !line.includes('@collapsing[tid] = '));
  expect(unfit(without).unset).toEqual(['@collapsing']);
  const followed = program.map((line) => line.replace('@found[cpu] = $r', '$found = $r'));
  expect(unfit(followed).inLoops).toEqual(['$found']);
});

describe.each(programs.map((one) => [one.name, one] as const))('%s', (_, one) => {
  const { rule, kernel } = one;
  // More than these events have subjects, and few to go through.
  const blocks = readBpftrace(bpftraceProgram(rule, kernel, 4) as readonly string[]);
  test('our reader takes all of it', () => {
    expect(readBpftrace(one.program)).toHaveLength(blocks.length);
  });

  test('it reports nothing that the rule does not, and mostly when the rule does', () => {
    let [same, reported] = [0, 0];
    fc.assert(
      fc.property(eventsFor(rule), (events) => {
        const expected = fires(rule, events);
        const found = firstReport(blocks, rule.id, kernel, events);
        if (found === undefined) return;
        reported++;
        expect(expected).toBeDefined();
        expect(found).toBeGreaterThanOrEqual(expected as number);
        if (found === expected) same++;
      }),
      { numRuns: 250, seed: 11 },
    );
    expect(reported).toBeGreaterThan(4);
    expect(same / reported).toBeGreaterThan(0.8);
  });

  test('broken on purpose: deaf to flushes it reports more', () => {
    const deaf = blocks.filter(({ probe }) => probe !== 'tracepoint:tlb:tlb_flush');
    const differs = fc
      .sample(eventsFor(rule), { numRuns: 250, seed: 11 })
      .some(
        (events) =>
          firstReport(deaf, rule.id, kernel, events) !==
          firstReport(blocks, rule.id, kernel, events),
      );
    expect(differs).toBe(true);
  });
});

test('an entry that munmap itself empties loses its meaning with it, and is owed at its return', () => {
  const one = programs.find(({ rule }) => rule.id === 'address-changed-before-flush');
  const { rule, kernel, program } = one as (typeof programs)[0];
  const blocks = readBpftrace(program);
  const runs = (...between: object[]): number | undefined => {
    const events = [
      ...[
        { event: 'mm.load', cpu: 0, mm: 0 },
        { event: 'mm.load', cpu: 1, mm: 0 },
        // Another address: it is in a call from then on. The tester's threads have their CPU's number.
        { event: 'vma.change', cpu: 1, mm: 0, va: 1, thread: 1 },
        { event: 'pte.clear', cpu: 1, mm: 0, va: 0, frame: 0, cpus: [0, 1] },
      ],
      ...between,
      { event: 'call.return', cpu: 1, thread: 1 },
    ];
    const timed = events.map((event, at) => ({ ...event, at })) as unknown as ConcreteEvent[];
    return firstReport(blocks, rule.id, kernel, timed);
  };
  expect(runs()).toBe(4);
  expect(runs({ event: 'tlb.flush', cpu: 1, cpus: [1] })).toBe(5);
  expect(runs({ event: 'tlb.flush', cpu: 1, cpus: [0, 1] })).toBe(undefined);
  // Whoever empties it outside of a call promises nothing by returning.
  const outside = (events: readonly Record<string, unknown>[]): number | undefined =>
    firstReport(blocks, rule.id, kernel, events as unknown as ConcreteEvent[]);
  const clear = { event: 'pte.clear', cpu: 1, mm: 0, va: 0, frame: 0, cpus: [0, 1], at: 0 };
  expect(outside([clear, { event: 'call.return', cpu: 1, thread: 1, at: 1 }])).toBe(undefined);
});

test('who was flushed since reclaim came to the page, or by the word of whoever asked for it, owes nothing', () => {
  const one = programs.find(({ rule }) => rule.id === 'frame-reused-before-flush');
  const { rule, kernel, program } = one as (typeof programs)[0];
  const blocks = readBpftrace(program);
  const runs = (...events: readonly object[]): number | undefined => {
    const loads = [0, 1].map((cpu) => ({ event: 'mm.load', cpu, mm: 0 }));
    const timed = [...loads, ...events].map((event, at) => ({ ...event, at }));
    return firstReport(blocks, rule.id, kernel, timed as unknown as ConcreteEvent[]);
  };
  const clear = { event: 'pte.clear', cpu: 0, mm: 0, va: 0, frame: 0, cpus: [1] };
  const flush = { event: 'tlb.flush', cpu: 1, cpus: [1] };
  const reused = { event: 'frame.alloc', cpu: 0, frame: 0 };
  const walks = { probe: 'kprobe:try_to_unmap_one', cpu: 0 };
  const walked = { probe: 'kretprobe:try_to_unmap_one', cpu: 0 };
  expect(runs(walks, clear, walked, reused)).toBe(5);
  expect(runs(walks, flush, clear, walked, reused)).toBe(undefined);
  // Before it began the entry was there: it may have been filled from again.
  expect(runs(flush, walks, clear, walked, reused)).toBe(6);
  // Nothing is heard of a flush in an interrupt of another program: whoever asked for it knows.
  const asks = {
    probe: 'kprobe:arch_tlbbatch_flush',
    cpu: 0,
    of: { arg0: 0x77n },
    memory: { 119: 2n },
  };
  const asked = { probe: 'kretprobe:arch_tlbbatch_flush', cpu: 0 };
  expect(runs(clear, asks, asked, reused)).toBe(undefined);
  expect(runs(asks, asked, clear, reused)).toBe(5);
  const range = (mm: number, begins: bigint, ends: bigint): object[] => {
    const at = BigInt(0x10000 * (mm + 1));
    const mask = (cpus: bigint): object => ({ memory: { [String(at + 4096n)]: cpus } });
    return [
      { probe: 'kprobe:flush_tlb_mm_range', cpu: 0, of: { arg0: at }, ...mask(begins) },
      { probe: 'kretprobe:flush_tlb_mm_range', cpu: 0, ...mask(ends) },
    ];
  };
  expect(runs(clear, ...range(0, 2n, 0n), reused)).toBe(undefined);
  expect(runs(clear, ...range(0, 0n, 2n), reused)).toBe(undefined);
  expect(runs(clear, ...range(0, 1n, 1n), reused)).toBe(5);
  expect(runs(clear, ...range(1, 2n, 2n), reused)).toBe(5);
  // Collapse has flushed what it lets go of.
  const collapses = { probe: 'kprobe:pmdp_collapse_flush', cpu: 0 };
  expect(runs(collapses, clear, reused)).toBe(undefined);
  expect(runs(collapses, { probe: 'kprobe:unmap_page_range', cpu: 0 }, clear, reused)).toBe(5);
});

describe('the reader refuses', () => {
  const { program } = programs[0] as (typeof programs)[0];
  test.each([
    ['a probe of no kind', ['probe:x', '{', '}']],
    ['a block that does not end', program.slice(0, -1)],
    ['a statement without its end', program.map((line) => line.replace('@hand + 1;', '@hand + 1'))],
    ['a word of another language', program.map((line) => line.replace('while (', 'for ('))],
    ['too few values', program.map((line) => line.replace(', @violated, ', ', '))],
  ])('%s', (_, lines) => {
    expect(() => readBpftrace(lines)).toThrow();
  });
});

// bpftrace compiles without loading anything: -d. It asks this machine's kernel for types and symbols.
const installed = spawnSync('bpftrace', ['--version']).status === 0;
const types = spawnSync('bpftrace', ['-lv', 'struct vm_area_struct'], { encoding: 'utf8' });
const usable = installed && types.status === 0 && types.stdout.includes('vm_pgoff');

describe.skipIf(!usable)(
  'bpftrace itself (skipped where it is not installed, or has no BTF)',
  () => {
    const symbols = readFileSync('/proc/kallsyms', 'utf8');
    const compile = (lines: readonly string[]): { status: number | null; said: string } => {
      // A machine that hides the symbol would be a poor judge of the rest.
      const symbol = / vmemmap_base$/m.test(symbols) ? 'vmemmap_base' : '_text';
      const text = lines.join('\n').replaceAll('vmemmap_base', symbol);
      const { status, stderr, stdout } = spawnSync('bpftrace', ['-d', '-e', text], {
        encoding: 'utf8',
        maxBuffer: 1 << 26,
      });
      return {
        status,
        said: `${stdout}${stderr}`
          .split('\n')
          .filter((line) => /ERROR: /.test(line))
          .join('\n'),
      };
    };
    test.each(
      programs
        .filter(({ kernel }) => kernel === 'folios')
        .map((one) => [one.name, one.program] as const),
    )('%s', (_, program) => {
      const { status, said } = compile(program);
      expect([status, status === 0 ? '' : said]).toEqual([0, '']);
    });
    test('broken on purpose: it refuses', () => {
      const { program } = programs[0] as (typeof programs)[0];
      expect(compile(program.map((line) => line.replace('while (', 'for ('))).status).not.toBe(0);
    });
  },
);
