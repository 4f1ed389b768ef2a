import { describe, expect, test } from 'vitest';
import { memorySource } from './byte-source.ts';
import type { KernelStack } from './kernel-stack.ts';
import { readTrace } from './read-trace.ts';
import { ByteWriter } from './testing/byte-writer.ts';
import { SAMPLE_FORMATS, sampleTrace, tick } from './testing/sample-machine.ts';
import {
  encodePage,
  type SampleRecord,
  type SampleShape,
  USUAL_SHAPE,
} from './testing/sample-pages.ts';
import { type SampleTrace, writeV6, writeV7 } from './testing/sample-trace.ts';

async function stacksIn(
  bytes: Uint8Array,
): Promise<{ stacks: KernelStack[]; events: string[]; warnings: readonly string[] }> {
  const stacks: KernelStack[] = [];
  const events: string[] = [];
  const { warnings } = await readTrace(
    memorySource('made', bytes),
    ({ event }) => events.push(event),
    {
      onStack: (stack) => {
        stacks.push(stack);
      },
    },
  );
  return { stacks, events, warnings };
}

const encoder = new TextEncoder();

describe('text', () => {
  test.each([
    [
      'the kernel',
      [
        '              sh-7     [001] .....     1.000000: mm_page_free: pfn=0x2a order=0',
        '              sh-7     [001] .....     1.000001: <stack trace>',
        ' => free_unref_page_list',
        ' => shrink_folio_list+0x7f1/0xc00',
        '              sh-8     [000] .....     1.000002: <user stack trace>',
        ' =>  <00007f0000000000>',
        '              sh-7     [001] .....     1.000003: mm_page_free: pfn=0x2b order=0',
      ],
      ['mm_page_free', 'kernel_stack', 'unknown', 'mm_page_free'],
    ],
    [
      'trace-cmd report',
      [
        'cpus=2',
        '              sh-7     [001]     1.000000: mm_page_free:         pfn=0x2a order=0',
        '              sh-7     [001]     1.000001: kernel_stack:         <stack trace >',
        '=> free_unref_page_list (ffffffff812f0001)',
        '=> shrink_folio_list (ffffffff812a0001)',
      ],
      ['mm_page_free', 'kernel_stack'],
    ],
    [
      'perf script',
      [
        'sh     7 [001]     1.000000: kmem:mm_page_free: pfn=0x2a order=0',
        '\tffffffff812f0001 free_unref_page_list+0x1 ([kernel.kallsyms])',
        '\tffffffff812a0001 shrink_folio_list+0x7f1 ([kernel.kallsyms])',
        '',
        'sh     7 [001]     1.000003: kmem:mm_page_free: pfn=0x2b order=0',
      ],
      ['mm_page_free', 'mm_page_free'],
    ],
  ])('of %s', async (_, lines, names) => {
    const { stacks, events, warnings } = await stacksIn(encoder.encode(`${lines.join('\n')}\n`));
    expect(stacks).toEqual([
      { cpu: 1, pid: 7, buffer: '', frames: ['free_unref_page_list', 'shrink_folio_list'] },
    ]);
    expect(events).toEqual(names);
    expect(warnings).toEqual([]);
  });
});

const STACK = 4;
const ADDRESSES = [0xffffffff812a0010n, 0xffffffff812f0000n, 0xffffffffc0000000n];

/** An event, and where it came from. */
function traced(shape: SampleShape, symbols: string): SampleTrace {
  const body = new ByteWriter(shape.littleEndian);
  body.u16(STACK);
  body.u16(0);
  body.u32(7);
  body.u32(3);
  body.u32(0);
  for (const address of [...ADDRESSES, 2n ** 64n - 1n, 5n]) {
    if (shape.wordSize === 8) body.u64(address);
    else body.u32(Number(BigInt.asUintN(32, address)));
  }
  const stack: SampleRecord = { time: 1001n, payload: body.bytes() };
  const page = encodePage(shape, [tick(shape, 1000n, 7, 1n), stack]);
  const format =
    `name: kernel_stack\nID: ${STACK}\nformat:\n` +
    '\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n' +
    '\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n' +
    '\tfield:int size;\toffset:8;\tsize:4;\tsigned:1;\n' +
    '\tfield:unsigned long caller[];\toffset:16;\tsize:0;\tsigned:0;\n';
  return {
    ...sampleTrace([{ name: '', cpus: [{ cpu: 0, pages: [page] }] }], shape),
    formats: [...SAMPLE_FORMATS, { system: 'ftrace', text: format }],
    symbols,
  };
}

const KALLSYMS = [
  '0000000000000000 A fixed_percpu_data',
  'ffffffff812f0000 T free_unref_page_list',
  'ffffffff812a0000 t shrink_folio_list\t[mm]',
  'ffffffff812a0008 d some_data',
  '',
].join('\n');

describe.each([
  ['v6', writeV6],
  ['v7', writeV7],
])('trace.dat %s', (_, write) => {
  test('names from its symbols; what lies outside of them is an address', async () => {
    const { stacks, events } = await stacksIn(write(traced(USUAL_SHAPE, KALLSYMS)));
    expect(stacks).toEqual([
      {
        cpu: 0,
        pid: 7,
        buffer: '',
        frames: ['shrink_folio_list', 'free_unref_page_list', '0xffffffffc0000000'],
      },
    ]);
    expect(events).toEqual(['tick', 'kernel_stack']);
  });

  test('without symbols, or with hidden ones, the addresses', async () => {
    const hidden = '0000000000000000 T free_unref_page_list\n';
    for (const symbols of ['', hidden]) {
      const { stacks } = await stacksIn(write(traced(USUAL_SHAPE, symbols)));
      expect(stacks[0]?.frames).toEqual(ADDRESSES.map((one) => `0x${one.toString(16)}`));
    }
  });

  test('big-endian, 32 bits', async () => {
    const shape: SampleShape = { littleEndian: false, wordSize: 4, pageSize: 4096 };
    const { stacks } = await stacksIn(write(traced(shape, '812a0000 T shrink_folio_list\n')));
    expect(stacks[0]?.frames.slice(0, 2)).toEqual(['shrink_folio_list', '0x812f0000']);
  });
});
