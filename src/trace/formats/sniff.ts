// Which reader a file belongs to, by its first bytes. Names and extensions are not looked at.

import { Problem } from '../../base/problem.ts';
import type { ByteSource } from './byte-source.ts';
import { DAT_MAGIC } from './dat-head.ts';
import { PERF_MAGIC } from './perf-head.ts';

/** The readers there are. */
export type Container = 'trace.dat' | 'perf.data' | 'text';

interface Foreign {
  readonly magic: readonly number[];
  readonly what: string;
  readonly hint: string;
}

const FOREIGN: readonly Foreign[] = [
  {
    magic: [0x28, 0xb5, 0x2f, 0xfd],
    what: 'a zstd-compressed file',
    hint: 'unpack it first: zstd -d FILE',
  },
  { magic: [0x1f, 0x8b], what: 'a gzip-compressed file', hint: 'unpack it first: gunzip FILE' },
  {
    magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a],
    what: 'an xz-compressed file',
    hint: 'unpack it first: unxz FILE',
  },
];

const LOOK = 4096;
/** As a machine of either byte order writes it. */
const PERF_MAGICS = [[...PERF_MAGIC], [...PERF_MAGIC].reverse()].map((letters) =>
  letters.map((letter) => letter.charCodeAt(0)),
);

/**
 * Decides by content.
 *
 * @throws Problem LUF-E203 if the file is empty, LUF-E202 if it is neither a trace.dat, nor a perf.data, nor text.
 */
export async function sniff(source: ByteSource): Promise<Container> {
  if (source.size === 0) {
    throw new Problem('LUF-E203', 'the file is empty (0 bytes)', {
      where: source.name,
      hint: 'recording or copying it failed: record the trace again',
    });
  }
  const start = await source.read(0, LOOK);
  if (startsWith(start, DAT_MAGIC)) return 'trace.dat';
  if (PERF_MAGICS.some((magic) => startsWith(start, magic))) return 'perf.data';
  if (isCutMagic(start, source.size)) {
    throw new Problem('LUF-E203', `a trace.dat that ends after ${source.size} bytes`, {
      where: source.name,
      hint: 'the file was cut: copy it again',
    });
  }
  for (const { magic, what, hint } of FOREIGN) {
    if (startsWith(start, magic)) {
      throw new Problem('LUF-E202', `this is ${what}, not a trace`, { where: source.name, hint });
    }
  }
  if (start.includes(0)) throw notATrace(source, 'binary data of an unknown kind');
  return 'text';
}

/** The Problem for input that is no trace at all. */
export function notATrace(source: ByteSource, what: string): Problem {
  return new Problem('LUF-E202', `not a kernel trace: ${what}`, {
    where: source.name,
    hint: 'give a trace.dat, a perf.data, the output of trace-cmd report or perf script, or a copy of tracefs/trace',
  });
}

function startsWith(bytes: Uint8Array, magic: ArrayLike<number>): boolean {
  for (let i = 0; i < magic.length; i++) if (bytes[i] !== magic[i]) return false;
  return true;
}

function isCutMagic(start: Uint8Array, size: number): boolean {
  return size >= 3 && size < DAT_MAGIC.length && startsWith(DAT_MAGIC, start);
}
