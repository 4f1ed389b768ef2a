// A small made-up machine for tests: two events, two CPUs, and records that are easy to recognise.

import { ByteWriter } from './byte-writer.ts';
import { encodePage, type SampleRecord, type SampleShape, USUAL_SHAPE } from './sample-pages.ts';
import type { SampleBuffer, SampleFormat, SampleTrace } from './sample-trace.ts';

const COMMON =
  '\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n' +
  '\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n' +
  '\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n' +
  '\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n';

/** `t:tick` with an unsigned 64-bit value. */
export const TICK = 300;
/** `t:mixed` with one field of every kind. */
export const MIXED = 301;

/** Formats of both events. */
export const SAMPLE_FORMATS: readonly SampleFormat[] = [
  {
    system: 't',
    text:
      `name: tick\nID: ${TICK}\nformat:\n${COMMON}` +
      '\tfield:u64 value;\toffset:8;\tsize:8;\tsigned:0;\n\nprint fmt: "value=%llu", REC->value\n',
  },
  {
    system: 't',
    text:
      `name: mixed\nID: ${MIXED}\nformat:\n${COMMON}` +
      '\tfield:s8 tiny;\toffset:8;\tsize:1;\tsigned:1;\n' +
      '\tfield:u16 small;\toffset:10;\tsize:2;\tsigned:0;\n' +
      '\tfield:int medium;\toffset:12;\tsize:4;\tsigned:1;\n' +
      '\tfield:long big;\toffset:16;\tsize:8;\tsigned:1;\n' +
      '\tfield:char comm[16];\toffset:24;\tsize:16;\tsigned:1;\n' +
      '\tfield:__data_loc char[] tail;\toffset:40;\tsize:4;\tsigned:1;\n' +
      '\tfield:__rel_loc char[] near;\toffset:44;\tsize:4;\tsigned:1;\n' +
      '\tfield:__data_loc cpumask_t cpus;\toffset:48;\tsize:4;\tsigned:0;\n' +
      '\tfield:u64 list[2];\toffset:52;\tsize:16;\tsigned:0;\n\nprint fmt: ""\n',
  },
];

/** A tick record. */
export function tick(shape: SampleShape, time: bigint, pid: number, value: bigint): SampleRecord {
  const body = new ByteWriter(shape.littleEndian);
  body.u16(TICK);
  body.u16(0);
  body.u32(pid);
  body.u64(value);
  return { time, payload: body.bytes() };
}

/** A mixed record; `tail` and `near` are strings, `cpus` is a mask of one word. */
export function mixed(shape: SampleShape, time: bigint, comm: Uint8Array): SampleRecord {
  const body = new ByteWriter(shape.littleEndian);
  body.u16(MIXED);
  body.u16(0);
  body.u32(7);
  body.u8(0xfe);
  body.u8(0);
  body.u16(0xfffe);
  body.u32(0xffff_fffd);
  body.u64(0xffff_ffff_ffff_fffcn);
  const name = new Uint8Array(16);
  name.set(comm.subarray(0, 16));
  body.block(name);
  const end = 68;
  body.u32((6 << 16) | end);
  body.u32((5 << 16) | (end + 8 - 48));
  body.u32((shape.wordSize << 16) | (end + 16));
  body.u64(1);
  body.u64(2);
  body.text('hello\0');
  body.u16(0);
  body.text('near\0');
  body.block(new Uint8Array(3));
  if (shape.wordSize === 8) body.u64(5);
  else body.u32(5);
  return { time, payload: body.bytes() };
}

/** A trace of the machine with the given buffers. */
export function sampleTrace(
  buffers: readonly SampleBuffer[],
  shape: SampleShape = USUAL_SHAPE,
): SampleTrace {
  return {
    shape,
    clock: 'mono',
    release: '6.1.0-sample',
    formats: SAMPLE_FORMATS,
    tasks: [
      [7, 'seven'],
      [8, 'e\u001bight'],
    ],
    buffers,
  };
}

/** Two CPUs, three ticks each, interleaved in time. */
export function interleaved(shape: SampleShape = USUAL_SHAPE): SampleBuffer {
  const page = (pid: number, times: readonly bigint[]): Uint8Array =>
    encodePage(
      shape,
      times.map((time) => tick(shape, time, pid, time)),
    );
  return {
    name: '',
    cpus: [
      { cpu: 0, pages: [page(7, [1000n, 3000n, 5000n])] },
      { cpu: 1, pages: [page(8, [2000n, 3000n, 900_000_000n])] },
    ],
  };
}
