import { describe, expect, test } from 'vitest';
import { memorySource } from './byte-source.ts';
import { collectText, collectTrace, type RecordCopy } from './testing/collect.ts';

const PROBE = 'flush_func: (flush_tlb_func+0x0/0x1f0) mm=0xff11000100c56880 start=0x0 gen=60';

async function first(text: string): Promise<RecordCopy | undefined> {
  return (await collectText(`${text}\n`)).records[0];
}

describe('prefixes', () => {
  test.each([
    ['kernel, default', `              sh-122     [001] d..1.     6.707309: ${PROBE}`],
    ['kernel, four flags', `              sh-122   [001] d..1     6.707309: ${PROBE}`],
    ['kernel, tgid', `              sh-122     (    122) [001] d..1.     6.707309: ${PROBE}`],
    [
      'kernel, unknown tgid',
      `              sh-122     (-------) [001] d..1.     6.707309: ${PROBE}`,
    ],
    ['kernel, no flags', `              sh-122     [001]      6.707309: ${PROBE}`],
    [
      'trace-cmd',
      `              sh-122   [001]     6.707309: flush_func:           ${PROBE.slice(12)}`,
    ],
    ['trace-cmd -l', `      sh-122     1d..1.     6.707309: flush_func:  ${PROBE.slice(12)}`],
    ['trace-cmd --ts-diff', `          sh-122   [001]     6.707309: (+12)  ${PROBE}`],
    ['left-trimmed', `sh-122 [001] d..1. 6.707309: ${PROBE}`],
  ])('%s', async (_, line) => {
    expect(await first(line)).toMatchObject({
      task: 'sh',
      pid: 122,
      cpu: 1,
      time: 6_707_309_000,
      event: 'flush_func',
      buffer: '',
      fields: {
        mm: [undefined, 'ff11000100c56880', '0xff11000100c56880'],
        start: [0, '0', '0x0'],
        gen: [60, '3c', '60'],
        __probe_ip: [undefined, undefined, 'flush_tlb_func+0x0/0x1f0'],
      },
    });
  });

  test('nanoseconds of trace-cmd report -t', async () => {
    const { records, info } = await collectText(
      '  <idle>-0     [000] 1234567.750190348: tick: value=1\n',
    );
    expect([records[0]?.time, info?.timeResolution]).toEqual([1_234_567_750_190_348, 1]);
  });

  test('uptimes that exceed 2^53 ns get a base', async () => {
    const { records, info } = await collectText(
      '  sh-1 [000] 1700000000.000001: tick: value=1\n  sh-1 [000] 1700000001.000002: tick: value=1\n',
    );
    expect(info?.timeBase).toBe(1_700_000_000_000_000_000n);
    expect(records.map(({ time }) => time)).toEqual([1000, 1_000_002_000]);
  });

  test('latency format: relative microseconds', async () => {
    const { records, summary } = await collectText(
      '# nop latency trace v1.1.5 on 6.1.0-56-amd64\n' +
        '# latency: 0 us, #1224/1300, CPU#0 | (M:desktop VP:0, KP:0, SP:0 HP:0 #P:2)\n' +
        '  <idle>-0         0d..2. 18139us+: tlb_flush: pages:-1 reason:flush on task switch (0)\n',
    );
    expect(records[0]).toMatchObject({ task: '<idle>', pid: 0, cpu: 0, time: 18_139_000 });
    expect(summary).toMatchObject({ release: '6.1.0-56-amd64', overwritten: 76, cpus: 2 });
  });

  test('counts of other clocks keep their unit and are announced', async () => {
    const { records, summary } = await collectText(
      '              sh-122     [001] .....  31651256834: tick: value=1\n',
    );
    expect(records[0]?.time).toBe(31_651_256_834);
    expect(summary.warnings).toEqual([
      'time stamps are counts, not seconds: times are in their own unit',
    ]);
  });

  test('trace-cmd prints the first second as a count of microseconds', async () => {
    const { records } = await collectText(
      'cpus=1\n' +
        '              sh-122   [000]       999000: tick: value=1\n' +
        '              sh-122   [000]     1.000001: tick: value=1\n',
    );
    expect(records.map(({ time }) => time)).toEqual([999_000_000, 1_000_001_000]);
  });

  test('the buffer of an instance', async () => {
    const record = await first('inst1:               wl-773   [001]   197.743788: tick: value=1');
    expect(record).toMatchObject({ buffer: 'inst1', task: 'wl', pid: 773 });
  });
});

describe('hostile task names', () => {
  test.each([
    ['a-1 [000] b'],
    ['-1 [000] 1.0: a'],
    ['-1 [000] 1: a: '],
    ['x 1.234567: y:'],
    ['(7) [007] d..1'],
    ['inst: x'],
  ])('%j does not change who, where and when', async (name) => {
    const line = `${name.padStart(16)}-98      [001] d..1.     6.707309: tick: value=5`;
    expect(await first(line)).toMatchObject({
      pid: 98,
      cpu: 1,
      time: 6_707_309_000,
      event: 'tick',
    });
  });

  test('control characters never come through', async () => {
    const record = await first('   a\u001b[31m\u202eb-98 [001] 6.707309: tick: comm="x\u0007y"');
    expect(record?.task).toBe('a\ufffd[31m\ufffdb');
    expect(record?.fields.comm?.[2]).toBe('x\ufffdy');
  });

  test('a name that imitates fields of sched_switch does not replace them', async () => {
    const body =
      'prev_comm=a next_pid=9 prev_pid=1 prev_prio=120 prev_state=S ==> ' +
      'next_comm=b prev_pid=9 next_pid=2 next_prio=100';
    const record = await first(`  sh-1 [000] 1.000000: sched_switch: ${body}`);
    expect(record?.fields).toMatchObject({
      prev_comm: [undefined, undefined, 'a next_pid=9'],
      prev_pid: [1, '1', '1'],
      next_comm: [undefined, undefined, 'b prev_pid=9'],
      next_pid: [2, '2', '2'],
    });
  });

  test('a field that occurs twice with different values is left out', async () => {
    const record = await first('  sh-1 [000] 1.000000: x: comm=a mm=0x1 mm=0x2 pfn=0x3');
    expect(record?.fields.mm).toBeUndefined();
    expect(record?.fields.pfn).toEqual([3, '3', '0x3']);
  });
});

