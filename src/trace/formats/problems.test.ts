// Every way to fail has its code, its place and its hint.

import { expect, test } from 'vitest';
import { Problem } from '../../base/problem.ts';
import { memorySource } from './byte-source.ts';
import { readTrace } from './read-trace.ts';
import { interleaved, sampleTrace } from './testing/sample-machine.ts';
import { writeV6, writeV7 } from './testing/sample-trace.ts';

async function failure(content: string | Uint8Array): Promise<Problem> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  try {
    await readTrace(memorySource('some.file', bytes), () => undefined);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('no Problem was thrown');
}

const GOOD = writeV7(sampleTrace([interleaved()]));
const TRACER = '# tracer: nop\n#\n';

test.each<[string, string | Uint8Array, string, RegExp]>([
  ['an empty file', '', 'LUF-E203', /empty \(0 bytes\)/],
  ['prose', 'Dear diary,\nnothing happened.\n', 'LUF-E202', /no line of the text is a trace line/],
  ['a line without an end', 'nothing', 'LUF-E202', /no line of the text/],
  ['binary data', new Uint8Array([1, 2, 0, 3]), 'LUF-E202', /binary data/],
  ['zstd', new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0]), 'LUF-E202', /zstd-compressed/],
  ['gzip', new Uint8Array([0x1f, 0x8b, 8, 0]), 'LUF-E202', /gzip-compressed/],
  ['a cut perf.data', 'PERFILE2\0\0\0', 'LUF-E203', /\(byte 8\)/],
  ['a cut magic number', GOOD.slice(0, 5), 'LUF-E203', /ends after 5 bytes/],
  ['a cut head', GOOD.slice(0, 14), 'LUF-E203', /\(byte 14\)/],
  ['no options', GOOD.slice(0, 200), 'LUF-E203', /the options section should begin at byte \d+/],
  [
    'an uncompressed v7 without its index',
    GOOD.slice(0, GOOD.length - 60),
    'LUF-E203',
    /the options section.*byte \d+/,
  ],
  ['a v6 cut in its metadata', writeV6(sampleTrace([])).slice(0, 800), 'LUF-E203', /byte \d+/],
  ['version 8', patched(GOOD, 10, '8'), 'LUF-E205', /version "8"/],
  ['lz4', writeV7(sampleTrace([]), { name: 'lz4', pack: (b) => b }), 'LUF-E205', /"lz4"/],
  [
    'zlib that is none',
    writeV7(sampleTrace([]), { name: 'zlib', pack: (b) => b }),
    'LUF-E203',
    /cannot be decompressed/,
  ],
  ['a page size of 3', patched(GOOD, 14, '\u0003\0\0\0'), 'LUF-E203', /page size 3 /],
  ['raw text', `${TRACER}122 1 6810122416 type: 1360\n`, 'LUF-E205', /option "raw" \(line 3\)/],
  [
    'hex text',
    `${TRACER}0000007a 00000001 0000000195ea38b0 type: 1360\n`,
    'LUF-E205',
    /option "hex" \(line 3\)/,
  ],
  [
    'text without context',
    `${TRACER}flush_mm: mm=0x1\n`,
    'LUF-E205',
    /"nocontext-info" \(line 3\)/,
  ],
  ['a header and then rubbish', `${TRACER}&&&&\n`, 'LUF-E203', /line 3/],
])('%s', async (_, content, code, sentence) => {
  const problem = await failure(content);
  expect(problem.code).toBe(code);
  expect(problem.message).toMatch(sentence);
  expect(problem.where).toMatch(/^some\.file/);
  expect(problem.hint).toBeTruthy();
});

test('what the callback throws passes through', async () => {
  const source = memorySource('good.dat', GOOD);
  const stop = new Error('stop');
  const thrower = (): void => {
    throw stop;
  };
  await expect(readTrace(source, thrower)).rejects.toBe(stop);
});

function patched(bytes: Uint8Array, at: number, text: string): Uint8Array {
  const copy = bytes.slice();
  copy.set(new TextEncoder().encode(text), at);
  return copy;
}
