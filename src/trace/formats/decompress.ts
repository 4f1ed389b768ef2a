// Decompression of trace.dat sections and chunks. The frames carry no content size, so the caller
// names it, having bounded it first: nothing here allocates more than that.

import { ZSTDDecoder } from 'zstddec';
import { Problem } from '../../base/problem.ts';
import { plain } from './plain-text.ts';

/** Bytes of exactly `size`, or undefined if the input is not a whole frame of that size. */
export type Decompress = (compressed: Uint8Array, size: number) => Uint8Array | undefined;

/**
 * The decompressor that a trace.dat v7 names in its head.
 *
 * @throws Problem LUF-E205 for any compression but `none` and `zstd`.
 */
export async function decompressorFor(compression: string, where: string): Promise<Decompress> {
  if (compression === 'none') return () => undefined;
  if (compression === 'zstd') return zstd();
  throw new Problem('LUF-E205', `compression "${plain(compression)}" is not read`, {
    where,
    hint: 'rewrite it with: trace-cmd convert --compression zstd -i FILE -o NEWFILE',
  });
}

async function zstd(): Promise<Decompress> {
  const decoder = new ZSTDDecoder();
  await decoder.init();
  return (compressed, size) => {
    // Size 0 would make the library trust the frame's own idea of its size.
    if (size <= 0 || compressed.length === 0) return undefined;
    try {
      const bytes = decoder.decode(compressed, size);
      return bytes.length === size ? bytes : undefined;
    } catch {
      return undefined;
    }
  };
}