describe('losses', () => {
  test('both spellings, with and without a count', async () => {
    const line = (time: number): string => `  sh-1 [001] ${time}.000000: tick: value=1\n`;
    const { records, summary } = await collectText(
      `${line(1)}CPU:1 [LOST 12 EVENTS]\n${line(2)}CPU:1 [30 EVENTS DROPPED]\n${line(3)}` +
        `CPU:1 [EVENTS DROPPED]\n${line(4)}${line(5)}`,
    );
    expect(records.map(({ lostBefore }) => lostBefore)).toEqual([0, 12, 30, -1, 0]);
    expect(summary).toMatchObject({ lost: 42, lostUnknown: true });
  });

  test('the header tells what was overwritten', async () => {
    const { summary } = await collectText(
      '# tracer: nop\n#\n# entries-in-buffer/entries-written: 100/130   #P:4\n  sh-1 [001] 1.000000: tick: value=1\n',
    );
    expect(summary).toMatchObject({ overwritten: 30, cpus: 4 });
  });
});

describe('what is not an event', () => {
  test('a last line without an end is left out: its numbers may be cut', async () => {
    const { records, summary } = await collectText(
      '  sh-1 [001] 1.000000: tick: value=1\n  sh-1 [001] 2.000000: tick: value=12',
    );
    expect(records).toHaveLength(1);
    expect(summary.truncated).toBe(true);
    expect(summary.warnings).toEqual(['line 2 has no line end and may be cut: it is left out']);
  });

  test('stack traces and headers are no cause for a warning, other lines are', async () => {
    const { summary } = await collectText(
      'version = 7\ncpus=1\n  sh-1 [001] 1.000000: tick: value=1\n => do_syscall_64\n\nwhat is this\n',
    );
    expect(summary.warnings).toEqual(['1 lines are no trace lines, the first is line 6']);
  });

  test('an overlong line is left out', async () => {
    const long = `  sh-1 [001] 1.000000: tick: value=${'1'.repeat(70_000)}\n`;
    const { records, summary } = await collectText(`${long}  sh-1 [001] 2.000000: tick: value=2\n`);
    expect(records.map(({ time }) => time)).toEqual([2_000_000_000]);
    expect(summary.warnings[0]).toBe('line 1 is too long: it is left out');
  });

  test('time that goes backwards on a CPU is announced once', async () => {
    const { records, summary } = await collectText(
      '  sh-1 [001] 5.000000: a: x=1\n  sh-1 [001] 4.000000: a: x=1\n  sh-1 [001] 3.000000: a: x=1\n',
    );
    expect(records).toHaveLength(3);
    expect(summary.warnings).toEqual([
      'time goes backwards on CPU 1 at line 2: several traces in one file?',
    ]);
  });

  test('lines longer than one read block are joined', async () => {
    const line = '  sh-1 [001] 5.000000: a: x=1\r\n';
    const { records } = await collectText(line.repeat(20_000));
    expect(records).toHaveLength(20_000);
    expect(records[19_999]?.fields).toEqual({ x: [1, '1', '1'] });
  });
});

test('an empty trace with a header has no records and is no error', async () => {
  const { summary, info } = await collectText('# tracer: nop\n#\n');
  expect(summary.records).toBe(0);
  expect(info?.format).toBe('ftrace text');
});

test('bytes that are not UTF-8 do no harm', async () => {
  const bytes = new TextEncoder().encode('  s?-1 [001] 5.000000: a: x=1\n');
  bytes[3] = 0xff;
  const { records } = await collectTrace(memorySource('x', bytes));
  expect(records[0]?.task).toBe('s\ufffd');
});

test('perf script is read: name, thread, CPU, time, event and fields', async () => {
  const text = [
    ' wl-a [000] b   178/179   [001]    12.345678901:          1 tlb:tlb_flush: pages:-1 reason:local (2)',
    '              sh   102 [000]    12.345679001: luf:flush_func: (ffffffff81076f60) mm=0xffff888003b1c000 from=0',
    '',
  ].join('\n');
  const { records } = await collectTrace(memorySource('perf.txt', new TextEncoder().encode(text)));
  expect(
    records.map(({ task, pid, cpu, time, event }) => ({ task, pid, cpu, time, event })),
  ).toEqual([
    { task: 'wl-a [000] b', pid: 179, cpu: 1, time: 12_345_678_901, event: 'tlb_flush' },
    { task: 'sh', pid: 102, cpu: 0, time: 12_345_679_001, event: 'flush_func' },
  ]);
});
